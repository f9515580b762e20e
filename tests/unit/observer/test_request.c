/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/request.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/runtime/kafka_internal.h" /* to look into an outbox */
#include "common/schema/incident.h"
#include "common/schema/limits.h"
#include "tests/unit/mangle.h"
#include "tests/unit/unit.h"

#define T0 INT64_C(1795000000000)

static char cluster[] = "test", prefix[] = "aegiops.";
static struct common_options options = {.cluster = cluster, .topic_prefix = prefix};
static struct outbox *outbox;

static int open_outbox(void **state)
{
    (void)state;
    clock_fix(T0);
    outbox = outbox_new();
    return 0;
}

static int close_outbox(void **state)
{
    (void)state;
    outbox_free(outbox);
    clock_fix(-1);
    return 0;
}

static int ask_at(const char *bytes, size_t len, int64_t offset, struct error *err)
{
    struct record in = {.topic = TOPIC_INTAKE,
                        .partition = 2,
                        .offset = offset,
                        .timestamp_ms = T0 - 1000,
                        .key = "",
                        .value = bytes,
                        .len = len};
    return request_stage.run(&options, &in, outbox, err);
}

static const struct outbox_item *last(void)
{
    size_t count;
    const struct outbox_item *items = outbox_items(outbox, &count);
    return &items[count - 1];
}

/* The document that the text becomes; the caller frees it. */
static struct incident ask(const char *text)
{
    struct error err;
    struct incident incident = {0};
    if (ask_at(text, strlen(text), 7, &err) || incident_read(last()->value, last()->len, &incident, &err))
        fail_msg("%s", err.text);
    return incident;
}

static void assert_refused(const char *bytes, size_t len, const char *why)
{
    struct error err;
    assert_int_equal(ask_at(bytes, len, 7, &err), -1);
    assert_int_equal(err.kind, ERROR_REJECT);
    assert_non_null(strstr(err.text, why));
    assert_int_equal(outbox_count(outbox), 0);
}

static void plain_text_is_a_request(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = ask("Why is the checkout slow?");
    assert_string_equal(json_string_at(incident.observed, "request.text"), "Why is the checkout slow?");
    assert_true(json_is_null(json_at(incident.observed, "request.from")));
    assert_string_equal(json_string_at(incident.observed, "request.at"), "2026-11-18T11:06:39.000Z");
    assert_true(json_is_null(json_at(incident.observed, "class")));
    assert_true(json_is_null(json_at(incident.observed, "target")));
    assert_int_equal(json_array_size(json_at(incident.observed, "evidence")), 0);
    assert_string_equal(json_string_at(incident.observed, "summary"),
                        "A request in plain words from somebody");
    assert_int_equal(incident.lap, 1);
    AUTO_FREE char *key = xasprintf("test/-/Request/%s", incident.id);
    AUTO_FREE char *event_id = xasprintf("%s.1", incident.id);
    assert_string_equal(incident.key, key);
    assert_string_equal(last()->key, key);
    assert_string_equal(last()->id, event_id);
    assert_int_equal(last()->topic, TOPIC_INCIDENTS);
}

static void json_says_who_asks_and_about_which_namespace(void **state)
{
    (void)state;
    AUTO_INCIDENT incident =
        ask(" \n{\"text\":\"Deploy it\",\"from\":\"ada\",\"namespace\":\"shop-2\",\"more\":1}");
    assert_string_equal(json_string_at(incident.observed, "request.text"), "Deploy it");
    assert_string_equal(json_string_at(incident.observed, "request.from"), "ada");
    assert_int_equal(strncmp(incident.key, "test/shop-2/Request/i-", 22), 0);
    AUTO_INCIDENT nulls = ask("{\"text\":\"Deploy it\",\"from\":null,\"namespace\":null}");
    assert_true(json_is_null(json_at(nulls.observed, "request.from")));
}

