/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/apply.h"

#include <string.h>

#include "actor/action.h"
#include "actor/diff.h"
#include "actor/workload.h"
#include "common/base/alloc.h"
#include "common/base/log.h"
#include "common/runtime/process.h"

static void keep_warnings(const struct answer *answer, struct outcome *outcome)
{
    const char *line = strbuf_text(&answer->warnings);
    while (*line) {
        size_t len = strcspn(line, "\n");
        AUTO_FREE char *warning = xstrndup(line, len);
        if (len)
            outcome_warn(outcome, warning);
        line += len + (line[len] == '\n');
    }
}

static int is_over_budget(const struct answer *answer)
{
    const json_t *causes = json_at(answer->object, "details.causes");
    for (size_t i = 0; i < json_array_size(causes); i++) {
        const char *reason = json_string_at(json_array_get(causes, i), "reason");
        if (reason && strcmp(reason, "DisruptionBudget") == 0)
            return 1;
    }
    return 0;
}

/* What a refused write means. */
static int refusal(const struct order *order, const struct plan *plan, const struct answer *answer,
                   struct outcome *outcome, struct error *err)
{
    AUTO_FREE char *words = order->action->words(order);
    if (err->status == 409 || err->status == 422)
        return -1;
    if (err->status == 429 && is_over_budget(answer))
        return outcome_settle(outcome, RESULT_DEFERRED, "a disruption budget protects %s now: %s", words,
                              err->text);
    if (err->status == 404 && plan->verb == WRITE_EVICT)
        return outcome_settle(outcome, RESULT_ALREADY, "%s is gone already", words);
    return workload_refusal(err, outcome);
}

/* The right to try is optional, and a quota that is used up now says nothing about the moment of the rollout.
 */
static int is_no_verdict(const struct error *err)
{
    return err->status == 403 &&
           (strstr(err->text, "cannot create resource") || strstr(err->text, "exceeded quota"));
}

static json_t *pod_from(const json_t *template, const struct order *order)
{
    AUTO_FREE char *prefix = xasprintf("%.50s-", order->name);
    return json_pack("{s:s, s:s, s:{s:s, s:O?, s:O?}, s:O}", "apiVersion", "v1", "kind", "Pod", "metadata",
                     "generateName", prefix, "labels", json_at(template, "metadata.labels"), "annotations",
                     json_at(template, "metadata.annotations"), "spec", json_at(template, "spec"));
}

static int try_pod(struct kube *kube, const struct order *order, const json_t *patched,
                   struct outcome *outcome, struct error *err)
{
    AUTO_ANSWER answer = {0};
    AUTO_FREE char *path = kube_path("/api/v1", order->ns, "pods", NULL, NULL);
    AUTO_JSON *pod = pod_from(json_at(patched, "spec.template"), order);
    if (kube_write(kube, WRITE_TRY_POD, path, pod, WRITE_DRY_RUN, &answer, err) == 0) {
        keep_warnings(&answer, outcome);
        return 0;
    }
    if (err->kind != ERROR_REJECT)
        return -1;
    if (!is_no_verdict(err))
        return outcome_settle(outcome, RESULT_FAILED, "no pod could be made from the changed template: %s",
                              err->text);
    AUTO_FREE char *warning = xasprintf("A pod of the changed template was not tried: %s", err->text);
    outcome_warn(outcome, warning);
    return 0;
}

static void compare(const struct plan *plan, const struct answer *answer, struct outcome *outcome)
{
    strbuf_clear(&outcome->diff);
    diff_write(&outcome->diff, outcome->diff_sha256, plan->before, answer->object);
}

int apply_dry_run(struct kube *kube, const struct order *order, const struct plan *plan,
                  struct outcome *outcome, struct error *err)
{
    AUTO_ANSWER answer = {0};
    if (kube_write(kube, plan->verb, plan->path, plan->body, WRITE_DRY_RUN, &answer, err))
        return refusal(order, plan, &answer, outcome, err);
    keep_warnings(&answer, outcome);
    if (plan->before)
        compare(plan, &answer, outcome);
    int settled = plan->before ? try_pod(kube, order, answer.object, outcome, err) : 0;
    if (settled == 0)
        log_info("dry run went well", "action", order->action->type, "diff_sha256", outcome->diff_sha256,
                 NULL);
    crash_point("act.dry_run");
    return settled;
}

int apply(struct kube *kube, const struct order *order, const struct plan *plan, struct outcome *outcome,
          struct error *err)
{
    AUTO_ANSWER answer = {0};
    AUTO_FREE char *words = order->action->words(order);
    if (kube_write(kube, plan->verb, plan->path, plan->body, WRITE_FOR_REAL, &answer, err))
        return refusal(order, plan, &answer, outcome, err);
    crash_point("act.applied");
    keep_warnings(&answer, outcome);
    json_array_append_new(outcome->audit_ids, json_string(answer.audit_id));
    outcome->undo = json_incref(plan->undo);
    return outcome_settle(outcome, RESULT_DONE, "%s %s", order->action->did, words);
}
