/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/budget.h"

#include "common/base/clock.h"
#include "tests/unit/actor/decision.h"

#define T0 INT64_C(1800000000000) /* 2027-01-15T08:00:00.000Z */
#define MINUTE 60000

static struct budget *budget;

static int set_up(void **state)
{
    (void)state;
    budget = budget_new("prod");
    clock_fix(T0);
    decision_set_policy("--policy-max-per-hour-workload", "2", "--policy-max-per-hour-namespace", "3",
                        "--policy-max-per-hour-cluster", "4", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    budget_free(budget);
    decision_forget_policy();
    clock_fix(-1);
    return 0;
}

/* Asks for the action of this number on a workload. */
static int take(int number, const char *ns, const char *name, struct outcome *outcome)
{
    AUTO_FREE char *id = xasprintf("a-%032d", number);
    AUTO_FREE char *key = incident_key("prod", ns, "Deployment", name);
    struct incident incident = {.key = key};
    struct order order = {.incident = &incident, .id = id, .kind = "Deployment", .ns = ns, .name = name};
    return budget_take(budget, &decision_policy, &order, outcome);
}

static void must_take(int number, const char *ns, const char *name)
{
    AUTO_OUTCOME outcome = outcome_begin();
    if (take(number, ns, name, &outcome))
        fail_msg("%s", strbuf_text(&outcome.detail));
}

static void must_defer(int number, const char *ns, const char *name, const char *says)
{
    AUTO_OUTCOME outcome = outcome_begin();
    assert_int_equal(take(number, ns, name, &outcome), 1);
    assert_int_equal(outcome.result, RESULT_DEFERRED);
    if (!strstr(strbuf_text(&outcome.detail), says))
        fail_msg("\"%s\" does not say \"%s\"", strbuf_text(&outcome.detail), says);
}

static void settle(int number, int done)
{
    AUTO_FREE char *id = xasprintf("a-%032d", number);
    budget_settle(budget, id, done);
}

/* An outcome that somebody wrote. */
static void note(int number, const char *cluster, const char *ns, const char *name, const char *result,
                 int64_t at_ms)
{
    char at[CLOCK_RFC3339_SIZE];
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    AUTO_FREE char *key = incident_key(cluster, ns, "Deployment", name);
    AUTO_FREE char *id = xasprintf("a-%032d", number);
    AUTO_STRBUF text = {0};
    json_object_set_new(incident.root, "key", json_string(key));
    json_object_set_new(json_at(incident.observed, "target"), "namespace", json_string(ns));
    json_object_set_new(
        incident.root, "acted",
        json_pack("{s:s, s:s, s:s}", "at", clock_rfc3339(at_ms, at), "result", result, "action_id", id));
    json_write(incident.root, &text);
    budget_note(budget, text.data, text.len);
}

static void test_of_a_workload(void **state)
{
    (void)state;
    note(1, "prod", "shop", "web", "done", T0 - 50 * MINUTE);
    note(2, "prod", "shop", "web", "done", T0 - 20 * MINUTE);
    must_defer(
        3, "shop", "web",
        "the budget of this workload is used up: 2 actions within an hour (policy.max_per_hour.workload, "
        "--policy-max-per-hour-workload); from 2027-01-15T08:10:00.000Z on there is room again");
    must_take(3, "shop", "api");
    clock_fix(T0 + 10 * MINUTE);
    must_take(4, "shop", "web");
}

static void test_of_a_namespace_and_the_cluster(void **state)
{
    (void)state;
    must_take(1, "shop", "a");
    must_take(2, "shop", "b");
    must_take(3, "shop", "c");
    must_defer(4, "shop", "d", "this namespace is used up: 3 actions");
    must_take(4, "bank", "d");
    must_defer(5, "bank", "e", "the cluster is used up: 4 actions");
}

static void test_only_what_was_done_counts(void **state)
{
    (void)state;
    static const char *const results[] = {"proposed", "deferred", "refused", "already", "failed", "none"};
    for (size_t i = 0; i < COUNT_OF(results); i++)
        note((int)i, "prod", "shop", "web", results[i], T0 - MINUTE);
    note(10, "staging", "shop", "web", "done", T0 - MINUTE);
    note(11, "production", "shop", "web", "done", T0 - MINUTE);
    note(12, "prod", "shop", "web", "done", T0 - 61 * MINUTE);
    budget_note(budget, "{", 1);
    must_take(20, "shop", "web");
    must_take(21, "shop", "web");
    must_defer(22, "shop", "web", "this workload");
}

static void test_what_is_in_hand_counts_until_it_is_known(void **state)
{
    (void)state;
    must_take(1, "shop", "web");
    must_take(2, "shop", "web");
    must_defer(3, "shop", "web", "this workload");
    settle(2, 0);
    must_take(3, "shop", "web");
    settle(3, 1);
    settle(1, 1);
    settle(9, 0); /* took none */
    must_defer(4, "shop", "web", "from 2027-01-15T09:00:00.000Z on");
}

static void test_the_same_action_counts_once(void **state)
{
    (void)state;
    must_take(1, "shop", "web");
    must_take(1, "shop", "web");
    settle(1, 1);
    note(1, "prod", "shop", "web", "done", T0);
    must_take(1, "shop", "web"); /* its record is read again; it will find its mark */
    settle(1, 0);
    must_take(2, "shop", "web");
    must_defer(3, "shop", "web", "this workload");
}

/* Two actors have it in hand, the other one did it. */
static void test_what_another_actor_did_stays_counted(void **state)
{
    (void)state;
    must_take(1, "shop", "web");
    note(1, "prod", "shop", "web", "done", T0);
    settle(1, 0);
    must_take(2, "shop", "web");
    must_defer(3, "shop", "web", "this workload");
}

static void test_stamp_of_the_future_is_of_now(void **state)
{
    (void)state;
    note(1, "prod", "shop", "web", "done", T0 + 365LL * 24 * 60 * MINUTE);
    note(2, "prod", "shop", "web", "done", T0);
    must_defer(3, "shop", "web", "from 2027-01-15T09:00:00.000Z on");
}

static void test_many_are_forgotten_after_an_hour(void **state)
{
    (void)state;
    decision_set_policy("--policy-max-per-hour-cluster", "100000", "--policy-max-per-hour-namespace",
                        "100000", NULL);
    for (int i = 0; i < 500; i++) {
        AUTO_FREE char *name = xasprintf("w%d", i);
        must_take(i, "shop", name);
        settle(i, 1);
    }
    decision_set_policy("--policy-max-per-hour-cluster", "500", "--policy-max-per-hour-namespace", "100000",
                        NULL);
    must_defer(1000, "bank", "web", "the cluster");
    clock_fix(T0 + 60 * MINUTE);
    must_take(1000, "bank", "web");
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_of_a_workload),
        TEST(test_of_a_namespace_and_the_cluster),
        TEST(test_only_what_was_done_counts),
        TEST(test_what_is_in_hand_counts_until_it_is_known),
        TEST(test_the_same_action_counts_once),
        TEST(test_what_another_actor_did_stays_counted),
        TEST(test_stamp_of_the_future_is_of_now),
        TEST(test_many_are_forgotten_after_an_hour),
    };
    return cmocka_run_group_tests_name("actor/budget", tests, NULL, NULL);
}
