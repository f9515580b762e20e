/* SPDX-License-Identifier: Apache-2.0 */
/* What a group looked like in better times (struct past), taken from each change. Not thread-safe. */
#pragma once

#include "observer/store/workloads.h"

/* Before and after a change of what serves. */
void past_note_serving(struct group *group);

/* A pod of the group as it was (NULL = it is new) and is now. */
void past_note_pod(struct group *group, const struct pod_facts *before, const struct pod_facts *pod);

/* The group's object as it is now; a Job of a CronJob counts for that. */
void past_note_object(struct groups *groups, struct group *group, const struct change *change);
