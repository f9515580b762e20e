/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/control.h"

#include "tests/unit/actor/decision.h"

static struct control *control;

static int set_up(void **state)
{
    (void)state;
    control = control_new();
    decision_set_policy(NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    control_free(control);
    decision_forget_policy();
    return 0;
}

/* A record with ' for "; NULL = a tombstone. */
static int note(const char *key, const char *value, struct error *err)
{
    AUTO_FREE char *copy = xstrdup(value ? value : "");
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return control_note(control, key, value ? copy : NULL, strlen(copy), err);
}

static void must_note(const char *key, const char *value)
{
    struct error err;
    if (note(key, value, &err))
        fail_msg("%s", err.text);
}

/* says NULL = not frozen. */
static void check_frozen(const char *says)
{
    AUTO_OUTCOME outcome = outcome_begin();
    assert_int_equal(control_freezes(control, &decision_policy, &outcome), says != NULL);
    if (says)
        assert_string_equal(strbuf_text(&outcome.detail), says);
    assert_int_equal(outcome.result, says ? RESULT_DEFERRED : RESULT_NONE);
}

#define RECORD " (the record freeze of the topic control)"

static void test_freeze_by_record(void **state)
{
    (void)state;
    check_frozen(NULL);
    must_note("freeze", "{'frozen':true,'by':'alice','reason':'game day'}");
    check_frozen("frozen by alice: game day" RECORD);
    must_note("freeze", "{'frozen':true}");
    check_frozen("frozen" RECORD);
    must_note("freeze", "{'frozen':true,'by':'bob','reason':null,'since':1}");
    check_frozen("frozen by bob" RECORD);
    must_note("freeze", "{'frozen':false,'by':'bob'}");
    check_frozen(NULL);
    must_note("freeze", "{'frozen':true}");
    must_note("freeze", NULL);
    check_frozen(NULL);
}

static void test_freeze_by_the_file(void **state)
{
    (void)state;
    decision_set_policy("--policy-freeze", "true", NULL);
    check_frozen("frozen (policy.freeze, --policy-freeze)");
    must_note("freeze", "{'frozen':false}");
    check_frozen("frozen (policy.freeze, --policy-freeze)");
    must_note("freeze", "{'frozen':true,'by':'alice'}");
    check_frozen("frozen by alice" RECORD);
}

/* As frozen, or not, as it was before. */
static void test_malformed_record_changes_nothing(void **state)
{
    (void)state;
    static const char *const records[][3] = {
        {"freeze", "", "JSON"},
        {"freeze", "true", "no JSON object"},
        {"freeze", "null", "no JSON object"},
        {"freeze", "[]", "no JSON object"},
        {"freeze", "{}", "\"frozen\""},
        {"freeze", "{'frozen':'true'}", "\"frozen\""},
        {"freeze", "{'frozen':1}", "\"frozen\""},
        {"freeze", "{'frozen':false,'by':7}", "\"by\""},
        {"freeze", "{'frozen':false,'reason':{}}", "\"reason\""},
        {"freeze", "{'frozen':false", "JSON"},
        {"Freeze", "{'frozen':false}", "\"Freeze\" is no switch"},
        {"", "{'frozen':false}", "no switch"},
        {"mode/", "{'mode':'auto'}", "no name of a namespace"},
        {"mode/a/b", "{'mode':'auto'}", "no name of a namespace"},
        {"mode/shop", "{'mode':'Auto'}", "none of observe, review, auto"},
        {"mode/shop", "{}", "none of observe, review, auto"},
        {"mode/shop", "'auto'", "no JSON object"},
    };
    for (int frozen = 0; frozen < 2; frozen++) {
        must_note("freeze", frozen ? "{'frozen':true}" : "{'frozen':false}");
        must_note("mode/shop", "{'mode':'review'}");
        for (size_t i = 0; i < COUNT_OF(records); i++) {
            struct error err = {0};
            AUTO_OUTCOME outcome = outcome_begin();
            outcome.mode = MODE_AUTO;
            if (!note(records[i][0], records[i][1], &err) || !strstr(err.text, records[i][2]))
                fail_msg("%s %s: \"%s\"", records[i][0], records[i][1], err.text);
            assert_int_equal(err.kind, ERROR_REJECT);
            check_frozen(frozen ? "frozen" RECORD : NULL);
            control_limit(control, "shop", &outcome);
            assert_int_equal(outcome.mode, MODE_REVIEW);
        }
    }
}

static void test_what_people_write_is_bounded_and_safe(void **state)
{
    (void)state;
    struct error err;
    AUTO_STRBUF value = {0};
    strbuf_puts(&value, "{\"frozen\":true,\"by\":\"\\u202e\\u0007x\",\"reason\":\"");
    for (int i = 0; i < 5000; i++)
        strbuf_putc(&value, 'a');
    strbuf_puts(&value, "\"}");
    AUTO_OUTCOME outcome = outcome_begin();
    assert_int_equal(control_note(control, "freeze", value.data, value.len, &err), 0);
    assert_int_equal(control_freezes(control, &decision_policy, &outcome), 1);
    assert_null(strstr(strbuf_text(&outcome.detail), "\xe2\x80\xae"));
    assert_null(strchr(strbuf_text(&outcome.detail), '\a'));
    assert_true(outcome.detail.len < 400);
    AUTO_FREE char *huge = xcalloc(1, 100000);
    memset(huge, ' ', 99999);
    assert_int_equal(control_note(control, "freeze", huge, 99999, &err), -1);
}

static void check_mode(const char *ns, enum mode before, enum mode after)
{
    AUTO_OUTCOME outcome = outcome_begin();
    outcome.mode = before;
    control_limit(control, ns, &outcome);
    assert_int_equal(outcome.mode, after);
    if (before != after)
        assert_string_equal(strbuf_text(&outcome.mode_from), "the record mode/shop of the topic control");
}

static void test_mode_of_a_namespace_only_lowers(void **state)
{
    (void)state;
    check_mode("shop", MODE_AUTO, MODE_AUTO);
    must_note("mode/shop", "{'mode':'review'}");
    check_mode("shop", MODE_AUTO, MODE_REVIEW);
    check_mode("shop", MODE_OBSERVE, MODE_OBSERVE);
    check_mode("shopping", MODE_AUTO, MODE_AUTO);
    must_note("mode/shop", "{'mode':'auto'}");
    check_mode("shop", MODE_REVIEW, MODE_REVIEW);
    must_note("mode/shop", "{'mode':'observe'}");
    check_mode("shop", MODE_AUTO, MODE_OBSERVE);
    must_note("mode/shop", NULL);
    check_mode("shop", MODE_AUTO, MODE_AUTO);
}

static void test_switches_are_bounded(void **state)
{
    (void)state;
    struct error err;
    for (int i = 0; i < CONTROL_MODES; i++) {
        AUTO_FREE char *key = xasprintf("mode/ns-%d", i);
        must_note(key, "{'mode':'observe'}");
    }
    assert_int_equal(note("mode/one-more", "{'mode':'observe'}", &err), -1);
    must_note("mode/ns-7", "{'mode':'review'}");
    must_note("mode/ns-8", NULL);
    must_note("mode/one-more", "{'mode':'observe'}");
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_freeze_by_record),
        TEST(test_freeze_by_the_file),
        TEST(test_malformed_record_changes_nothing),
        TEST(test_what_people_write_is_bounded_and_safe),
        TEST(test_mode_of_a_namespace_only_lowers),
        TEST(test_switches_are_bounded),
    };
    return cmocka_run_group_tests_name("actor/control", tests, NULL, NULL);
}
