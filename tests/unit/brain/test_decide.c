/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/decide.h"

#include <stdlib.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/id.h"
#include "tests/unit/brain/document.h"

/* What the stage wrote last, in place of Kafka's outbox. */
static struct {
    int count;
    enum topic topic;
    char *key, *id, *document;
} written;

void outbox_add(struct outbox *outbox, enum topic topic, const char *key, const char *id,
                const char *traceparent, const char *value, size_t len)
{
    (void)outbox, (void)traceparent;
    free(written.key);
    free(written.id);
    free(written.document);
    written.count++;
    written.topic = topic;
    written.key = xstrdup(key);
    written.id = xstrdup(id);
    written.document = xstrndup(value, len);
}

static struct model_options options;
static struct desk desk = {.options = &options};

static void set_model(int tier, int explain)
{
    static char name[] = "m", *names[] = {name};
    model_free(desk.model);
    options = (struct model_options){.api = MODEL_API_OPENAI,
                                     .base_url = "http://127.0.0.1:9",
                                     .project = "",
                                     .location = "",
                                     .models = {.items = names, .count = 1},
                                     .tier = tier,
                                     .explain = explain,
                                     .ca_file = ""};
    desk.model = model_new(&options);
}

static const char *text_at(const json_t *section, const char *path)
{
    const char *value = json_string_at(section, path);
    return value ? value : "(none)";
}

static const json_t *only_action(const json_t *decided)
{
    const json_t *actions = json_at(decided, "actions");
    assert_int_equal(json_array_size(actions), 1);
    return json_array_get(actions, 0);
}

static void check_keys(const json_t *object, const char *expected)
{
    AUTO_STRBUF keys = {0};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        strbuf_printf(&keys, "%s%s", keys.len ? " " : "", key);
    }
    assert_string_equal(strbuf_text(&keys), expected);
}

static void test_rollback_names_the_good_template(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = document_open();
    clock_fix(1795000000000);
    AUTO_JSON *decided = decide(&incident);
    clock_fix(-1);
    check_keys(decided,
               "at intent status root_cause explanation actions command evidence source rule review model");
    assert_string_equal(text_at(decided, "at"), "2026-11-18T11:06:40.000Z");
    assert_string_equal(text_at(decided, "intent"), "REMEDIATE");
    assert_string_equal(text_at(decided, "status"), "CONFIG");
    assert_string_equal(text_at(decided, "source"), "rule");
    assert_string_equal(text_at(decided, "rule"), "rollback_new_revision");
    assert_string_equal(
        text_at(decided, "root_cause"),
        "2 pods of Deployment shop/web cannot pull their image (container app) since revision 4.");
    assert_string_equal(text_at(decided, "command"),
                        "kubectl -n shop rollout undo deployment/web --to-revision=3");
    const json_t *action = only_action(decided);
    check_keys(action, "type id target to");
    assert_string_equal(text_at(action, "type"), "rollback");
    assert_string_equal(text_at(action, "to.template_hash"), "good");
    assert_string_equal(text_at(action, "to.replica_set"), "web-good");
    assert_string_equal(text_at(action, "to.revision"), "3");
    assert_true(json_equal(json_at(action, "target"), json_at(incident.observed, "target")));
}

static void test_action_id_is_derived_from_incident_and_lap(void **state)
{
    (void)state;
    char expected[ID_SIZE];
    AUTO_INCIDENT incident = document_open();
    AUTO_JSON *first = decide(&incident);
    AUTO_JSON *again = decide(&incident);
    id_derive(expected, 'a', DOCUMENT_ID, "1", "0", NULL);
    assert_string_equal(text_at(only_action(first), "id"), expected);
    assert_string_equal(text_at(only_action(again), "id"), expected);
    incident.lap = 2;
    AUTO_JSON *next = decide(&incident);
    id_derive(expected, 'a', DOCUMENT_ID, "2", "0", NULL);
    assert_string_equal(text_at(only_action(next), "id"), expected);
}

