/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events by the object that they are about, and which of them must go to keep within the limits of store.h.
 * An object is forgotten with its last event. Not thread-safe: the store locks.
 */
#pragma once

#include "observer/store/item.h"

/* Begin with {.texts = …, .arena = …} and the rest zeroed. Every event must have been taken out before the end. */
struct subjects {
    const struct texts *texts;
    struct arena *arena;
    struct table table;              /* by uid of the object */
    struct subject *oldest, *newest; /* by when something was last heard of it */
    size_t event_count;
};

void subjects_free(struct subjects *subjects);

/* An event takes the place of another of the same uid; either may be NULL (it is new, it is gone). */
void subjects_change(struct subjects *subjects, struct item *old, struct item *new);

/* An event that has to go: one too many of its object or in all, or too old; NULL = none. To be asked after
 * each change until it says so. */
struct item *subjects_excess(const struct subjects *subjects, int64_t now_ms);

/* The events about an object that are not too old, newest first, into out (at most max); returns how many. They lie in the
 * arena. */
size_t subjects_events(const struct subjects *subjects, const char *object_uid, int64_t now_ms,
                       const struct event_facts **out, size_t max);
