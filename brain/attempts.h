/* SPDX-License-Identifier: Apache-2.0 */
/* What was tried before: the earlier laps of this incident, and earlier incidents of the same workload. Pure.
 */
#pragma once

#include "brain/facts.h"
#include "common/base/strbuf.h"

/* Earlier laps that changed the cluster (done or already). */
size_t attempts_with_effect(const struct facts *facts);

/* Whether another lap could only repeat what earlier ones tried: one of them ended other than deferred, or
 * there were as many as are allowed (LIMIT_LAPS). */
int attempts_are_used_up(const struct facts *facts);

/* Whether an earlier incident of the same class was answered with this action not long ago (the observer's
 * memory), to effect. */
int attempts_in_history(const struct facts *facts, const char *action);

/* A line for each earlier lap: "\n- lap 1: rollback, done: …". */
void attempts_add(const struct facts *facts, struct strbuf *out);
