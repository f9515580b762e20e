/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/apply.h"

#include <stdlib.h>
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
static int refusal(const struct order *order, const struct write *write, const struct answer *answer,
                   struct outcome *outcome, struct error *err)
{
    AUTO_FREE char *words = order->action->words(order);
    if (err->status == 409 || err->status == 422)
        return -1;
    if (err->status == 429 && is_over_budget(answer))
        return outcome_settle(outcome, RESULT_DEFERRED, "a disruption budget protects %s now: %s", words,
                              err->text);
    if (err->status == 404 && write->verb == WRITE_EVICT)
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

/* Whether the write changes what pods are made of. */
static int changes_template(const struct write *write, const json_t *after)
{
    const json_t *template = json_at(after, "spec.template");
    return template && !json_equal(template, json_at(write->before, "spec.template"));
}

static int dry_run(struct kube *kube, const struct order *order, const struct write *write, json_t **after,
                   struct outcome *outcome, struct error *err)
{
    AUTO_ANSWER answer = {0};
    if (kube_write(kube, write->verb, write->path, write->body, WRITE_DRY_RUN, &answer, err))
        return refusal(order, write, &answer, outcome, err);
    keep_warnings(&answer, outcome);
    *after = json_incref(answer.object);
    return 0;
}

static void compare(const struct plan *plan, const json_t *answers, struct outcome *outcome)
{
    size_t count = 0;
    AUTO_FREE struct change *changes = xcalloc(plan->count, sizeof *changes);
    for (size_t i = 0; i < plan->count; i++)
        if (plan->writes[i].before)
            changes[count++] =
                (struct change){plan->writes[i].name, plan->writes[i].before, json_array_get(answers, i)};
    strbuf_clear(&outcome->diff);
    if (count)
        diff_write(&outcome->diff, outcome->diff_sha256, changes, count);
}

int apply_dry_run(struct kube *kube, const struct order *order, const struct plan *plan,
                  struct outcome *outcome, struct error *err)
{
    AUTO_JSON *answers = json_array();
    for (size_t i = 0; i < plan->count; i++) {
        json_t *after = NULL;
        int settled = dry_run(kube, order, &plan->writes[i], &after, outcome, err);
        json_array_append_new(answers, after ? after : json_null());
        if (settled)
            return settled;
    }
    compare(plan, answers, outcome);
    for (size_t i = 0; i < plan->count; i++) {
        const json_t *after = json_array_get(answers, i);
        int settled =
            changes_template(&plan->writes[i], after) ? try_pod(kube, order, after, outcome, err) : 0;
        if (settled)
            return settled;
    }
    log_info("dry run went well", "action", order->action->type, "diff_sha256", outcome->diff_sha256, NULL);
    crash_point("act.dry_run");
    return 0;
}

/* Whether what failed may have been done all the same: no answer came, or one of a server that did not know either. */
static int is_open(const struct error *err)
{
    return err->kind == ERROR_RETRY && err->status != 429;
}

static int write_one(struct kube *kube, const struct order *order, const struct write *write,
                     struct outcome *outcome, struct error *err)
{
    AUTO_ANSWER answer = {0};
    if (kube_write(kube, write->verb, write->path, write->body, WRITE_FOR_REAL, &answer, err)) {
        outcome->in_doubt = is_open(err);
        return refusal(order, write, &answer, outcome, err);
    }
    crash_point("act.applied");
    keep_warnings(&answer, outcome);
    json_array_append_new(outcome->audit_ids, json_string(answer.audit_id));
    return 0;
}

static void keep_undo(const struct plan *plan, struct outcome *outcome)
{
    json_decref(outcome->undo);
    outcome->undo = json_incref(plan->undo);
}

int apply(struct kube *kube, const struct order *order, const struct plan *plan, struct outcome *outcome,
          struct error *err)
{
    AUTO_FREE char *words = order->action->words(order);
    for (size_t i = 0; i < plan->count; i++) {
        int settled = write_one(kube, order, &plan->writes[i], outcome, err);
        if (settled > 0 && i > 0)
            strbuf_printf(&outcome->detail, "; %zu of %zu writes had been made", i, plan->count);
        if (settled)
            return settled;
        keep_undo(plan, outcome);
    }
    return outcome_settle(outcome, RESULT_DONE, "%s %s%s%s", order->action->did, words,
                          plan->note ? "; " : "", plan->note ? plan->note : "");
}
