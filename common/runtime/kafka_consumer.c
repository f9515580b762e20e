/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/runtime/health.h"
#include "common/runtime/kafka_internal.h"

#define ANSWER_TIMEOUT_MS 10000
#define PROBE_EVERY_MS 5000
#define PROBE_AWAY_MS 1000 /* … once Kafka is away */
#define PROBE_TIMEOUT_MS 3000

struct kafka_consumer {
    rd_kafka_t *client;
    char *names[TOPIC_COUNT]; /* of the topics read, with prefix; NULL = not read */
    unsigned generation;
    rd_kafka_topic_partition_list_t
        *open_ends;        /* kafka_tail: those whose end was not reached yet; NULL = grouped */
    int64_t next_probe_ms; /* when to see again whether a broker answers */
};

static rd_kafka_conf_t *consumer_conf(const struct common_options *options, const char *group,
                                      struct error *err)
{
    rd_kafka_conf_t *conf = kafka_conf_new(options, err);
    if (!conf)
        return NULL;
    AUTO_FREE char *group_id = xasprintf("%s%s", options->topic_prefix, group);
    kafka_conf_set(conf, "group.id", group_id);
    kafka_conf_set(conf, "enable.auto.commit", "false");
    kafka_conf_set(conf, "enable.auto.offset.store", "false");
    kafka_conf_set(conf, "isolation.level", "read_committed");
    kafka_conf_set(conf, "auto.offset.reset", "earliest");
    return conf;
}

/* Eager rebalancing: all partitions are taken away, then new ones given; either way what was polled is void.
 */
static void on_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t code,
                         rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
    struct kafka_consumer *consumer = opaque;
    consumer->generation++;
    rd_kafka_assign(client, code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? partitions : NULL);
}

static struct kafka_consumer *consumer_open(const struct common_options *options,
                                            const enum topic *topics_read, size_t count,
                                            rd_kafka_conf_t *take_conf, struct error *err)
{
    struct kafka_consumer *consumer = xcalloc(1, sizeof *consumer);
    rd_kafka_conf_set_opaque(take_conf, consumer);
    consumer->client = kafka_client_new(RD_KAFKA_CONSUMER, take_conf, err);
    if (!consumer->client) {
        free(consumer);
        return NULL;
    }
    rd_kafka_poll_set_consumer(consumer->client);
    for (size_t i = 0; i < count; i++)
        consumer->names[topics_read[i]] = kafka_topic_name(options, topics_read[i]);
    return consumer;
}

static int subscribe(struct kafka_consumer *consumer, struct error *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(TOPIC_COUNT);
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (consumer->names[i])
            rd_kafka_topic_partition_list_add(list, consumer->names[i], RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(consumer->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    return code ? fail(err, ERROR_FATAL, "subscribing: %s", rd_kafka_err2str(code)) : 0;
}

struct kafka_consumer *kafka_join(const struct common_options *options, const char *group,
                                  const enum topic *topics_read, size_t count, struct error *err)
{
    if (kafka_wait(options, err))
        return NULL;
    rd_kafka_conf_t *conf = consumer_conf(options, group, err);
    if (!conf)
        return NULL;
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    struct kafka_consumer *consumer = consumer_open(options, topics_read, count, conf, err);
    if (consumer && subscribe(consumer, err)) {
        kafka_consumer_close(consumer);
        return NULL;
    }
    return consumer;
}

static int add_partitions(struct kafka_consumer *consumer, const char *name, int64_t since_ms,
                          rd_kafka_topic_partition_list_t *list, struct error *err)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(consumer->client, name, NULL);
    rd_kafka_resp_err_t code = rd_kafka_metadata(consumer->client, 0, handle, &metadata, ANSWER_TIMEOUT_MS);
    rd_kafka_topic_destroy(handle);
    if (code)
        return fail(err, ERROR_RETRY, "reading the partitions of %s: %s", name, rd_kafka_err2str(code));
    for (int i = 0; i < metadata->topics[0].partition_cnt; i++)
        rd_kafka_topic_partition_list_add(list, name, i)->offset = since_ms;
    rd_kafka_metadata_destroy(metadata);
    return 0;
}

/* Turns the stamps in the list into offsets and starts reading there. A partition without a record that young
 * starts at its end. */
static int assign_since(struct kafka_consumer *consumer, int64_t since_ms,
                        rd_kafka_topic_partition_list_t *list, struct error *err)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int i = 0; since_ms <= 0 && i < list->cnt; i++)
        list->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
    if (since_ms > 0)
        code = rd_kafka_offsets_for_times(consumer->client, list, ANSWER_TIMEOUT_MS);
    for (int i = 0; !code && i < list->cnt; i++)
        code = list->elems[i].err;
    if (code)
        return fail(err, ERROR_RETRY, "looking up where to read from: %s", rd_kafka_err2str(code));
    consumer->open_ends = rd_kafka_topic_partition_list_copy(list);
    code = rd_kafka_assign(consumer->client, list);
    return code ? fail(err, ERROR_FATAL, "assigning partitions: %s", rd_kafka_err2str(code)) : 0;
}

static int tail(struct kafka_consumer *consumer, int64_t since_ms, struct error *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(TOPIC_COUNT);
    int failed = 0;
    for (int i = 0; !failed && i < TOPIC_COUNT; i++)
        if (consumer->names[i])
            failed = add_partitions(consumer, consumer->names[i], since_ms, list, err);
    if (!failed)
        failed = assign_since(consumer, since_ms, list, err);
    rd_kafka_topic_partition_list_destroy(list);
    return failed;
}

