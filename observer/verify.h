/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has it helped? From an open incident and its workload as it stands, whether something is to be said now.
 *   recovered  healthy for `soak` without a break, whoever did it: also for an incident that waits for people
 *   unchanged  after an action: not healthy at `verify_deadline`, or pods of the action's making fail for `settle`; after a
 *              deferred one: still not healthy after `settle`; after a failed one: at once
 *   worse      as unchanged, with fewer pods available or more failing than when the lap began
 * Healthy is what `kubectl rollout status` waits for (observed generation, replicas all updated and available) and no
 * detector seeing anything; without a controller, all pods ready. A subject that was deleted, or replaced by another of its
 * name, has recovered as far as this incident goes: nothing is left to repair, and the sentence says so. A Service whose
 * absence is the incident is still the same while it is missed.
 */
#pragma once

#include "common/base/strbuf.h"
#include "common/schema/intent.h"
#include "observer/detect.h"
#include "observer/memory.h"
#include "observer/options.h"

/* The verdict (enum verdict) that is due, or -1 = nothing to say yet. Remembers in episode since when it is
 * healthy. */
int verify(struct episode *episode, const struct sighting *sighting, const struct observer_options *options);

/* Whether the workload that the incident is about is no more: deleted, or replaced by another of its name. */
int verify_is_over(const struct episode *episode, const struct sighting *sighting);

/* How that was found, as one sentence without its full stop. */
void verify_explain(const struct episode *episode, const struct sighting *sighting, enum verdict verdict,
                    const struct observer_options *options, struct strbuf *out);
