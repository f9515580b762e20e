/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/runtime/kafka_internal.h"

#define ANSWER_TIMEOUT_MS 5000
#define TRANSACTION_TIMEOUT_MS                                                                               \
    "15000" /* how long the dead hold up the readers when nobody takes over their id */
#define PAUSE_MS 100

struct kafka_producer {
    rd_kafka_t *client;
    const struct common_options *options;
    rd_kafka_topic_t *handles[TOPIC_COUNT];
    char *source; /* HEADER_SOURCE */
};

/* Without a delivery callback librdkafka 2.0 polls in steps of 10 ms while it flushes. Failures come out of
 * the commit. */
static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    (void)client, (void)message, (void)opaque;
}

static rd_kafka_conf_t *producer_conf(const struct common_options *options, const char *transactional_id,
                                      struct error *err)
{
    rd_kafka_conf_t *conf = kafka_conf_new(options, err);
    if (!conf)
        return NULL;
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    kafka_conf_set(conf, "transactional.id", transactional_id);
    kafka_conf_set(conf, "transaction.timeout.ms", TRANSACTION_TIMEOUT_MS);
    kafka_conf_set(conf, "message.timeout.ms", "10000");
    return conf;
}

/* Somebody took the transactional id over; a broker that gave up on a slow transaction looks the same. */
static int fenced(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
           code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

/* Three ways: 1 = done, 0 = call again, -1 = err (ERROR_FATAL). Destroys error. */
static int settle(rd_kafka_error_t *error, const char *what, struct error *err)
{
    if (!error)
        return 1;
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    int retriable = rd_kafka_error_is_retriable(error);
    if (!retriable)
        fail(err, ERROR_FATAL, "%s: %s", what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    if (retriable)
        return 0;
    return fenced(code) ? process_fenced(err, "transactional id") : -1;
}

/* Takes the transactional id over: a predecessor's open transaction ends here, and the predecessor is fenced.
 */
static int take_over(struct kafka_producer *producer, struct error *err)
{
    for (;;) {
        int done = settle(rd_kafka_init_transactions(producer->client, ANSWER_TIMEOUT_MS),
                          "opening transactions", err);
        if (done)
            return done > 0 ? 0 : -1;
        if (process_stopping())
            return fail(err, ERROR_RETRY, "asked to stop while waiting for Kafka's transaction coordinator");
    }
}

struct kafka_producer *kafka_producer_open(const struct common_options *options, const char *process,
                                           const char *lane, struct error *err)
{
    if (kafka_wait(options, err))
        return NULL;
    AUTO_FREE char *id = xasprintf("%s%s.%s.%s", options->topic_prefix, process, options->instance, lane);
    rd_kafka_conf_t *conf = producer_conf(options, id, err);
    rd_kafka_t *client = conf ? kafka_client_new(RD_KAFKA_PRODUCER, conf, err) : NULL;
    if (!client)
        return NULL;
    struct kafka_producer *producer = xcalloc(1, sizeof *producer);
    producer->client = client;
    producer->options = options;
    producer->source = xasprintf("/aegiops/%s/%s", process, options->instance);
    if (take_over(producer, err)) {
        kafka_producer_close(producer);
        return NULL;
    }
    return producer;
}

void kafka_producer_close(struct kafka_producer *producer)
{
    if (!producer)
        return;
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (producer->handles[i])
            rd_kafka_topic_destroy(producer->handles[i]);
    rd_kafka_destroy(producer->client);
    free(producer->source);
    free(producer);
}

/* The first transaction to a topic that librdkafka 2.0 does not know yet waits a second: ask for its leader
 * beforehand. */
static rd_kafka_topic_t *handle_of(struct kafka_producer *producer, enum topic topic)
{
    if (!producer->handles[topic]) {
        AUTO_FREE char *name = kafka_topic_name(producer->options, topic);
        const struct rd_kafka_metadata *metadata;
        rd_kafka_topic_t *handle = rd_kafka_topic_new(producer->client, name, NULL);
        producer->handles[topic] = handle;
        if (rd_kafka_metadata(producer->client, 0, handle, &metadata, ANSWER_TIMEOUT_MS) == 0)
            rd_kafka_metadata_destroy(metadata);
    }
    return producer->handles[topic];
}

/* The CloudEvents attributes of a document. */
static rd_kafka_headers_t *document_headers(const struct kafka_producer *producer,
                                            const struct outbox_item *item, const char *now)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    rd_kafka_header_add(headers, HEADER_SPEC, -1, "1.0", -1);
    rd_kafka_header_add(headers, HEADER_ID, -1, item->id, -1);
    rd_kafka_header_add(headers, HEADER_SOURCE, -1, producer->source, -1);
    rd_kafka_header_add(headers, HEADER_TYPE, -1, topics[item->topic].ce_type, -1);
    rd_kafka_header_add(headers, HEADER_SUBJECT, -1, item->key, -1);
    rd_kafka_header_add(headers, HEADER_TIME, -1, now, -1);
    rd_kafka_header_add(headers, HEADER_CONTENT_TYPE, -1, "application/json", -1);
    rd_kafka_header_add(headers, HEADER_TRACEPARENT, -1, item->traceparent, -1);
    return headers;
}

static int produce(struct kafka_producer *producer, const struct outbox_item *item, const char *now,
                   struct error *err)
{
    rd_kafka_headers_t *headers =
        item->headers ? rd_kafka_headers_copy(item->headers) : document_headers(producer, item, now);
    rd_kafka_resp_err_t code = rd_kafka_producev(
        producer->client, RD_KAFKA_V_RKT(handle_of(producer, item->topic)),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(item->key, item->key_len),
        RD_KAFKA_V_VALUE(item->value, item->len), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (!code)
        return 0;
    rd_kafka_headers_destroy(headers);
    return fail(err, ERROR_RETRY, "writing to %s: %s", topics[item->topic].name, rd_kafka_err2str(code));
}

static int produce_all(struct kafka_producer *producer, const struct outbox *outbox, struct error *err)
{
    char now[CLOCK_RFC3339_SIZE];
    size_t count;
    const struct outbox_item *items = outbox_items(outbox, &count);
    clock_rfc3339(clock_now_ms(), now);
    for (size_t i = 0; i < count; i++)
        if (produce(producer, &items[i], now, err))
            return -1;
    return 0;
}

/* The next offset to read of each partition. Positions of one partition come in order: the last one counts.
 */
static rd_kafka_topic_partition_list_t *offsets_after(const struct kafka_consumer *consumer,
                                                      const struct position *positions, size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    for (size_t i = 0; i < count; i++) {
        const char *name = kafka_consumer_topic(consumer, positions[i].topic);
        rd_kafka_topic_partition_t *entry =
            rd_kafka_topic_partition_list_find(list, name, positions[i].partition);
        if (!entry)
            entry = rd_kafka_topic_partition_list_add(list, name, positions[i].partition);
        entry->offset = positions[i].offset + 1;
    }
    return list;
}

/* The broker no longer takes this consumer for the owner of its partitions. */
static int membership_lost(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
           code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS || code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
}

/* What a failed step means, in the kinds that kafka_commit() promises. Destroys error. */
static int classify(rd_kafka_error_t *error, const char *step, struct error *err)
{
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    enum error_kind kind = ERROR_FATAL;
    if (membership_lost(code))
        kind = ERROR_REJECT;
    else if (rd_kafka_error_txn_requires_abort(error))
        kind = ERROR_RETRY;
    fail(err, kind, "%s: %s", step, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return fenced(code) ? process_fenced(err, "transactional id") : -1;
}

static int send_offsets(struct kafka_producer *producer, struct kafka_consumer *consumer,
                        const struct position *positions, size_t count, struct error *err)
{
    rd_kafka_topic_partition_list_t *offsets = offsets_after(consumer, positions, count);
    rd_kafka_consumer_group_metadata_t *group = kafka_group_metadata(consumer);
    rd_kafka_error_t *error;
    while ((error = rd_kafka_send_offsets_to_transaction(producer->client, offsets, group, -1)) &&
           rd_kafka_error_is_retriable(error) && !process_stopping()) {
        rd_kafka_error_destroy(error);
        clock_sleep_ms(PAUSE_MS);
    }
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(offsets);
    return error ? classify(error, "sending offsets", err) : 0;
}

static int end_transaction(struct kafka_producer *producer, struct error *err)
{
    rd_kafka_error_t *error;
    while ((error = rd_kafka_commit_transaction(producer->client, -1)) &&
           rd_kafka_error_is_retriable(error) && !process_stopping()) {
        rd_kafka_error_destroy(error);
        clock_sleep_ms(PAUSE_MS);
    }
    return error ? classify(error, "committing", err) : 0;
}

/* After a failure that a fresh transaction may mend. What the abort itself says decides: a producer that
 * cannot abort is of no more use. It may be the first to hear that the producer is fenced: a coordinator that
 * was asked to commit while it gave the id away has an "unknown" error. */
static int abort_transaction(struct kafka_producer *producer, struct error *err)
{
    struct error why;
    if (err->kind == ERROR_FATAL)
        return -1;
    for (;;) {
        int done = settle(rd_kafka_abort_transaction(producer->client, -1), "aborting", &why);
        if (done > 0)
            return -1;
        if (done < 0) {
            wrap(&why, "%s", err->text);
            *err = why;
            return -1;
        }
        if (process_stopping()) {
            err->kind = ERROR_FATAL;
            return -1;
        }
        clock_sleep_ms(PAUSE_MS);
    }
}

int kafka_commit(struct kafka_producer *producer, struct kafka_consumer *consumer,
                 const struct outbox *outbox, const struct position *positions, size_t count,
                 struct error *err)
{
    rd_kafka_error_t *error = rd_kafka_begin_transaction(producer->client);
    if (error)
        return classify(error, "beginning a transaction", err);
    if (produce_all(producer, outbox, err) ||
        (consumer && send_offsets(producer, consumer, positions, count, err)))
        return abort_transaction(producer, err);
    crash_point("commit.open");
    if (end_transaction(producer, err))
        return abort_transaction(producer, err);
    return 0;
}