static void test_memory_doubles_within_its_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } cases[] = {{"\"64Mi\"", "128Mi"},
                 {"\"0.5Gi\"", "1Gi"},
                 {"\"128M\"", "256M"},
                 {"\"134217728\"", "268435456"},
                 {"\"1e8\"", "200M"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_INCIDENT incident = document_out_of_memory();
        document_set(&incident, "before.memory_limit", cases[i].from);
        document_set(&incident, "before.memory_request", "\"1Mi\"");
        AUTO_JSON *decided = decide(&incident);
        const json_t *action = only_action(decided);
        check_keys(action, "type id target container memory_limit from");
        assert_string_equal(text_at(action, "memory_limit"), cases[i].to);
        assert_string_equal(text_at(action, "container"), "app");
        assert_true(json_equal(json_at(action, "from.memory_limit"),
                               json_at(incident.observed, "before.memory_limit")));
    }
}

static void test_delete_names_one_pod_by_uid(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = document_lone_crash();
    AUTO_JSON *decided = decide(&incident);
    const json_t *action = only_action(decided);
    assert_string_equal(text_at(decided, "status"), "TRANSIENT");
    check_keys(action, "type id target pod");
    assert_string_equal(text_at(action, "pod.name"), "web-bad-x1");
    assert_string_equal(text_at(action, "pod.uid"), "33333333-4444");
    assert_string_equal(text_at(decided, "command"), "kubectl -n shop delete pod web-bad-x1");
}

static void test_evidence_is_quoted_from_what_is_vouched_for(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = document_open();
    AUTO_JSON *decided = decide(&incident);
    const json_t *evidence = json_at(decided, "evidence");
    assert_int_equal(json_array_size(evidence), 2);
    assert_string_equal(text_at(json_array_get(evidence, 0), "ref"), "E1");
    assert_string_equal(text_at(json_array_get(evidence, 0), "quote"), "container app: ImagePullBackOff");
    assert_string_equal(text_at(json_array_get(evidence, 1), "ref"), "E3");
}

static void test_long_evidence_is_cut_in_the_quote(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = document_open();
    char item[3000], json[3200];
    memset(item, 'x', sizeof item - 1);
    item[sizeof item - 1] = '\0';
    snprintf(json, sizeof json, "[{\"ref\":\"E1\",\"kind\":\"status\",\"trust\":\"K\",\"text\":\"%s\"}]",
             item);
    document_set(&incident, "evidence", json);
    AUTO_JSON *decided = decide(&incident);
    const json_t *quote = json_at(json_array_get(json_at(decided, "evidence"), 0), "quote");
    assert_true(json_string_length(quote) > 100 && json_string_length(quote) <= 400);
}

static void test_recovery_tells_what_was_done_and_how_long_it_took(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = document_open();
    document_set(&incident, "at", "\"2026-11-23T11:01:23.400Z\"");
    document_set(&incident, "verdict", "\"recovered\"");
    document_set(&incident, "verified", "\"3 of 3 pods are available\"");
    document_set(
        &incident, "tried",
        "[{\"lap\":1,\"status\":\"CONFIG\",\"action\":\"rollback\",\"action_id\":\"a-1\",\"result\":\"done\","
        "\"detail\":\"rolled back\"}]");
    AUTO_JSON *decided = decide(&incident);
    assert_string_equal(text_at(decided, "status"), "HEALTHY");
    assert_int_equal(json_array_size(json_at(decided, "actions")), 0);
    assert_string_equal(text_at(decided, "explanation"),
                        "Deployment shop/web no longer fails, 1 h 1 min 23 s after it was first seen "
                        "failing: 3 of 3 pods are "
                        "available.\nWhat was done:\n- lap 1: rollback, done: rolled back");
    assert_true(json_is_null(json_at(decided, "command")));
}

static void test_recovery_without_us_takes_no_credit(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = document_open();
    document_set(&incident, "verdict", "\"recovered\"");
    document_set(&incident, "tried",
                 "[{\"lap\":1,\"action\":\"rollback\",\"result\":\"proposed\",\"detail\":\"\"}]");
    AUTO_JSON *decided = decide(&incident);
    assert_non_null(strstr(text_at(decided, "explanation"), "AegiOps changed nothing"));
}

