/* SPDX-License-Identifier: Apache-2.0 */
/* One pod of a workload fails and no new revision explains it: a fresh pod, perhaps on another node, is worth one try. Where it
 * is the program that ends, even if there is no other pod; else only while others show that it is this one, and not of a
 * StatefulSet, whose pod may be catching up with the others. What comes back is for people (came_back, laps_exhausted). */
#include "brain/rules.h"

#include "brain/symptoms.h"

static int applies(const struct facts *facts)
{
    int is_alone_in_it = facts_is(facts, CLASS_CRASH_LOOP)
                             ? facts->replicas >= 1
                             : facts->available >= 1 && !facts_of_kind(facts, "StatefulSet");
    return facts->actionable && symptom_of(facts)->fresh_pod && !facts_of_kind(facts, "Pod") &&
           !facts->new_revision && facts->affected == 1 && is_alone_in_it && rule_names_pod(facts);
}

static void settle(const struct facts *facts, struct decision *out)
{
    facts_add_symptom(facts, &out->root_cause);
    strbuf_puts(&out->root_cause, ", and no new revision explains it.");
    strbuf_printf(
        &out->explanation,
        "Only pod %s fails, and no new revision explains it. The remedy is to replace this pod, once; its "
        "controller makes a fresh one. A disruption budget is respected.",
        facts->pod_name);
    rule_replace_pod(facts, out);
}

const struct rule rule_replace_lone_pod = {
    .name = "replace_lone_pod",
    .intent = INTENT_REMEDIATE,
    .status = STATUS_TRANSIENT,
    .action = ACTION_DELETE_POD,
    .rests_on = {"status"},
    .applies = applies,
    .settle = settle,
};
