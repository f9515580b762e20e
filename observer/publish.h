/* SPDX-License-Identifier: Apache-2.0 */
/* The observer's topics: it writes incidents, and what it and the actor wrote is its memory. One thread. */
#pragma once

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/runtime/kafka.h"
#include "observer/memory.h"

#define PUBLISHER_HEALTH "memory" /* its part on /readyz */

struct publisher {
    const struct common_options *common;
    struct memory *memory;
    struct kafka_producer *producer; /* this and tail are NULL while it is closed */
    struct kafka_consumer *tail;
};

/* Connects, and fills the memory with the tail of the topics: it returns when all that was there is known. */
int publisher_open(struct publisher *publisher, struct error *err);
void publisher_close(struct publisher *publisher);

/* Takes what has come into the memory, waiting at most wait_ms for the first. */
int publisher_remember(struct publisher *publisher, int wait_ms, struct error *err);

/* What is to be published. */
struct notice {
    const char *key, *id, *opened_at;
    int lap;
    const char *follows;     /* NULL = nothing */
    const char *traceparent; /* of the record that it answers; NULL = a trace begins */
};

/* One transaction of one document, which is tried until it is written; then, and only then, it is remembered as any reader
 * of the topic would. */
int publish(struct publisher *publisher, const struct notice *notice, json_t *take_observed,
            struct error *err);
