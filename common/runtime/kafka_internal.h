/* SPDX-License-Identifier: Apache-2.0 */
/* What the kafka_*.c files share; nobody else includes this, so that librdkafka stays in them. */
#pragma once

#include <librdkafka/rdkafka.h>

#include "common/base/log.h"
#include "common/runtime/kafka.h"

#define KAFKA_HEALTH "kafka"

/* A client configuration with what consumers and producers have in common, and the user's librdkafka
 * properties last but for what correctness needs. NULL + ERROR_FATAL naming the property and where it was
 * set. The caller owns it. */
rd_kafka_conf_t *kafka_conf_new(const struct common_options *options, struct error *err);

/* Sets a property that is ours, so it must be accepted. */
void kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value);

/* A client of the configuration, which it takes. NULL + ERROR_FATAL. */
rd_kafka_t *kafka_client_new(rd_kafka_type_t type, rd_kafka_conf_t *take_conf, struct error *err);

/* Whether no broker was to be reached when one was last tried; that it is so, in librdkafka's words, and that one has
 * answered since: both are said on /readyz. */
int kafka_is_away(void);
void kafka_is_gone(const char *reason);
void kafka_is_back(void);

/* "<prefix><name>"; the caller frees it. */
char *kafka_topic_name(const struct common_options *options, enum topic topic);

/* Waits until a broker answers and the topics exist (making the missing ones, unless told not to); says on
 * /readyz and in the log what it waits for. -1: ERROR_FATAL, or the process was asked to stop. */
int kafka_wait(const struct common_options *options, struct error *err);

/* One item of an outbox, for the producer. */
struct outbox_item {
    enum topic topic;
    char *key; /* NULL = none */
    size_t key_len;
    char *value; /* NULL = tombstone */
    size_t len;
    char *id; /* NULL for a rejected record, which has its own headers */
    char *traceparent;
    rd_kafka_headers_t *headers; /* rejected only */
};

const struct outbox_item *outbox_items(const struct outbox *outbox, size_t *count);

/* What a transaction of a consumer needs: its membership (the caller destroys it), and a topic's full name
 * (borrowed). */
rd_kafka_consumer_group_metadata_t *kafka_group_metadata(const struct kafka_consumer *consumer);
const char *kafka_consumer_topic(const struct kafka_consumer *consumer, enum topic topic);
