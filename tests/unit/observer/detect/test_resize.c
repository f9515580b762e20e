/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/detect/pods.h"

static void ask_for_more(const char *answer, int64_t ago_ms)
{
    test.pods[0].resize =
        (struct complaint){answer, "Node didn't have enough capacity: cpu, requested: 100000", T0 - ago_ms};
}

static void what_can_never_be_fails_at_once(void **state)
{
    (void)state;
    ask_for_more("Infeasible", SECOND_MS);
    assert_told(CLASS_RESIZE, "be resized on node node-1: Infeasible", T0 - SECOND_MS);
    ask_for_more("Error", SECOND_MS);
    assert_told(CLASS_RESIZE, "be resized on node node-1: Error", T0 - SECOND_MS);
}

static void what_must_wait_fails_after_a_while(void **state)
{
    (void)state;
    ask_for_more("Deferred", MINUTE_MS);
    assert_quiet();
    assert_fails_from(T0 + MINUTE_MS, CLASS_RESIZE);
}

static void what_is_going_is_left_alone(void **state)
{
    (void)state;
    ask_for_more("Infeasible", MINUTE_MS);
    assert_int_equal(condition_of(&test, CLASS_RESIZE), CONDITION_FAILING);
    assert_quiet_when_it_goes(0);
    test.pods[0].phase = "Failed";
    assert_quiet();
}

/* It is not what keeps the pod from working. */
static void whatever_else_is_wrong_says_more(void **state)
{
    (void)state;
    ask_for_more("Infeasible", MINUTE_MS);
    break_run(&test, 0, "Error", 1, 3);
    assert_int_equal(condition_of(&test, CLASS_RESIZE), CONDITION_WELL);
    assert_int_equal(condition_of(&test, CLASS_CRASH_LOOP), CONDITION_FAILING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_can_never_be_fails_at_once),
        TEST(what_must_wait_fails_after_a_while),
        TEST(what_is_going_is_left_alone),
        TEST(whatever_else_is_wrong_says_more),
    };
    return cmocka_run_group_tests_name("observer/detect/resize", tests, NULL, NULL);
}
