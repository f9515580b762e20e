/* SPDX-License-Identifier: Apache-2.0 */
/* What could be tried has been tried, and the workload is no better: people take over, with all that is
 * known. */
#include "brain/rules.h"

#include "brain/attempts.h"
#include "brain/command.h"

static int applies(const struct facts *facts)
{
    return attempts_are_used_up(facts);
}

static void settle(const struct facts *facts, struct decision *out)
{
    facts_add_symptom(facts, &out->root_cause);
    strbuf_printf(&out->root_cause, ", %s what was tried.",
                  facts->verdict == VERDICT_WORSE ? "and is worse after" : "in spite of");
    strbuf_puts(&out->explanation,
                "AegiOps has no further lawful thing to try; a person is needed. Tried so far:");
    attempts_add(facts, &out->explanation);
    if (*facts->verified)
        strbuf_printf(&out->explanation, "\nHow it stands: %s.", facts->verified);
    command_look(&out->command, facts);
}

const struct rule rule_laps_exhausted = {
    .name = "laps_exhausted",
    .intent = INTENT_REMEDIATE,
    .status = STATUS_FATAL,
    .rests_on = {"status", "event"},
    .applies = applies,
    .settle = settle,
};
