/* SPDX-License-Identifier: Apache-2.0 */
/* A pod of this workload was replaced for the same failure not long ago, and here it is again: a fresh pod is
 * no cure. */
#include "brain/rules.h"

#include "brain/attempts.h"
#include "brain/command.h"

static int applies(const struct facts *facts)
{
    return attempts_in_history(facts, ACTION_DELETE_POD);
}

static void settle(const struct facts *facts, struct decision *out)
{
    facts_add_symptom(facts, &out->root_cause);
    strbuf_puts(&out->root_cause, ": it came back after a pod was replaced.");
    strbuf_puts(&out->explanation, "The same failure was answered with a fresh pod not long ago, and it came "
                                   "back. Replacing the pod again "
                                   "would only hide it; a person should look for the cause.");
    command_look(&out->command, facts);
}

const struct rule rule_came_back = {
    .name = "came_back",
    .intent = INTENT_REMEDIATE,
    .status = STATUS_FATAL,
    .rests_on = {"status", "event"},
    .applies = applies,
    .settle = settle,
};
