/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/ask/answer.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/strbuf.h"
#include "tests/unit/brain/ask/said.h"

static json_t *schema_of(enum task task)
{
    static const char *const ids[] = {"A1", "A2"};
    return answer_schema(task, ids, 2);
}

static void assert_read(const char *text)
{
    struct error err;
    AUTO_JSON *schema = schema_of(TASK_DECIDE);
    AUTO_JSON *answer = answer_read(schema, text, &err);
    if (!answer)
        fail_msg("%s: %s", err.text, text);
    assert_string_equal(json_string_at(answer, "action"), "A1");
    assert_int_equal(json_array_size(json_at(answer, "evidence")), 1);
}

static void assert_wrong(const char *text, const char *why)
{
    struct error err = {0};
    AUTO_JSON *schema = schema_of(TASK_DECIDE);
    AUTO_JSON *answer = answer_read(schema, text, &err);
    assert_null(answer);
    assert_int_equal(err.kind, ERROR_REJECT);
    if (!strstr(err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void test_a_lawful_answer_is_read_fenced_or_not(void **state)
{
    (void)state;
    AUTO_FREE char *fenced = xasprintf("```json\n%s\n```\n", SAID);
    AUTO_FREE char *bare = xasprintf("\n ```\n%s```", SAID);
    assert_read(SAID);
    assert_read(fenced);
    assert_read(bare);
}

static void test_words_around_it_make_it_no_answer(void **state)
{
    (void)state;
    AUTO_FREE char *trailing = xasprintf("%s\nI hope that this helps!", SAID);
    AUTO_FREE char *before = xasprintf("Here it is: %s", SAID);
    assert_wrong(trailing, "no JSON");
    assert_wrong(before, "no JSON");
    assert_wrong("", "no JSON");
    assert_wrong("```json", "no JSON");
    assert_wrong("[]", "no object");
    assert_wrong("null", "no object");
}

static void test_every_member_is_of_its_type_and_word(void **state)
{
    (void)state;
    static const struct {
        const char *member, *json, *why;
    } cases[] = {
        {"evidence", "{}", "\"evidence\""},
        {"evidence", "[7]", "\"evidence\""},
        {"evidence", "[{\"ref\":\"E1\",\"quote\":1,\"shows\":\"\"}]", "\"evidence.quote\""},
        {"evidence", "[{\"ref\":\"E1\",\"shows\":\"\"}]", "\"evidence.quote\""},
        {"status", "\"transient\"", "\"status\""},
        {"status", "\"HEALTHY\"", "\"status\""},
        {"status", "null", "\"status\""},
        {"action", "\"A3\"", "\"action\""},
        {"action", "{\"type\":\"DELETE\"}", "\"action\""},
        {"action", "\"A1 \"", "\"action\""},
        {"need", "[\"EVERYTHING\"]", "\"need\""},
        {"injection_suspected", "\"no\"", "\"injection_suspected\""},
        {"explanation", "null", "\"explanation\""},
        {"confidence", "0.9", "\"confidence\""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_JSON *answer = json_loads(SAID, 0, NULL);
        json_object_set_new(answer, cases[i].member, json_loads(cases[i].json, JSON_DECODE_ANY, NULL));
        AUTO_STRBUF text = {0};
        json_write(answer, &text);
        assert_wrong(text.data, cases[i].why);
        json_object_del(answer, cases[i].member);
        strbuf_clear(&text);
        json_write(answer, &text);
        assert_wrong(text.data, "is missing");
    }
    assert_wrong("{\"action\":\"A1\",\"action\":\"A2\"}", "no JSON");
}

static void test_what_is_unknown_is_dropped_and_lists_have_an_end(void **state)
{
    (void)state;
    struct error err;
    AUTO_JSON *said = json_loads(SAID, 0, NULL);
    json_object_set_new(said, "target", json_string("kube-system"));
    for (int i = 0; i < 100; i++)
        json_array_append_new(json_object_get(said, "need"), json_string("OLDER_LOGS"));
    AUTO_STRBUF text = {0};
    json_write(said, &text);
    AUTO_JSON *schema = schema_of(TASK_DECIDE);
    AUTO_JSON *answer = answer_read(schema, text.data, &err);
    assert_null(json_object_get(answer, "target"));
    assert_int_equal(json_array_size(json_object_get(answer, "need")), ANSWER_MOST_ITEMS);
}

static void test_an_endless_answer_is_not_parsed(void **state)
{
    (void)state;
    AUTO_FREE char *text = xmalloc(ANSWER_MOST_BYTES + 2);
    memset(text, '9', ANSWER_MOST_BYTES + 1);
    text[ANSWER_MOST_BYTES + 1] = '\0';
    assert_wrong(text, "far more");
}

/* What the service refuses: an empty enum, a type list, a bound; and every object says all its members in order. */
static void check_schema(const json_t *schema)
{
    const char *key;
    json_t *value;
    static const char *const allowed =
        " type format description enum items properties required propertyOrdering ";
    json_object_foreach((json_t *)(uintptr_t)schema, key, value)
    {
        AUTO_FREE char *word = xasprintf(" %s ", key);
        if (!strstr(allowed, word))
            fail_msg("the schema says %s", key);
    }
    assert_true(json_is_string(json_object_get(schema, "type")));
    const json_t *properties = json_object_get(schema, "properties");
    if (properties) {
        assert_int_equal(json_object_size(properties), json_array_size(json_object_get(schema, "required")));
        assert_true(
            json_equal(json_object_get(schema, "required"), json_object_get(schema, "propertyOrdering")));
    }
    json_object_foreach((json_t *)(uintptr_t)properties, key, value) check_schema(value);
    if (json_object_get(schema, "items"))
        check_schema(json_object_get(schema, "items"));
}

static void test_schemas_hold_what_the_service_takes(void **state)
{
    (void)state;
    for (int task = 0; task < TASK_COUNT; task++) {
        AUTO_JSON *schema = schema_of((enum task)task);
        check_schema(schema);
    }
    AUTO_JSON *without = answer_schema(TASK_DECIDE, NULL, 0);
    assert_int_equal(json_array_size(json_at(without, "properties.action.enum")), 1);
}

static void test_words_of_the_schema_mean_something_to_people(void **state)
{
    (void)state;
    size_t i;
    const json_t *word;
    AUTO_JSON *schema = schema_of(TASK_DECIDE);
    json_array_foreach(json_at(schema, "properties.root_cause.enum"), i, word)
        assert_true(*answer_cause_words(json_string_value(word)));
    json_array_foreach(json_at(schema, "properties.need.items.enum"), i, word)
        assert_true(*answer_need_words(json_string_value(word)));
    assert_string_equal(answer_cause_words("FIRE"), "");
    assert_string_equal(answer_need_words(NULL), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_lawful_answer_is_read_fenced_or_not),
        cmocka_unit_test(test_words_around_it_make_it_no_answer),
        cmocka_unit_test(test_every_member_is_of_its_type_and_word),
        cmocka_unit_test(test_what_is_unknown_is_dropped_and_lists_have_an_end),
        cmocka_unit_test(test_an_endless_answer_is_not_parsed),
        cmocka_unit_test(test_schemas_hold_what_the_service_takes),
        cmocka_unit_test(test_words_of_the_schema_mean_something_to_people),
    };
    return cmocka_run_group_tests_name("brain/ask/answer", tests, NULL, NULL);
}
