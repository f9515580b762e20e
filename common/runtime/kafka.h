/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kafka: the only home of librdkafka. Consumers read committed records only; producers are transactional. A
 * consumer and a producer belong to one thread. Unreachable brokers are not errors: what opens a client waits
 * for them and for the topics, and /readyz says so; a call that fails with ERROR_RETRY while
 * process_stopping() gave up for that reason.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"
#include "common/base/strbuf.h"
#include "common/runtime/process.h"
#include "common/schema/topics.h"

/* A record as read. All borrowed from it; kafka_record_free releases it. */
struct record {
    enum topic topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms; /* the record's own time; 0 = none */
    const char *key;      /* NUL-terminated; "" = no key, or one that is no text */
    const char *value;    /* not NUL-terminated; NULL = tombstone */
    size_t len;
    const char *id, *type, *traceparent; /* headers; NULL = absent */
    void *raw;
};

void kafka_record_free(struct record *record);

/* What a stage wants written. Its records are copies. */
struct outbox;
struct outbox *outbox_new(void);
void outbox_free(struct outbox *outbox);
void outbox_clear(struct outbox *outbox);
size_t outbox_count(const struct outbox *outbox);

/* Drops what was added after there were count records: the outputs of a try that failed. */
void outbox_truncate(struct outbox *outbox, size_t count);

/* A document for a topic: key, event id ("<id>.<lap>"), trace (of the record it answers, or NULL) and value.
 */
void outbox_add(struct outbox *outbox, enum topic topic, const char *key, const char *id,
                const char *traceparent, const char *value, size_t len);

/* The record byte for byte, with its key and headers, to the rejected topic. */
void outbox_reject(struct outbox *outbox, const struct record *record, const char *stage,
                   const struct error *why);

/* Says on /readyz that Kafka is still to be reached: before the threads start that open clients, lest a
 * process looks ready that has not asked yet. */
void kafka_expect(void);

struct kafka_consumer;

/* Joins the group aegiops.<group> of the prefix on these topics. */
struct kafka_consumer *kafka_join(const struct common_options *options, const char *group,
                                  const enum topic *topics_read, size_t count, struct error *err);

/* Reads all partitions of these topics, outside of any group, from the first record not older than since_ms.
 */
struct kafka_consumer *kafka_tail(const struct common_options *options, const enum topic *topics_read,
                                  size_t count, int64_t since_ms, struct error *err);
void kafka_consumer_close(struct kafka_consumer *consumer);

/* The next record within timeout_ms: 1 and *out (the caller frees it), 0 = none came, -1 = err. */
int kafka_poll(struct kafka_consumer *consumer, int timeout_ms, struct record *out, struct error *err);

/* kafka_tail: true once every record that was there at the start has been polled. */
int kafka_caught_up(const struct kafka_consumer *consumer);

/* Counts rebalances: records polled before a change must not be committed after it. */
unsigned kafka_generation(const struct kafka_consumer *consumer);

struct kafka_producer;

/* lane: distinguishes the producers of one instance; the transactional id is
 * <prefix><process>.<instance>.<lane>. Ends the transaction that a killed predecessor left open. */
struct kafka_producer *kafka_producer_open(const struct common_options *options, const char *process,
                                           const char *lane, struct error *err);
void kafka_producer_close(struct kafka_producer *producer);

/* One record read and its place, for the offsets of a transaction. */
struct position {
    enum topic topic;
    int32_t partition;
    int64_t offset;
};

/* One transaction: all of the outbox, and (where consumer is not NULL) the offsets after these positions. 0 =
 * committed. -1: nothing of it is visible. ERROR_RETRY = call again with the same; ERROR_REJECT = the
 * partitions went to another member or the position was lost: drop the batch, it will be read again;
 * ERROR_FATAL = fenced or broken: open a new one. */
int kafka_commit(struct kafka_producer *producer, struct kafka_consumer *consumer,
                 const struct outbox *outbox, const struct position *positions, size_t count,
                 struct error *err);
