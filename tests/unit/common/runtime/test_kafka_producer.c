/* SPDX-License-Identifier: Apache-2.0 */
/* What kafka_commit() makes of a broker's refusals, which librdkafka's mock cluster gives as they are ordered. */
#include "common/runtime/kafka_internal.h"

#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

#define END_TXN 26 /* its number in Kafka's protocol */

static rd_kafka_t *host;
static rd_kafka_mock_cluster_t *cluster;
static struct common_options options = {.instance = "one", .topic_prefix = "t.", .partitions = 1};

static int start(void **state)
{
    (void)state;
    char why[512];
    host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof why);
    cluster = host ? rd_kafka_mock_cluster_new(host, 1) : NULL;
    if (!cluster)
        return -1;
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        AUTO_FREE char *name = kafka_topic_name(&options, (enum topic)topic);
        if (rd_kafka_mock_topic_create(cluster, name, 1, 1))
            return -1;
    }
    options.bootstrap_servers = xstrdup(rd_kafka_mock_cluster_bootstraps(cluster));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(host);
    free(options.bootstrap_servers);
    return 0;
}

/* Of one record. */
static int commit(struct kafka_producer *producer, struct error *err)
{
    struct outbox *outbox = outbox_new();
    outbox_add(outbox, TOPIC_NOTICES, "k", "i-1.1", NULL, "{}", 2);
    int status = kafka_commit(producer, NULL, outbox, NULL, 0, err);
    outbox_free(outbox);
    return status;
}

static struct kafka_producer *open_producer(void)
{
    struct error err;
    struct kafka_producer *producer = kafka_producer_open(&options, "notifier", "notify-0", &err);
    if (!producer)
        fail_msg("%s", err.text);
    return producer;
}

static void test_a_commit_that_the_broker_takes(void **state)
{
    (void)state;
    struct error err;
    struct kafka_producer *producer = open_producer();
    assert_int_equal(commit(producer, &err), 0);
    kafka_producer_close(producer);
}

static void test_a_commit_that_fails_and_can_be_aborted_is_to_be_repeated(void **state)
{
    (void)state;
    struct error err;
    struct kafka_producer *producer = open_producer();
    rd_kafka_mock_push_request_errors(cluster, END_TXN, 1, RD_KAFKA_RESP_ERR_UNKNOWN);
    assert_int_equal(commit(producer, &err), -1);
    assert_int_equal(err.kind, ERROR_RETRY);
    assert_int_equal(commit(producer, &err), 0);
    kafka_producer_close(producer);
}

static void assert_fenced(const struct error *err)
{
    struct error fenced;
    process_fenced(&fenced, "transactional id");
    assert_int_equal(err->kind, ERROR_FATAL);
    assert_non_null(strstr(err->text, fenced.text));
    assert_int_equal(err->status, fenced.status);
}

static void test_whose_id_was_taken_over_is_fenced(void **state)
{
    (void)state;
    struct error err;
    struct kafka_producer *producer = open_producer();
    rd_kafka_mock_push_request_errors(cluster, END_TXN, 1, RD_KAFKA_RESP_ERR_PRODUCER_FENCED);
    assert_int_equal(commit(producer, &err), -1);
    assert_fenced(&err);
    kafka_producer_close(producer);
}

/* Kafka answers so when it is asked to commit while it gives the id to another. */
static void test_it_may_be_the_abort_that_is_told_of_the_fence(void **state)
{
    (void)state;
    struct error err;
    struct kafka_producer *producer = open_producer();
    rd_kafka_mock_push_request_errors(cluster, END_TXN, 2, RD_KAFKA_RESP_ERR_UNKNOWN,
                                      RD_KAFKA_RESP_ERR_PRODUCER_FENCED);
    assert_int_equal(commit(producer, &err), -1);
    assert_fenced(&err);
    kafka_producer_close(producer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_commit_that_the_broker_takes),
        cmocka_unit_test(test_a_commit_that_fails_and_can_be_aborted_is_to_be_repeated),
        cmocka_unit_test(test_whose_id_was_taken_over_is_fenced),
        cmocka_unit_test(test_it_may_be_the_abort_that_is_told_of_the_fence),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
