/* SPDX-License-Identifier: Apache-2.0 */
/* A StatefulSet was rolled back, and its broken pod still stands: the controller waits for it to become ready before it goes
 * on, which it never will. https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback */
#include "brain/rules.h"

#include "brain/attempts.h"

static int applies(const struct facts *facts)
{
    return facts->actionable && facts->verdict == VERDICT_UNCHANGED && facts_of_kind(facts, "StatefulSet") &&
           attempts_ended_with(facts, ACTION_ROLLBACK) && rule_names_pod(facts);
}

static void settle(const struct facts *facts, struct decision *out)
{
    facts_add_symptom(facts, &out->root_cause);
    strbuf_puts(&out->root_cause, ": the pod of the revision before keeps the StatefulSet from going back.");
    strbuf_printf(&out->explanation,
                  "The StatefulSet has its old template again, but waits for pod %s of the failing one to "
                  "become ready. The remedy is to "
                  "replace this pod; its controller makes one of the old template.",
                  facts->pod_name);
    rule_replace_pod(facts, out);
}

const struct rule rule_free_the_stateful_set = {
    .name = "free_the_stateful_set",
    .intent = INTENT_REMEDIATE,
    .status = STATUS_TRANSIENT,
    .action = ACTION_DELETE_POD,
    .rests_on = {"status"},
    .applies = applies,
    .settle = settle,
};
