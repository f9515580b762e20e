/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/breaker.h"

#include "tests/unit/actor/decision.h"

/* What the observer says, the policy, and whether it stops. */
static const struct {
    const char *cluster, *percent, *workloads;
    int stops;
} cases[] = {
    {"{'workloads':100,'failing':20}", "20", "5", 0},
    {"{'workloads':100,'failing':21}", "20", "5", 1},
    {"{'workloads':10,'failing':4}", "20", "5", 0}, /* too few to speak of */
    {"{'workloads':10,'failing':5}", "20", "5", 1},
    {"{'workloads':10,'failing':1}", "1", "1", 1},
    {"{'workloads':10,'failing':10}", "100", "1", 0},
    {"{'workloads':1000000,'failing':200001}", "20", "5", 1},
    {"{'workloads':0,'failing':9}", "20", "5", 0},
    {"{'failing':9}", "20", "5", 0},
    {"{'workloads':'10','failing':'9'}", "20", "5", 0},
    {"null", "20", "5", 0}, /* no statement */
    {"{'workloads':9223372036854775807,'failing':9223372036854775807}", "20", "5", 1},
};

static void test_stops_when_much_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_INCIDENT incident = decision_open(ROLLBACK);
        AUTO_OUTCOME outcome = outcome_begin();
        decision_set(incident.root, "observed.cluster", cases[i].cluster);
        decision_set_policy("--policy-breaker-percent", cases[i].percent, "--policy-breaker-workloads",
                            cases[i].workloads, NULL);
        if (breaker_stops(&decision_policy, &incident, &outcome) != cases[i].stops)
            fail_msg("%s of %s %%: \"%s\"", cases[i].cluster, cases[i].percent, strbuf_text(&outcome.detail));
        assert_int_equal(outcome.result, cases[i].stops ? RESULT_DEFERRED : RESULT_NONE);
    }
}

static void test_says_why(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    AUTO_OUTCOME outcome = outcome_begin();
    decision_set(incident.root, "observed.cluster", "{'workloads':40,'failing':12}");
    decision_set_policy(NULL);
    assert_int_equal(breaker_stops(&decision_policy, &incident, &outcome), 1);
    assert_non_null(strstr(strbuf_text(&outcome.detail),
                           "12 of 40 workloads fail, more than 20 % (policy.breaker.percent, default)"));
}

static void test_document_of_before_makes_no_statement(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    AUTO_OUTCOME outcome = outcome_begin();
    decision_set_policy(NULL);
    assert_int_equal(breaker_stops(&decision_policy, &incident, &outcome), 0);
}

static int forget(void **state)
{
    (void)state;
    decision_forget_policy();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stops_when_much_fails),
        cmocka_unit_test(test_says_why),
        cmocka_unit_test(test_document_of_before_makes_no_statement),
    };
    return cmocka_run_group_tests_name("actor/breaker", tests, NULL, forget);
}
