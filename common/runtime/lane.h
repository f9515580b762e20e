/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lane: one thread, one consumer, one transactional producer, one plain loop. It takes what is ready, runs
 * the stage on each record, then commits outputs and offsets in one transaction; no transaction is open while
 * a stage works. It checks the envelope, drops repeats, retries with backoff and jitter (bounded), sends what
 * can never work to the rejected topic, counts and logs. A record never stops the lane.
 */
#pragma once

#include "common/base/error.h"
#include "common/runtime/kafka.h"

struct stage {
    const char *name;    /* the verb: "decide" */
    const char *process; /* "brain" */
    const char *group;   /* of consumers; NULL = as the process. Lanes that wait long need one of their own */
    const enum topic *inputs;
    size_t input_count;

    /* Works on one record and writes what follows from it. ERROR_RETRY is tried again, at most LIMIT_RETRIES
     * times within LIMIT_RETRY_TOTAL_MS; what was written to out by a failed try is dropped. */
    int (*run)(void *context, const struct record *in, struct outbox *out, struct error *err);

    /* Called for a record that goes to the rejected topic, or that ran out of retries: writes what people
     * should see, where this stage can (NULL: nothing more than the rejected record). The record itself may
     * be unreadable. */
    void (*give_up)(void *context, const struct record *in, const struct error *why, struct outbox *out);

    /* A context for each lane (its own connections); NULL: the shared one is passed to run. */
    void *(*open)(void *shared, struct error *err);
    void (*close)(void *context);
};

/* Starts count threads that run the stage until the process stops. */
void lane_start(const struct common_options *options, const struct stage *stage, void *shared, long count);
