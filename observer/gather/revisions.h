/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of a Deployment's ReplicaSets fails, and which one was good. A revision is known by the hash of its
 * template; revision numbers move when somebody rolls back, and are for people.
 */
#pragma once

#include "common/base/json.h"
#include "observer/detect.h"

/* Views into the array that was judged; NULL = there is none. */
struct revisions {
    const json_t *failing;
    const json_t *good;     /* the newest other one that runs well now, or was seen to for long enough */
    const json_t *previous; /* what to compare with: the good one, else the next older one */
    int failing_is_newest;
};

/* sets: as kube_read_replica_sets() gives them, newest first. The store is asked, under its lock, how the
 * pods of each are and for how long it was seen to be well; good_after_ms says how long is enough. */
void revisions_judge(const json_t *sets, const char *failing_hash, const struct sighting *sighting,
                     const struct gaze *gaze, int64_t good_after_ms, struct revisions *out);

/* Of a ReplicaSet: the hash of its template, and its revision number as text. "" = it has none. */
const char *revision_hash(const json_t *set);
const char *revision_number(const json_t *set);