static void the_id_is_that_of_the_place(void **state)
{
    (void)state;
    struct error err;
    AUTO_INCIDENT first = ask("one"), again = ask("one");
    assert_string_equal(first.id, again.id);
    assert_int_equal(ask_at("one", 3, 8, &err), 0);
    assert_int_not_equal(strncmp(last()->id, first.id, strlen(first.id)), 0);
}

static void what_cannot_be_seen_is_left_out(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = ask("a\xE2\x80\xAE"
                                 "b\x01");
    assert_string_equal(json_string_at(incident.observed, "request.text"), "ab");
}

static void secrets_stay_on_intake(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Why is postgres://shop:hunter2hunter2@db/shop refused?",
        "{\"text\":\"DB_PASSWORD=hunter2hunter2 is wrong?\",\"from\":\"ada@example.org\"}",
        "is pass\xE2\x80\x8Bword=hunter2\xE2\x80\x8Bhunter2 right?",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        AUTO_INCIDENT incident = ask(texts[i]);
        AUTO_FREE char *all = json_dumps(incident.root, 0);
        assert_null(strstr(all, "hunter2"));
        assert_non_null(strstr(json_string_at(incident.observed, "request.text"), "<S1>"));
        assert_int_equal(strstr(texts[i], "from") != NULL, strstr(all, "ada@example.org") != NULL);
    }
}

static void what_is_no_request_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *why;
    } cases[] = {
        {"", "empty"},
        {" \n\t", "says nothing"},
        {"\xff\xfe\xfd", "UTF-8"},
        {"{\"text\": 7}", "\"text\" of the request is no string"},
        {"{\"text\": \"\"}", "says nothing"},
        {"{\"text\": \" \"}", "says nothing"},
        {"{\"text\": null}", "says nothing"},
        {"{\"from\": \"ada\"}", "says nothing"},
        {"{\"text\": \"x\", \"from\": []}", "\"from\" of the request is no string"},
        {"{\"text\": \"x\", \"namespace\": \"a/b\"}", "\"namespace\""},
        {"{\"text\": \"x\", \"namespace\": \"\"}", "\"namespace\""},
        {"{\"text\": \"x\"", "must be JSON"},
        {"{\"text\": \"x\"} trailing", "must be JSON"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_refused(cases[i].bytes, strlen(cases[i].bytes), cases[i].why);
    assert_refused(NULL, 0, "empty");
}

static void the_limit_is_inclusive(void **state)
{
    (void)state;
    struct error err;
    AUTO_FREE char *text = xmalloc(LIMIT_INTAKE_BYTES + 1);
    memset(text, 'x', LIMIT_INTAKE_BYTES + 1);
    assert_refused(text, LIMIT_INTAKE_BYTES + 1, "at most");
    assert_int_equal(ask_at(text, LIMIT_INTAKE_BYTES, 7, &err), 0);
}

static void ask_anything(const char *bytes, size_t len)
{
    struct error err;
    struct incident incident = {0};
    outbox_clear(outbox);
    if (ask_at(bytes, len, 1, &err)) {
        assert_int_equal(err.kind, ERROR_REJECT);
        return;
    }
    assert_int_equal(incident_read(last()->value, last()->len, &incident, &err), 0);
    incident_free(&incident);
}

static void mangled_requests_are_read_or_refused(void **state)
{
    (void)state;
    static const char sample[] = "{\"text\":\"Deploy \\u00e9\",\"from\":\"ada\",\"namespace\":\"shop\"}";
    mangle(sample, sizeof sample - 1, 500, ask_anything);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_outbox, close_outbox)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plain_text_is_a_request),     TEST(json_says_who_asks_and_about_which_namespace),
        TEST(the_id_is_that_of_the_place), TEST(what_cannot_be_seen_is_left_out),
        TEST(secrets_stay_on_intake),      TEST(what_is_no_request_is_refused),
        TEST(the_limit_is_inclusive),      TEST(mangled_requests_are_read_or_refused),
    };
    log_open("test", LOG_ERROR);
    return cmocka_run_group_tests_name("observer/request", tests, NULL, NULL);
}
