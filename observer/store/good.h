/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which pod templates of a Deployment, StatefulSet or DaemonSet were seen good: rolled out to all replicas, and all of them available.
 * Of each, the longest time without a break. Where the observer looks away, it does not know. Not
 * thread-safe.
 */
#pragma once

#include <stdint.h>

#include "observer/store/group.h"

/* How many pods the object of a group must serve with for its template to be good; 0 = none is at the moment. */
uint32_t good_wanted(enum store_kind kind, const union facts *facts);

/* Takes in how the group stands now. */
void good_note(struct groups *groups, struct group *group);

/* Forgets all: the group's object is another or gone. */
void good_clear(struct texts *texts, struct group *group);

/* For how many milliseconds this template has been good, at least 1; 0 = never seen good. */
int64_t good_for_ms(const struct group *group, const char *template_hash);
