/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/runtime/health.h"
#include "common/runtime/kafka_internal.h"

#define ANSWER_TIMEOUT_MS 5000
#define PAUSE_MS 1000
#define REMIND_MS 30000

static const struct rd_kafka_metadata_topic *find_topic(const struct rd_kafka_metadata *metadata,
                                                        const char *name)
{
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (strcmp(metadata->topics[i].topic, name) == 0 && metadata->topics[i].partition_cnt > 0)
            return &metadata->topics[i];
    return NULL;
}

static int no_answer(const struct common_options *options, const char *why, struct error *err)
{
    return fail(err, ERROR_RETRY,
                "no Kafka broker answers at %s (%s): is it running, and is kafka.bootstrap_servers right?",
                options->bootstrap_servers, why);
}

/* Which topics are not there yet; missing[] is set for each. Returns how many, or -1. */
static int find_missing(rd_kafka_t *client, const struct common_options *options, int missing[TOPIC_COUNT],
                        struct error *err)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t code = rd_kafka_metadata(client, 1, NULL, &metadata, ANSWER_TIMEOUT_MS);
    if (code)
        return no_answer(options, rd_kafka_err2str(code), err);
    int count = 0;
    for (int i = 0; i < TOPIC_COUNT; i++) {
        AUTO_FREE char *name = kafka_topic_name(options, (enum topic)i);
        missing[i] = !find_topic(metadata, name);
        count += missing[i];
    }
    rd_kafka_metadata_destroy(metadata);
    return count;
}

static rd_kafka_NewTopic_t *new_topic(const struct common_options *options, enum topic topic)
{
    const struct topic_spec *spec = &topics[topic];
    AUTO_FREE char *name = kafka_topic_name(options, topic);
    char why[256];
    rd_kafka_NewTopic_t *made =
        rd_kafka_NewTopic_new(name, spec->partitions ? spec->partitions : (int)options->partitions,
                              (int)options->replication_factor, why, sizeof why);
    if (!made) /* the options table bounds partitions and replication */
        abort();
    rd_kafka_NewTopic_set_config(made, "cleanup.policy", spec->cleanup);
    if (spec->retention)
        rd_kafka_NewTopic_set_config(made, "retention.ms", spec->retention);
    return made;
}

/* A topic that a sibling process made in the meantime is as good as ours. */
static int check_created(rd_kafka_event_t *event, struct error *err)
{
    if (rd_kafka_event_error(event))
        return fail(err, ERROR_RETRY, "creating topics: %s", rd_kafka_event_error_string(event));
    size_t count = 0;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
        if (code && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return fail(
                err, ERROR_FATAL, "cannot create topic %s: %s: create it yourself or mend the section kafka",
                rd_kafka_topic_result_name(results[i]), rd_kafka_topic_result_error_string(results[i]));
    }
    return 0;
}

static int create(rd_kafka_t *client, const struct common_options *options, const int missing[TOPIC_COUNT],
                  struct error *err)
{
    rd_kafka_NewTopic_t *wanted[TOPIC_COUNT];
    size_t count = 0;
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (missing[i])
            wanted[count++] = new_topic(options, (enum topic)i);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_CreateTopics(client, wanted, count, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 2 * ANSWER_TIMEOUT_MS);
    int failed = event ? check_created(event, err) : no_answer(options, "time-out", err);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewTopic_destroy_array(wanted, count);
    return failed;
}

static int missing_error(const struct common_options *options, const int missing[TOPIC_COUNT],
                         struct error *err)
{
    AUTO_STRBUF names = {0};
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (missing[i])
            strbuf_printf(&names, "%s%s%s", names.len ? ", " : "", options->topic_prefix, topics[i].name);
    return fail(err, ERROR_FATAL,
                "Kafka lacks the topics %s, and kafka.create_topics is false: create them, or set it to true",
                strbuf_text(&names));
}

/* Creates the topics that are missing (unless told not to) and checks that all exist. ERROR_FATAL when that
 * is forbidden or refused; ERROR_RETRY when no broker answers. */
static int ensure(const struct common_options *options, struct error *err)
{
    rd_kafka_conf_t *conf = kafka_conf_new(options, err);
    rd_kafka_t *client = conf ? kafka_client_new(RD_KAFKA_PRODUCER, conf, err) : NULL;
    if (!client)
        return -1;
    int missing[TOPIC_COUNT];
    int count = find_missing(client, options, missing, err);
    int failed = count < 0;
    if (count > 0)
        failed = options->create_topics ? create(client, options, missing, err)
                                        : missing_error(options, missing, err);
    for (int tries = 0; !failed && count > 0 && tries < 50;
         tries++) { /* until every broker has heard of them */
        count = find_missing(client, options, missing, err);
        failed = count < 0;
        if (count > 0)
            clock_sleep_ms(100);
    }
    rd_kafka_destroy(client);
    return failed ? -1 : 0;
}

/* The threads of a process all need the topics, at about the same time: one of them looks. */
static pthread_mutex_t waiting = PTHREAD_MUTEX_INITIALIZER;
static int topics_exist;

static int wait_locked(const struct common_options *options, struct error *err)
{
    for (int64_t told = 0; !topics_exist;) {
        if (process_stopping())
            return fail(err, ERROR_RETRY, "asked to stop while waiting for Kafka");
        if (ensure(options, err) == 0) {
            topics_exist = 1;
            break;
        }
        if (err->kind == ERROR_FATAL)
            return -1;
        health_not_ready(KAFKA_HEALTH, err->text);
        int64_t now = clock_monotonic_ms();
        if (!told || now - told >= REMIND_MS) {
            log_warn(err->text, NULL);
            told = now;
        }
        clock_sleep_ms(PAUSE_MS);
    }
    kafka_is_back();
    return 0;
}

int kafka_wait(const struct common_options *options, struct error *err)
{
    pthread_mutex_lock(&waiting);
    int failed = wait_locked(options, err);
    pthread_mutex_unlock(&waiting);
    return failed;
}
