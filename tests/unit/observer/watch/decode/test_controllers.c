/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "observer/watch/decode.h"
#include "tests/unit/observer/wire.h"
#include "tests/unit/unit.h"

#define T0 INT64_C(1764000000000)

static void add_meta(struct strbuf *out, const char *name)
{
    struct strbuf meta = {0};
    wire_text(&meta, 1, name);
    wire_text(&meta, 3, "shop");
    wire_text(&meta, 5, "uid-1");
    wire_text(&meta, 6, "77");
    wire_number(&meta, 7, 4);
    wire_time(&meta, 8, T0);
    wire_message(out, 1, &meta);
}

/* A message that has one text in it, under a number, inside of another. */
static void add_named(struct strbuf *out, uint32_t field, uint32_t inner, const char *name)
{
    struct strbuf reference = {0};
    wire_text(&reference, 1, name);
    struct strbuf source = {0};
    wire_message(&source, 1, &reference);
    struct strbuf holder = {0};
    wire_message(&holder, inner, &source);
    wire_message(out, field, &holder);
}

static void add_volume(struct strbuf *spec, uint32_t source_number, struct strbuf *source)
{
    struct strbuf volume = {0}, sources = {0};
    wire_text(&volume, 1, "v");
    wire_message(&sources, source_number, source);
    wire_message(&volume, 2, &sources);
    wire_message(spec, 1, &volume);
}

static void add_config_map_volume(struct strbuf *spec, const char *name, int optional)
{
    struct strbuf reference = {0}, source = {0};
    wire_text(&reference, 1, name);
    wire_message(&source, 1, &reference);
    wire_number(&source, 4, optional);
    add_volume(spec, 19, &source);
}

/* A template that refers to: ConfigMaps env, key, volume, projected; Secrets envs, secret; and optional ones. */
static void add_template(struct strbuf *out, uint32_t field)
{
    struct strbuf template = {0}, meta = {0}, spec = {0}, container = {0}, env = {0}, source = {0};
    wire_pair(&meta, 11, "app", "web");
    wire_pair(&meta, 11, "tier", "front");
    wire_message(&template, 1, &meta);
    add_config_map_volume(&spec, "volume", 0);
    add_config_map_volume(&spec, "may-be-missing", 1);
    wire_text(&source, 1, "secret");
    add_volume(&spec, 6, &source);
    struct strbuf projection = {0}, projected = {0}, reference = {0};
    wire_text(&reference, 1, "projected");
    wire_message(&projection, 1, &reference);
    wire_message(&projected, 3, &projection);
    wire_message(&source, 1, &projected);
    add_volume(&spec, 26, &source);
    wire_text(&container, 1, "app");
    add_named(&container, 19, 2, "env");
    add_named(&container, 19, 3, "envs");
    add_named(&env, 3, 3, "key");
    wire_text(&env, 1, "NAME");
    wire_message(&container, 7, &env);
    add_named(&env, 3, 3, "key"); /* once more: told once */
    wire_message(&container, 7, &env);
    wire_message(&spec, 2, &container);
    wire_message(&template, 2, &spec);
    wire_message(out, field, &template);
}

#define LABELS "app=web\ntier=front\n"
#define REFERENCES                                                                                           \
    "ConfigMap/volume\nSecret/secret\nConfigMap/projected\nConfigMap/env\nSecret/envs\nConfigMap/key\n"

static void add_condition(struct strbuf *status, uint32_t field, const uint32_t numbers[5],
                          const char *const texts[4])
{
    struct strbuf condition = {0};
    wire_text(&condition, numbers[0], texts[0]);
    wire_text(&condition, numbers[1], texts[1]);
    wire_text(&condition, numbers[2], texts[2]);
    wire_text(&condition, numbers[3], texts[3]);
    wire_time(&condition, numbers[4], T0 + 5000);
    wire_message(status, field, &condition);
}

static const uint32_t common_numbers[5] = {1, 2, 5, 6, 4}, deployment_numbers[5] = {1, 2, 4, 5, 7};

static struct controller_facts facts;

/* Decodes and empties the bytes. */
static void read(struct decoder *decoder, enum store_kind kind, struct strbuf *bytes)
{
    struct error err;
    if (decode(decoder, kind, bytes->data, bytes->len, &facts, &err))
        fail_msg("%s", err.text);
    strbuf_free(bytes);
}

static void reads_what_a_deployment_cannot_do(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    struct strbuf bytes = {0}, spec = {0}, status = {0};
    add_meta(&bytes, "web");
    add_template(&spec, 3);
    wire_message(&bytes, 2, &spec);
    add_condition(&status, 6, deployment_numbers,
                  (const char *const[]){"Progressing", "False", "ProgressDeadlineExceeded", "timed out"});
    add_condition(&status, 6, deployment_numbers,
                  (const char *const[]){"ReplicaFailure", "True", "FailedCreate", "exceeded quota"});
    wire_message(&bytes, 3, &status);
    read(&decoder, STORE_DEPLOYMENTS, &bytes);
    assert_string_equal(facts.kind, "Deployment");
    assert_string_equal(facts.progressing_reason, "ProgressDeadlineExceeded");
    assert_true(facts.progressing_ms == T0 + 5000);
    assert_string_equal(facts.failure.reason, "FailedCreate");
    assert_string_equal(facts.failure.message, "exceeded quota");
    assert_true(facts.failure.since_ms == T0 + 5000);
    assert_string_equal(facts.labels, LABELS);
    assert_string_equal(facts.references, REFERENCES);
}