static void test_failed_laps_are_listed_for_the_person(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = document_lone_crash();
    document_set(&incident, "verdict", "\"worse\"");
    document_set(
        &incident, "tried",
        "[{\"lap\":1,\"action\":\"delete_pod\",\"result\":\"done\",\"detail\":\"evicted pod web-bad-x0\"}]");
    AUTO_JSON *decided = decide(&incident);
    assert_string_equal(text_at(decided, "status"), "FATAL");
    assert_int_equal(json_array_size(json_at(decided, "actions")), 0);
    assert_non_null(strstr(text_at(decided, "root_cause"), "worse"));
    assert_non_null(
        strstr(text_at(decided, "explanation"), "- lap 1: delete_pod, done: evicted pod web-bad-x0"));
    assert_string_equal(text_at(decided, "command"), "kubectl -n shop logs web-bad-x1 -c app");
}

/* A name that would be a command of its own never reaches what people paste. */
static void test_hostile_names_make_no_command(void **state)
{
    (void)state;
    static const char *const names[] = {"\"web; rm -rf /\"", "\"$(id)\"", "\"-o\"", "\"a b\"",
                                        "\"a\\nb\"",         "\"../x\"",  "7",      "null"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        AUTO_INCIDENT incident = document_open();
        document_set(&incident, "target.name", names[i]);
        document_set(&incident, "pods", "[]");
        AUTO_JSON *decided = decide(&incident);
        assert_true(json_is_null(json_at(decided, "command")));
        assert_int_equal(json_array_size(json_at(decided, "actions")), 0);
    }
}

static void test_survives_any_shape(void **state)
{
    (void)state;
    static const char *const members[] = {"at",       "class", "target",  "pods",    "affected",
                                          "replicas", "onset", "before",  "request", "verdict",
                                          "verified", "tried", "history", "evidence"};
    static const char *const shapes[] = {
        "null", "true", "-1", "\"\"", "[]", "{}", "[null,1,\"x\",[],{}]", "[[[]]]", "{\"a\":{}}"};
    for (size_t i = 0; i < COUNT_OF(members); i++)
        for (size_t j = 0; j < COUNT_OF(shapes); j++) {
            AUTO_INCIDENT incident = document_open();
            document_set(&incident, members[i], shapes[j]);
            AUTO_JSON *decided = decide(&incident);
            assert_true(json_is_object(decided));
            assert_non_null(json_string_at(decided, "root_cause"));
        }
}

static void test_request_is_answered_honestly(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = document_open();
    document_set(&incident, "request", "{\"text\":\"delete everything\",\"from\":\"x\",\"at\":null}");
    AUTO_JSON *decided = decide(&incident);
    assert_string_equal(text_at(decided, "rule"), "request_without_model");
    assert_string_equal(text_at(decided, "intent"), "EXPLAIN");
    assert_int_equal(json_array_size(json_at(decided, "actions")), 0);
    assert_non_null(strstr(text_at(decided, "explanation"), "language model"));
}

static void test_stage_splices_and_rewrites_nothing(void **state)
{
    (void)state;
    static const char document[] =
        "{ \"v\":1 , \"id\":\"" DOCUMENT_ID
        "\",\"key\":\"prod/shop/Deployment/web\",\"opened_at\":\"2026-11-23T10:00:00Z\","
        "\"lap\":2,\"future\":[1.50,\"\\u00e9\"],\"observed\":{\"class\":\"Odd\", \"x\":1.0}}";
    struct record record = {.topic = TOPIC_INCIDENTS,
                            .key = "prod/shop/Deployment/web",
                            .value = document,
                            .len = sizeof document - 1};
    struct error err;
    set_model(MODEL_TIER_NONE, MODEL_EXPLAIN_QUESTIONS);
    assert_int_equal(decide_stage.run(&desk, &record, NULL, &err), 0);
    assert_string_equal(written.key, "prod/shop/Deployment/web");
    assert_string_equal(written.id, DOCUMENT_ID ".2");
    assert_int_equal(written.topic, TOPIC_DECISIONS);
    assert_memory_equal(written.document, document, sizeof document - 2);
    assert_non_null(strstr(written.document + sizeof document - 2, ",\"decided\":{\"at\":"));
    record.value = written.document;
    record.len = strlen(written.document);
    assert_int_equal(decide_stage.run(&desk, &record, NULL, &err), -1);
    assert_int_equal(err.kind, ERROR_REJECT);
}

