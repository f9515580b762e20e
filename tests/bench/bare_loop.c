/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The measure for our lanes: what librdkafka alone can do. One thread takes what is ready, copies each record with some
 * bytes more, and commits outputs and offsets in one transaction, until SIGTERM. It looks into nothing and survives nothing.
 * usage: bare_loop BROKERS GROUP INPUT OUTPUT
 */
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/schema/limits.h"

#define ADDED_BYTES 1000 /* about what a decision adds to its incident */

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    (void)client, (void)message, (void)opaque;
}

static void check(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bare_loop: %s\n", what);
    exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char why[256];
    check(rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK, why);
}

/* The same properties as our clients have. */
static rd_kafka_conf_t *common_conf(const char *brokers)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "socket.nagle.disable", "true");
    set(conf, "retry.backoff.ms", "2");
    return conf;
}

static rd_kafka_t *open_consumer(const char *brokers, const char *group, const char *input)
{
    char why[256];
    rd_kafka_conf_t *conf = common_conf(brokers);
    set(conf, "group.id", group);
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.auto.offset.store", "false");
    set(conf, "auto.offset.reset", "earliest");
    set(conf, "fetch.wait.max.ms", "100");
    set(conf, "queued.max.messages.kbytes", "8192");
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    check(consumer != NULL, why);
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, input, RD_KAFKA_PARTITION_UA);
    check(rd_kafka_subscribe(consumer, topics) == 0, "subscribing failed");
    rd_kafka_topic_partition_list_destroy(topics);
    return consumer;
}

static rd_kafka_t *open_producer(const char *brokers, const char *id)
{
    char why[256];
    rd_kafka_conf_t *conf = common_conf(brokers);
    set(conf, "transactional.id", id);
    set(conf, "linger.ms", "0");
    set(conf, "compression.codec", "lz4");
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    check(producer != NULL, why);
    check(rd_kafka_init_transactions(producer, 30000) == NULL, "no transactions");
    return producer;
}

static size_t gather(rd_kafka_t *consumer, rd_kafka_message_t *batch[LIMIT_BATCH_RECORDS])
{
    size_t count = 0;
    int64_t until = 0;
    while (count < LIMIT_BATCH_RECORDS && !stopping) {
        int64_t now = clock_monotonic_ms();
        if (until && now >= until)
            break;
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, until ? (int)(until - now) : 200);
        if (!message || message->err) {
            if (message)
                rd_kafka_message_destroy(message);
            continue;
        }
        batch[count++] = message;
        until = until ? until : clock_monotonic_ms() + LIMIT_BATCH_WAIT_MS;
    }
    return count;
}

static void copy(rd_kafka_t *producer, const char *output, const rd_kafka_message_t *message)
{
    static char value[LIMIT_RECORD_BYTES + ADDED_BYTES];
    check(message->len <= LIMIT_RECORD_BYTES, "the record is too large");
    memcpy(value, message->payload, message->len);
    memset(value + message->len, 'x', ADDED_BYTES);
    check(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(output),
                            RD_KAFKA_V_KEY(message->key, message->key_len),
                            RD_KAFKA_V_VALUE(value, message->len + ADDED_BYTES),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END) == 0,
          "producing failed");
}

static void add_offset(rd_kafka_topic_partition_list_t *offsets, const char *input,
                       const rd_kafka_message_t *message)
{
    rd_kafka_topic_partition_t *entry =
        rd_kafka_topic_partition_list_find(offsets, input, message->partition);
    if (!entry)
        entry = rd_kafka_topic_partition_list_add(offsets, input, message->partition);
    entry->offset = message->offset + 1;
}

static void turn(rd_kafka_t *consumer, rd_kafka_t *producer, const char *input, const char *output)
{
    rd_kafka_message_t *batch[LIMIT_BATCH_RECORDS];
    size_t count = gather(consumer, batch);
    if (!count)
        return;
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(16);
    check(rd_kafka_begin_transaction(producer) == NULL, "beginning failed");
    for (size_t i = 0; i < count; i++) {
        copy(producer, output, batch[i]);
        add_offset(offsets, input, batch[i]);
        rd_kafka_message_destroy(batch[i]);
    }
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(consumer);
    check(rd_kafka_send_offsets_to_transaction(producer, offsets, group, -1) == NULL,
          "sending offsets failed");
    check(rd_kafka_commit_transaction(producer, -1) == NULL, "committing failed");
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(offsets);
}

int main(int argc, char **argv)
{
    check(argc == 5, "usage: bare_loop BROKERS GROUP INPUT OUTPUT");
    signal(SIGTERM, on_signal);
    rd_kafka_t *producer = open_producer(argv[1], argv[2]);
    rd_kafka_t *consumer = open_consumer(argv[1], argv[2], argv[3]);
    while (!stopping)
        turn(consumer, producer, argv[3], argv[4]);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    rd_kafka_destroy(producer);
    return 0;
}
