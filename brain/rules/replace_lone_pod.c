/* SPDX-License-Identifier: Apache-2.0 */
/* One pod of a workload crashes and no new revision explains it: a fresh pod, perhaps on another
 * node, is worth one try. What comes back is for people (came_back, laps_exhausted). */
#include "brain/rules.h"

#include "brain/command.h"

static int applies(const struct facts *facts)
{
    return facts->actionable && facts_is(facts, CLASS_CRASH_LOOP) && !facts_of_kind(facts, "Pod") &&
           !facts->new_revision && facts->affected == 1 && facts->replicas >= 1 && *facts->pod_name &&
           *facts->pod_uid;
}

static void settle(const struct facts *facts, struct decision *out)
{
    facts_add_symptom(facts, &out->root_cause);
    strbuf_puts(&out->root_cause, ", and no new revision explains it.");
    strbuf_printf(
        &out->explanation,
        "Only pod %s crashes, and no new revision explains it. The remedy is to replace this pod, once; its "
        "controller makes a fresh one. A disruption budget is respected.",
        facts->pod_name);
    command_delete_pod(&out->command, facts);
    out->parameters = json_pack("{s:{s:s, s:s}}", "pod", "name", facts->pod_name, "uid", facts->pod_uid);
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
