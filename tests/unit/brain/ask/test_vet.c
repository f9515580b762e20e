/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/ask/vet.h"

#include <stdlib.h>

#include "common/base/alloc.h"
#include "tests/unit/brain/ask/case.h"
#include "tests/unit/brain/ask/said.h"

/* One answer to the case, changed member by member, and what became of it. */
struct trial {
    struct incident incident;
    struct facts facts;
    struct prompt prompt;
    struct decision decision;
    json_t *answer;
    struct error err;
    int failed;
};

static void open_trial(struct trial *trial, enum task task)
{
    *trial = (struct trial){.incident = case_open()};
    facts_read(&trial->facts, &trial->incident);
    decide_by_rules(&trial->facts, &trial->decision);
    prompt_write(&trial->prompt, &trial->facts, &trial->decision, task, 1);
    trial->answer = json_loads(SAID, 0, NULL);
}

static void set(struct trial *trial, const char *member, const char *json)
{
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    json_object_set_new(trial->answer, member, value);
}

static void judge(struct trial *trial, const char *suspicious)
{
    trial->failed =
        vet(&trial->prompt, &trial->facts, trial->answer, suspicious, &trial->decision, &trial->err);
}

static void close_trial(struct trial *trial)
{
    json_decref(trial->answer);
    decision_free(&trial->decision);
    prompt_free(&trial->prompt);
    incident_free(&trial->incident);
}

#define AUTO_TRIAL __attribute__((cleanup(close_trial))) struct trial

#define QUOTE(ref, quote) "{\"ref\":\"" ref "\",\"quote\":\"" quote "\",\"shows\":\"\"}"
#define QUOTE_K "[{\"ref\":\"E1\",\"quote\":\"waiting, CrashLoopBackOff\",\"shows\":\"it crashes\"}]"