static void a_failure_that_is_over_is_none(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    struct strbuf bytes = {0}, status = {0};
    add_meta(&bytes, "web");
    add_condition(&status, 6, deployment_numbers,
                  (const char *const[]){"ReplicaFailure", "False", "FailedCreate", ""});
    wire_message(&bytes, 3, &status);
    read(&decoder, STORE_DEPLOYMENTS, &bytes);
    assert_string_equal(facts.failure.reason, "");
    assert_string_equal(facts.labels, "");
    assert_int_equal(facts.replicas, 1);
}

static void reads_a_stateful_set(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    struct strbuf bytes = {0}, spec = {0}, status = {0};
    add_meta(&bytes, "db");
    wire_number(&spec, 1, 3);
    add_template(&spec, 3);
    wire_message(&bytes, 2, &spec);
    wire_number(&status, 1, 4);
    wire_number(&status, 2, 3);
    wire_number(&status, 3, 2);
    wire_number(&status, 5, 1);
    wire_text(&status, 7, "db-7c9");
    wire_number(&status, 11, 2);
    wire_message(&bytes, 3, &status);
    read(&decoder, STORE_STATEFUL_SETS, &bytes);
    assert_string_equal(facts.kind, "StatefulSet");
    assert_true(facts.generation == 4 && facts.observed_generation == 4);
    assert_int_equal(facts.replicas, 3);
    assert_int_equal(facts.status_replicas, 3);
    assert_int_equal(facts.ready, 2);
    assert_int_equal(facts.updated, 1);
    assert_int_equal(facts.available, 2);
    assert_string_equal(facts.revision, "db-7c9");
    assert_string_equal(facts.references, REFERENCES);
}

static void reads_a_daemon_set(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    struct strbuf bytes = {0}, spec = {0}, status = {0};
    add_meta(&bytes, "agent");
    add_template(&spec, 2);
    wire_message(&bytes, 2, &spec);
    wire_number(&status, 1, 5);
    wire_number(&status, 3, 6);
    wire_number(&status, 4, 4);
    wire_number(&status, 5, 4);
    wire_number(&status, 6, 3);
    wire_number(&status, 7, 2);
    wire_message(&bytes, 3, &status);
    read(&decoder, STORE_DAEMON_SETS, &bytes);
    assert_int_equal(facts.replicas, 6);
    assert_int_equal(facts.status_replicas, 5);
    assert_int_equal(facts.ready, 4);
    assert_int_equal(facts.updated, 3);
    assert_int_equal(facts.available, 2);
    assert_true(facts.observed_generation == 4);
    assert_string_equal(facts.labels, LABELS);
}

static void reads_a_job(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    struct strbuf bytes = {0}, spec = {0}, status = {0};
    add_meta(&bytes, "import");
    wire_number(&spec, 1, 2);
    add_template(&spec, 6);
    wire_number(&spec, 10, 1);
    wire_message(&bytes, 2, &spec);
    add_condition(&status, 1, common_numbers,
                  (const char *const[]){"FailureTarget", "True", "BackoffLimitExceeded", ""});
    add_condition(
        &status, 1, common_numbers,
        (const char *const[]){"Failed", "True", "BackoffLimitExceeded", "Job has reached the limit"});
    wire_time(&status, 2, T0 + 1000);
    wire_number(&status, 4, 1);
    wire_number(&status, 5, 3);
    wire_number(&status, 6, 7);
    wire_message(&bytes, 3, &status);
    read(&decoder, STORE_JOBS, &bytes);
    assert_int_equal(facts.replicas, 2);
    assert_true(facts.paused);
    assert_string_equal(facts.failure.reason, "BackoffLimitExceeded");
    assert_string_equal(facts.failure.message, "Job has reached the limit");
    assert_true(facts.started_ms == T0 + 1000 && facts.completed_ms == 0);
    assert_int_equal(facts.active, 1);
    assert_int_equal(facts.succeeded, 3);
    assert_int_equal(facts.failed, 7);
}

static void reads_a_cron_job(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    struct strbuf bytes = {0}, spec = {0}, status = {0}, template = {0}, job = {0};
    add_meta(&bytes, "backup");
    wire_number(&spec, 4, 1);
    add_template(&job, 6);
    wire_message(&template, 2, &job);
    wire_message(&spec, 5, &template);
    wire_message(&bytes, 2, &spec);
    wire_text(&status, 1, "a reference");
    wire_text(&status, 1, "another");
    wire_time(&status, 4, T0 + 1000);
    wire_time(&status, 5, T0 + 2000);
    wire_message(&bytes, 3, &status);
    read(&decoder, STORE_CRON_JOBS, &bytes);
    assert_string_equal(facts.kind, "CronJob");
    assert_true(facts.paused);
    assert_int_equal(facts.active, 2);
    assert_true(facts.started_ms == T0 + 1000 && facts.completed_ms == T0 + 2000);
    assert_string_equal(facts.labels, LABELS);
    assert_string_equal(facts.references, REFERENCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_a_deployment_cannot_do),
        cmocka_unit_test(a_failure_that_is_over_is_none),
        cmocka_unit_test(reads_a_stateful_set),
        cmocka_unit_test(reads_a_daemon_set),
        cmocka_unit_test(reads_a_job),
        cmocka_unit_test(reads_a_cron_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
