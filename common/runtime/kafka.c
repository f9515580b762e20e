/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/kafka.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/runtime/health.h"
#include "common/runtime/kafka_internal.h"

/* Tuning, of which the user's own properties may change all: what concerns the other kind of client is ignored.
 * Measured reasons stand beside it. */
static const char *const properties[][2] = {
    {"socket.nagle.disable", "true"},
    {"socket.keepalive.enable", "true"},
    {"socket.timeout.ms", "15000"},
    {"reconnect.backoff.ms", "50"}, /* the defaults turn an outage of 3 s into one of 11 s */
    {"reconnect.backoff.max.ms", "500"},
    {"retry.backoff.ms", "2"}, /* paid by every transaction that follows another at once */
    {"log.connection.close", "false"},
    {"topic.metadata.refresh.interval.ms", "60000"},
    /* consumers: bounds that keep an idle lane small; queued.min.messages stays large, as a small one stalls
     * fetching for a second */
    {"session.timeout.ms", "10000"},
    {"max.poll.interval.ms", "300000"},
    {"fetch.wait.max.ms", "100"},
    {"fetch.error.backoff.ms", "50"},
    {"queued.max.messages.kbytes", "4096"},
    {"fetch.max.bytes", "1000000"}, /* compressed: the same in memory may be many times more */
    {"max.partition.fetch.bytes", "262144"},
    /* producers */
    {"linger.ms", "0"},
    {"compression.codec", "lz4"},
};

/* librdkafka's own lines are for its developers; what people need comes through errors and health. */
static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    (void)client, (void)level;
    log_debug("librdkafka", "facility", facility, "text", text, NULL);
}

static atomic_int away;

int kafka_is_away(void)
{
    return away;
}

void kafka_expect(void)
{
    health_not_ready(KAFKA_HEALTH, "connecting");
}

void kafka_is_gone(const char *reason)
{
    if (!atomic_exchange(&away, 1))
        log_warn("Kafka is away: waiting for it", "reason", reason, NULL);
    health_not_ready(KAFKA_HEALTH, reason);
}

void kafka_is_back(void)
{
    if (atomic_exchange(&away, 0))
        log_info("Kafka is back", NULL);
    health_ready(KAFKA_HEALTH);
}

static void on_error(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
    (void)client, (void)opaque;
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        kafka_is_gone(reason);
    if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL)
        log_error("Kafka refuses this client: check kafka.librdkafka", "reason", reason, NULL);
}

void kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char why[256];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) {
        log_error("librdkafka does not know its own property", "property", name, "reason", why, NULL);
        abort();
    }
}

rd_kafka_conf_t *kafka_conf_new(const struct common_options *options, struct error *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    for (size_t i = 0; i < COUNT_OF(properties); i++)
        kafka_conf_set(conf, properties[i][0], properties[i][1]);
    kafka_conf_set(conf, "bootstrap.servers", options->bootstrap_servers);
    kafka_conf_set(conf, "client.id", options->instance);
    for (size_t i = 0; i < options->librdkafka.count; i++) {
        const struct option_pair *pair = &options->librdkafka.pairs[i];
        char why[256];
        if (rd_kafka_conf_set(conf, pair->name, pair->value, why, sizeof why) != RD_KAFKA_CONF_OK) {
            rd_kafka_conf_destroy(conf);
            fail(err, ERROR_FATAL, "%s: kafka.librdkafka: %s", pair->origin, why);
            return NULL;
        }
    }
    return conf;
}

rd_kafka_t *kafka_client_new(rd_kafka_type_t type, rd_kafka_conf_t *take_conf, struct error *err)
{
    char why[512];
    rd_kafka_t *client = rd_kafka_new(type, take_conf, why, sizeof why);
    if (!client) {
        rd_kafka_conf_destroy(take_conf);
        fail(err, ERROR_FATAL, "Kafka client: %s: check the section kafka of the configuration", why);
    }
    return client;
}

char *kafka_topic_name(const struct common_options *options, enum topic topic)
{
    return xasprintf("%s%s", options->topic_prefix, topics[topic].name);
}
