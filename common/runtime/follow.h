/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a topic in full, outside of any group, in a thread of its own: what was there at the start, then what comes. /readyz
 * names it until the former has been read.
 */
#pragma once

#include <stdatomic.h>

#include "common/runtime/kafka.h"

struct follower {
    const char *part;  /* its name on /readyz and of the thread … */
    const char *doing; /* … and why that is not ready yet */
    enum topic topic;
    int64_t window_ms; /* begins with what is not older; 0 = from the beginning */
    void (*take)(void *context, const struct record *record); /* called in that thread */
    void *context;
    const struct common_options *options;
    atomic_int is_read; /* 0 at first */
};

/* Starts the thread; the follower must outlive it. */
void follow_start(struct follower *follower);

/* Waits until what was there at the start has been read, or the process stops. */
void follow_wait(const struct follower *follower);
