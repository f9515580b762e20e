/* SPDX-License-Identifier: Apache-2.0 */
/* What was tried before: the earlier laps of this incident, and earlier incidents of the same workload. Pure.
 */
#pragma once

#include "brain/facts.h"
#include "common/base/strbuf.h"

/* Earlier laps that changed the cluster (done or already). */
size_t attempts_with_effect(const struct facts *facts);

/* Whether the last lap that was not deferred did this, to effect, and another lap is left. */
int attempts_ended_with(const struct facts *facts, const char *action);

/* The id of what that lap did, if it can be taken back; else "", also where it was to take something back. */
const char *attempts_to_undo(const struct facts *facts);

/* Whether another lap could only repeat what earlier ones tried: one of them ended other than deferred, or there were as many
 * as are allowed (LIMIT_LAPS). A memory limit that was raised once may be raised once more. */
int attempts_are_used_up(const struct facts *facts);

/* Whether an earlier incident of the same class was answered with this action not long ago (the observer's
 * memory), to effect. */
int attempts_in_history(const struct facts *facts, const char *action);

/* A line for each earlier lap: "\n- lap 1: rollback, done: …". */
void attempts_add(const struct facts *facts, struct strbuf *out);