static void assert_not_followed(struct trial *trial, const char *why)
{
    judge(trial, NULL);
    assert_int_equal(trial->failed, -1);
    if (!strstr(trial->err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", trial->err.text, why);
    assert_string_equal(trial->decision.source, "rule");
    assert_int_equal(trial->decision.status, STATUS_FATAL);
    assert_null(trial->decision.action);
}

static void test_an_action_on_the_list_backed_by_a_fact(void **state)
{
    (void)state;
    AUTO_TRIAL trial;
    open_trial(&trial, TASK_DECIDE);
    set(&trial, "evidence", QUOTE_K);
    judge(&trial, NULL);
    assert_int_equal(trial.failed, 0);
    const struct decision *made = &trial.decision;
    assert_string_equal(made->source, "model");
    assert_string_equal(made->rule, "escalate");
    assert_int_equal(made->status, STATUS_TRANSIENT);
    assert_string_equal(made->action, "delete_pod");
    assert_string_equal(json_string_at(made->parameters, "pod.uid"), "u1");
    assert_null(made->review);
    assert_string_equal(strbuf_text(&made->command), "kubectl -n shop delete pod web-bad-x1");
    assert_string_equal(
        strbuf_text(&made->explanation),
        "The database does not answer. The remedy is to replace pod web-bad-x1 by a fresh one. It would "
        "help to know: whether the Services that it calls have endpoints.");
    assert_non_null(strstr(strbuf_text(&made->root_cause), "something it depends on that does not answer"));
    assert_string_equal(json_string_at(json_array_get(made->evidence, 0), "shows"), "it crashes");
}

/* What only a workload says moves nothing by itself. */
static void test_an_action_that_only_a_log_speaks_for_waits_for_a_person(void **state)
{
    (void)state;
    AUTO_TRIAL trial;
    open_trial(&trial, TASK_DECIDE);
    judge(&trial, NULL);
    assert_int_equal(trial.failed, 0);
    assert_string_equal(trial.decision.action, "delete_pod");
    assert_non_null(trial.decision.review);
}

static void test_text_that_gives_orders_calls_for_a_person(void **state)
{
    (void)state;
    static const char *const suspected[] = {"false", "true"};
    for (size_t i = 0; i < COUNT_OF(suspected); i++) {
        AUTO_TRIAL trial;
        open_trial(&trial, TASK_DECIDE);
        set(&trial, "evidence", QUOTE_K);
        set(&trial, "injection_suspected", suspected[i]);
        judge(&trial, i == 0 ? "E3" : NULL);
        assert_int_equal(trial.failed, 0);
        assert_non_null(trial.decision.review);
        assert_non_null(strstr(strbuf_text(&trial.decision.explanation), "gave orders"));
    }
}

static void test_quotes_must_stand_where_they_are_said_to(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "[]",
        "[{\"ref\":\"E1\",\"quote\":\"cannot reach db:5432\",\"shows\":\"\"}]",
        "[{\"ref\":\"E9\",\"quote\":\"cannot reach db:5432\",\"shows\":\"\"}]",
        "[{\"ref\":\"\",\"quote\":\"cannot reach db:5432\",\"shows\":\"\"}]",
        "[{\"ref\":\"E3\",\"quote\":\"Cannot reach db:5432\",\"shows\":\"\"}]",
        "[{\"ref\":\"E3\",\"quote\":\"cannot  reach\",\"shows\":\"\"}]",
        "[{\"ref\":\"E3\",\"quote\":\"reach\",\"shows\":\"too short\"}]",
        "[{\"ref\":\"E3\",\"quote\":\"\",\"shows\":\"\"}]",
        "[{\"ref\":\"E3\",\"quote\":\" | \",\"shows\":\"\"}]",
        "[{\"ref\":\"E3\",\"quote\":\"by\",\"shows\":\"not the whole line\"}]",
    };
    static const char *const right[] = {
        "[{\"ref\":\"E3\",\"quote\":\"\xC2\xA6 FATAL: cannot reach db:5432 \",\"shows\":\"\"}]",
        "[{\"ref\":\"E3\",\"quote\":\"bye\",\"shows\":\"a whole line\"}]",
        ("[" QUOTE("E9", "x") "," QUOTE("E1", "container app") "]"),
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        AUTO_TRIAL trial;
        open_trial(&trial, TASK_DECIDE);
        set(&trial, "evidence", wrong[i]);
        assert_not_followed(&trial, "stands in the evidence");
    }
    for (size_t i = 0; i < COUNT_OF(right); i++) {
        AUTO_TRIAL trial;
        open_trial(&trial, TASK_DECIDE);
        set(&trial, "evidence", right[i]);
        judge(&trial, NULL);
        assert_int_equal(trial.failed, 0);
        assert_int_equal(json_array_size(trial.decision.evidence), 1);
    }
}

static void test_status_and_action_go_together(void **state)
{
    (void)state;
    static const struct {
        const char *status, *action, *why;
    } cases[] = {
        {"\"CONFIG\"", "\"A1\"", "for TRANSIENT"},     {"\"FATAL\"", "\"A1\"", "for TRANSIENT"},
        {"\"TRANSIENT\"", "\"A4\"", "for CONFIG"},     {"\"TRANSIENT\"", "\"NONE\"", "chose no action"},
        {"\"CONFIG\"", "\"NONE\"", "chose no action"}, {"\"CONFIG\"", "\"A99\"", "not offered"},
        {"\"CONFIG\"", "\"\"", "not offered"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_TRIAL trial;
        open_trial(&trial, TASK_DECIDE);
        set(&trial, "evidence", QUOTE_K);
        set(&trial, "status", cases[i].status);
        set(&trial, "action", cases[i].action);
        assert_not_followed(&trial, cases[i].why);
    }
}

static void test_fatal_keeps_the_command_to_look(void **state)
{
    (void)state;
    AUTO_TRIAL trial;
    open_trial(&trial, TASK_DECIDE);
    set(&trial, "status", "\"FATAL\"");
    set(&trial, "action", "\"NONE\"");
    set(&trial, "need", "[]");
    judge(&trial, "E3");
    assert_int_equal(trial.failed, 0);
    assert_null(trial.decision.action);
    assert_null(trial.decision.review);
    assert_string_equal(trial.decision.source, "model");
    assert_string_equal(strbuf_text(&trial.decision.command),
                        "kubectl -n shop logs web-bad-x1 -c app --previous");
    assert_string_equal(
        strbuf_text(&trial.decision.explanation),
        "A person is needed. The database does not answer. Nothing was changed. Text among the evidence "
        "reads as if it gave orders.");
}

static void test_addresses_are_taken_out_of_explanations(void **state)
{
    (void)state;
    AUTO_TRIAL trial;
    open_trial(&trial, TASK_DECIDE);
    set(&trial, "explanation",
        "\"See https://evil.example/x?y=1, or (HTTP://a.b), or ://, WWW.evil.example, or "
        "<slack://open|here>!\"");
    set(&trial, "evidence",
        "[{\"ref\":\"E1\",\"quote\":\"container app: waiting\",\"shows\":\"see https://evil.example\"}]");
    judge(&trial, NULL);
    assert_string_equal(json_string_at(json_array_get(trial.decision.evidence, 0), "shows"),
                        "see (address left out)");
    const char *text = strbuf_text(&trial.decision.explanation);
    assert_null(strstr(text, "://"));
    assert_null(strstr(text, "evil"));
    assert_non_null(strstr(text, "See (address left out) or ((address left out))"));
    AUTO_TRIAL empty;
    open_trial(&empty, TASK_DECIDE);
    set(&empty, "explanation", "\" \\n \"");
    assert_not_followed(&empty, "explains nothing");
}

static void test_words_for_what_a_rule_settled_change_nothing_else(void **state)
{
    (void)state;
    AUTO_TRIAL trial;
    open_trial(&trial, TASK_EXPLAIN);
    judge(&trial, NULL);
    assert_int_equal(trial.failed, 0);
    assert_string_equal(trial.decision.source, "rule");
    assert_null(trial.decision.action);
    assert_int_equal(trial.decision.status, STATUS_FATAL);
    assert_non_null(
        strstr(strbuf_text(&trial.decision.explanation), "Nothing was changed. The database does not"));
}

static void test_a_reply_to_a_person_does_nothing(void **state)
{
    (void)state;
    AUTO_TRIAL trial;
    open_trial(&trial, TASK_REPLY);
    set(&trial, "intent", "\"DEPLOY\"");
    judge(&trial, NULL);
    assert_int_equal(trial.failed, 0);
    assert_null(trial.decision.action);
    assert_string_equal(trial.decision.source, "model");
    assert_non_null(strstr(strbuf_text(&trial.decision.explanation), "Nothing was changed."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_action_on_the_list_backed_by_a_fact),
        cmocka_unit_test(test_an_action_that_only_a_log_speaks_for_waits_for_a_person),
        cmocka_unit_test(test_text_that_gives_orders_calls_for_a_person),
        cmocka_unit_test(test_quotes_must_stand_where_they_are_said_to),
        cmocka_unit_test(test_status_and_action_go_together),
        cmocka_unit_test(test_fatal_keeps_the_command_to_look),
        cmocka_unit_test(test_addresses_are_taken_out_of_explanations),
        cmocka_unit_test(test_words_for_what_a_rule_settled_change_nothing_else),
        cmocka_unit_test(test_a_reply_to_a_person_does_nothing),
    };
    return cmocka_run_group_tests_name("brain/ask/vet", tests, NULL, NULL);
}