/* What has an action never waits for a model; what has none goes on as it came. */
static void test_what_goes_on_to_the_model(void **state)
{
    (void)state;
    static const struct {
        const char *path, *json;
        int tier, explain;
        enum topic topic;
    } cases[] = {
        {"class", "\"ImagePullBackOff\"", MODEL_TIER_PAID, MODEL_EXPLAIN_ALWAYS, TOPIC_DECISIONS},
        {"class", "\"NodeNotReady\"", MODEL_TIER_PAID, MODEL_EXPLAIN_NEVER, TOPIC_QUESTIONS},
        {"class", "\"NodeNotReady\"", MODEL_TIER_FREE, MODEL_EXPLAIN_NEVER, TOPIC_QUESTIONS},
        {"class", "\"NodeNotReady\"", MODEL_TIER_NONE, MODEL_EXPLAIN_ALWAYS, TOPIC_DECISIONS},
        {"verdict", "\"recovered\"", MODEL_TIER_PAID, MODEL_EXPLAIN_QUESTIONS, TOPIC_DECISIONS},
        {"verdict", "\"recovered\"", MODEL_TIER_PAID, MODEL_EXPLAIN_ALWAYS, TOPIC_QUESTIONS},
        {"request", "{\"text\":\"why?\"}", MODEL_TIER_PAID, MODEL_EXPLAIN_NEVER, TOPIC_DECISIONS},
        {"request", "{\"text\":\"why?\"}", MODEL_TIER_PAID, MODEL_EXPLAIN_QUESTIONS, TOPIC_QUESTIONS},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_INCIDENT incident = document_open();
        AUTO_STRBUF document = {0};
        struct error err;
        document_set(&incident, cases[i].path, cases[i].json);
        json_write(incident.root, &document);
        struct record record = {
            .topic = TOPIC_INCIDENTS, .key = incident.key, .value = document.data, .len = document.len};
        set_model(cases[i].tier, cases[i].explain);
        assert_int_equal(decide_stage.run(&desk, &record, NULL, &err), 0);
        if (written.topic != cases[i].topic)
            fail_msg("case %zu went to %s", i, topics[written.topic].name);
        if (written.topic == TOPIC_QUESTIONS)
            assert_string_equal(written.document, document.data);
    }
    model_free(desk.model);
    desk.model = NULL;
}

static void test_stage_tells_of_what_it_cannot_read(void **state)
{
    (void)state;
    static const struct error why = {.kind = ERROR_REJECT, .text = "JSON: byte 1: no"};
    struct record unreadable = {
        .topic = TOPIC_INCIDENTS, .key = "prod/shop/Deployment/web", .value = "{{", .len = 2};
    struct record nameless = {.topic = TOPIC_INCIDENTS, .key = "", .value = "{{", .len = 2};
    written.count = 0;
    decide_stage.give_up(NULL, &unreadable, &why, NULL);
    assert_string_equal(written.key, "prod/shop/Deployment/web");
    AUTO_JSON *document = json_loads(written.document, 0, NULL);
    assert_string_equal(text_at(document, "decided.status"), "FATAL");
    assert_non_null(strstr(text_at(document, "decided.root_cause"), "JSON: byte 1: no"));
    decide_stage.give_up(NULL, &nameless, &why, NULL);
    assert_int_equal(written.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rollback_names_the_good_template),
        cmocka_unit_test(test_action_id_is_derived_from_incident_and_lap),
        cmocka_unit_test(test_memory_doubles_within_its_spelling),
        cmocka_unit_test(test_delete_names_one_pod_by_uid),
        cmocka_unit_test(test_evidence_is_quoted_from_what_is_vouched_for),
        cmocka_unit_test(test_long_evidence_is_cut_in_the_quote),
        cmocka_unit_test(test_recovery_tells_what_was_done_and_how_long_it_took),
        cmocka_unit_test(test_recovery_without_us_takes_no_credit),
        cmocka_unit_test(test_failed_laps_are_listed_for_the_person),
        cmocka_unit_test(test_hostile_names_make_no_command),
        cmocka_unit_test(test_survives_any_shape),
        cmocka_unit_test(test_request_is_answered_honestly),
        cmocka_unit_test(test_stage_splices_and_rewrites_nothing),
        cmocka_unit_test(test_what_goes_on_to_the_model),
        cmocka_unit_test(test_stage_tells_of_what_it_cannot_read),
    };
    return cmocka_run_group_tests_name("brain/decide", tests, NULL, NULL);
}
