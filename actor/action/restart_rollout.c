/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replaces all pods of a workload, a few at a time, as `kubectl rollout restart` does: by an annotation of its template. The time in it
 * is that of the decision, so that a repeated dry run makes the same difference as the one that people were shown.
 * https://github.com/kubernetes/kubectl/blob/v0.36.0/pkg/polymorphichelpers/objectrestarter.go
 */
#include <string.h>

#include "actor/action.h"
#include "actor/revision.h"
#include "actor/workload.h"
#include "common/base/alloc.h"
#include "common/base/clock.h"

#define RESTARTED_AT "kubectl.kubernetes.io/restartedAt"
#define MORE_THAN_ONE 2 /* pods; a lone one is replaced by itself */

static char *words(const struct order *order)
{
    return xasprintf("the pods of %s %s/%s", order->kind, order->ns, order->name);
}

/* Several processes run and do not answer, and no new revision is to blame. */
static int is_plain(const struct order *order)
{
    static const char *const classes[] = {CLASS_LIVENESS, CLASS_READINESS, CLASS_PROBE_UNSTABLE};
    const json_t *observed = order->incident->observed;
    int is_hung = 0;
    for (size_t i = 0; i < COUNT_OF(classes); i++)
        is_hung |= strcmp(order_observed(order, "class"), classes[i]) == 0;
    return is_hung && json_is_false(json_at(observed, "onset.new_revision")) &&
           json_integer_at(observed, "affected", 0) >= MORE_THAN_ONE;
}

static json_t *annotations(const struct order *order, const json_t *workload)
{
    char at[CLOCK_RFC3339_SIZE];
    int64_t at_ms = clock_parse_rfc3339(json_string_at(order->incident->decided, "at"));
    json_t *annotations = json_deep_copy(json_at(workload, "spec.template.metadata.annotations"));
    annotations = annotations ? annotations : json_object();
    clock_rfc3339(at_ms < 0 ? clock_now_ms() : at_ms, at);
    json_object_set_new(annotations, RESTARTED_AT, json_string(at));
    return annotations;
}

static int plan(struct kube *kube, const struct policy *policy, const struct order *order, struct plan *out,
                struct outcome *outcome, struct error *err)
{
    (void)policy;
    AUTO_JSON *workload = NULL;
    AUTO_FREE char *what = workload_words(order);
    int settled = workload_read_for_patch(kube, order, &workload, outcome, err);
    if (settled == 0 && workload_is_on_delete(workload))
        return outcome_settle(outcome, RESULT_REFUSED,
                              "the update strategy of %s is OnDelete: a restart would replace no pod", what);
    if (settled == 0)
        settled = revision_check_present(kube, order, workload, outcome, err);
    if (settled)
        return settled;
    plan_undo(out, order, json_pack("{s:s, s:o}", "type", ACTION_ROLLBACK, "to", revision_present(order)));
    plan_patch(out, workload_path(order, NULL), workload, NULL, order->id);
    plan_operation(out, "add", "/spec/template/metadata/annotations", annotations(order, workload));
    out->note = workload_rollout_note(order, workload);
    return 0;
}

const struct action action_restart_rollout = {
    .type = ACTION_RESTART_ROLLOUT,
    .would = "restart",
    .did = "restarted",
    .words = words,
    .is_plain = is_plain,
    .plan = plan,
};