struct kafka_consumer *kafka_tail(const struct common_options *options, const enum topic *topics_read,
                                  size_t count, int64_t since_ms, struct error *err)
{
    if (kafka_wait(options, err))
        return NULL;
    rd_kafka_conf_t *conf =
        consumer_conf(options, "tail", err); /* librdkafka wants a group, though none is joined */
    if (!conf)
        return NULL;
    kafka_conf_set(conf, "enable.partition.eof", "true");
    struct kafka_consumer *consumer = consumer_open(options, topics_read, count, conf, err);
    while (consumer && tail(consumer, since_ms, err)) {
        if (err->kind == ERROR_FATAL || process_stopping()) {
            kafka_consumer_close(consumer);
            return NULL;
        }
        clock_sleep_ms(PROBE_AWAY_MS);
    }
    return consumer;
}

void kafka_consumer_close(struct kafka_consumer *consumer)
{
    if (!consumer)
        return;
    rd_kafka_consumer_close(consumer->client);
    rd_kafka_destroy(consumer->client);
    if (consumer->open_ends)
        rd_kafka_topic_partition_list_destroy(consumer->open_ends);
    for (int i = 0; i < TOPIC_COUNT; i++)
        free(consumer->names[i]);
    free(consumer);
}

static const char *header(const rd_kafka_headers_t *headers, const char *name)
{
    const void *value;
    size_t len;
    if (!headers || rd_kafka_header_get_last(headers, name, &value, &len) || !value)
        return NULL;
    return memchr(value, '\0', len) ? NULL : value; /* librdkafka ends header values with a NUL */
}

static enum topic topic_of(const struct kafka_consumer *consumer, const char *name)
{
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (consumer->names[i] && strcmp(consumer->names[i], name) == 0)
            return (enum topic)i;
    abort();
}

/* Keys are not NUL-terminated by librdkafka. */
static char *key_text(const rd_kafka_message_t *message)
{
    if (!message->key || memchr(message->key, '\0', message->key_len))
        return xstrdup("");
    return xstrndup(message->key, message->key_len);
}

static void fill_record(const struct kafka_consumer *consumer, rd_kafka_message_t *message,
                        struct record *out)
{
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_timestamp_type_t type;
    rd_kafka_message_headers(message, &headers);
    int64_t stamp = rd_kafka_message_timestamp(message, &type);
    *out = (struct record){
        .topic = topic_of(consumer, rd_kafka_topic_name(message->rkt)),
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_ms = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? 0 : stamp,
        .key = key_text(message),
        .value = message->payload,
        .len = message->len,
        .id = header(headers, HEADER_ID),
        .type = header(headers, HEADER_TYPE),
        .traceparent = header(headers, HEADER_TRACEPARENT),
        .raw = message,
    };
}

void kafka_record_free(struct record *record)
{
    if (record->raw) {
        free((char *)record->key);
        rd_kafka_message_destroy(record->raw);
    }
    *record = (struct record){0};
}

/* librdkafka tells when the last broker goes, but not always: where it counts the group's coordinator twice it misses the
 * moment. So an idle consumer asks, as it must to see that one is back. */
static void probe(struct kafka_consumer *consumer)
{
    const struct rd_kafka_metadata *metadata;
    int64_t now = clock_monotonic_ms();
    if (now < consumer->next_probe_ms)
        return;
    consumer->next_probe_ms = now + (kafka_is_away() ? PROBE_AWAY_MS : PROBE_EVERY_MS);
    rd_kafka_resp_err_t code = rd_kafka_metadata(consumer->client, 0, NULL, &metadata,
                                                 kafka_is_away() ? PROBE_AWAY_MS : PROBE_TIMEOUT_MS);
    if (code) {
        kafka_is_gone(rd_kafka_err2str(code));
        return;
    }
    rd_kafka_metadata_destroy(metadata);
    if (kafka_is_away())
        kafka_is_back();
}

/* What librdkafka hands out instead of a record: an end that was reached, a fatal error, or news that it
 * handles itself. */
static int handle_event(struct kafka_consumer *consumer, rd_kafka_message_t *message, struct error *err)
{
    char why[256];
    rd_kafka_resp_err_t code = message->err;
    if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) /* said again whenever the end is reached again */
        rd_kafka_topic_partition_list_del(consumer->open_ends, rd_kafka_topic_name(message->rkt),
                                          message->partition);
    rd_kafka_message_destroy(message);
    if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return 0;
    if (rd_kafka_fatal_error(consumer->client, why, sizeof why))
        return fail(err, ERROR_FATAL, "Kafka consumer: %s", why);
    if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
        code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
        return fail(err, ERROR_FATAL, "Kafka refuses to let this process read: %s: check its ACLs",
                    rd_kafka_err2str(code));
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
        health_not_ready(KAFKA_HEALTH,
                         "a topic is missing: it was deleted while this process runs; restart it");
    return 0;
}

int kafka_poll(struct kafka_consumer *consumer, int timeout_ms, struct record *out, struct error *err)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->client, timeout_ms);
    if (!message) {
        probe(consumer);
        return 0;
    }
    if (message->err)
        return handle_event(consumer, message, err);
    fill_record(consumer, message, out);
    return 1;
}

int kafka_caught_up(const struct kafka_consumer *consumer)
{
    return consumer->open_ends->cnt == 0;
}

unsigned kafka_generation(const struct kafka_consumer *consumer)
{
    return consumer->generation;
}

rd_kafka_consumer_group_metadata_t *kafka_group_metadata(const struct kafka_consumer *consumer)
{
    return rd_kafka_consumer_group_metadata(consumer->client);
}

const char *kafka_consumer_topic(const struct kafka_consumer *consumer, enum topic topic)
{
    return consumer->names[topic];
}
