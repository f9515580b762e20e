/* SPDX-License-Identifier: Apache-2.0 */
/* What AegiOps did made it worse: it is taken back. What is worse after that is for people (laps_exhausted). */
#include "brain/rules.h"

#include "brain/attempts.h"
#include "brain/command.h"

static int applies(const struct facts *facts)
{
    return facts->actionable && facts->verdict == VERDICT_WORSE && *attempts_to_undo(facts);
}

static void settle(const struct facts *facts, struct decision *out)
{
    facts_add_symptom(facts, &out->root_cause);
    strbuf_puts(&out->root_cause, ", and is worse after what was done.");
    strbuf_puts(
        &out->explanation,
        "The remedy made it worse, so it is taken back, if nobody has changed the same since. Tried so far:");
    attempts_add(facts, &out->explanation);
    if (*facts->verified)
        strbuf_printf(&out->explanation, "\nHow it stands: %s.", facts->verified);
    command_undo(&out->command, facts);
    out->parameters = json_pack("{s:s}", "of", attempts_to_undo(facts));
}

const struct rule rule_undo_what_made_it_worse = {
    .name = "undo_what_made_it_worse",
    .intent = INTENT_REMEDIATE,
    .status = STATUS_CONFIG,
    .action = ACTION_UNDO,
    .rests_on = {"status"},
    .applies = applies,
    .settle = settle,
};
