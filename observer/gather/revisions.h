/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of a workload's kept templates fails, and which one was good: of a Deployment they are ReplicaSets, of a
 * StatefulSet or DaemonSet ControllerRevisions. A revision is known by the hash of its template, as its pods carry it;
 * revision numbers move when somebody rolls back, and are for people.
 */
#pragma once

#include "common/base/json.h"
#include "observer/detect.h"

#define REVISION_NUMBER_SIZE 24

/* Views into the array that was judged; NULL = there is none. */
struct revisions {
    const json_t *failing;
    const json_t *good;     /* the newest other one that runs well now, or was seen to for long enough */
    const json_t *previous; /* what to compare with: the good one, else the next older one */
    int failing_is_newest;
    int failing_was_good; /* it was seen to run well for long enough: what fails now has another cause */
};

/* history: as kube_read_revisions() gives it, newest first. The store is asked, under its lock, how the pods of each are
 * and for how long it was seen to be well; good_after_ms says how long is enough. */
void revisions_judge(const json_t *history, const char *failing_hash, const struct sighting *sighting,
                     const struct gaze *gaze, int64_t good_after_ms, struct revisions *out);

/* Of a revision: the hash of its template, and its number as text. "" = it has none. */
const char *revision_hash(const json_t *revision);
const char *revision_number(const json_t *revision, char text[REVISION_NUMBER_SIZE]);
