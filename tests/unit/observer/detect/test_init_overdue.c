/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/detect/pods.h"

static struct container_facts two[2];

/* The init container of pod 0 has been running for so long. */
static void prepare_first(int64_t ran_ms)
{
    two[0] = healthy_container();
    two[0].name = "prepare";
    two[0].init = 1;
    two[0].ready = 0;
    two[0].started_ms = T0 - ran_ms;
    two[1] = (struct container_facts){.name = "app", .state = CONTAINER_WAITING, .reason = "PodInitializing"};
    test.pods[0].containers = two;
    test.pods[0].container_count = 2;
    facts_fill(STORE_PODS, &test.pods[0]);
    test.pods[0].phase = "Pending";
    test.pods[0].ready = 0;
}

static void without_a_usual_time_three_times_stuck_after_is_too_long(void **state)
{
    (void)state;
    prepare_first(6 * MINUTE_MS);
    assert_fails_from(T0 - 6 * MINUTE_MS + 3 * STUCK_MS, CLASS_INIT_OVERDUE);
    prepare_first(16 * MINUTE_MS);
    assert_told(CLASS_INIT_OVERDUE,
                "start: init container prepare runs far longer than usual, and does not end",
                T0 - 16 * MINUTE_MS);
}

static void three_times_the_usual_time_is_too_long(void **state)
{
    (void)state;
    prepare_first(MINUTE_MS);
    test.past.init_ms = 10 * MINUTE_MS; /* a migration */
    assert_fails_from(T0 - MINUTE_MS + 30 * MINUTE_MS, CLASS_INIT_OVERDUE);
    test.past.init_ms = 2 * SECOND_MS; /* but never less than this */
    assert_fails_from(T0 - MINUTE_MS + STUCK_MS, CLASS_INIT_OVERDUE);
}

static void a_sidecar_is_to_run_for_ever(void **state)
{
    (void)state;
    prepare_first(60 * MINUTE_MS);
    two[0].sidecar = 1;
    assert_quiet();
    two[0].sidecar = 0;
    two[0].init = 0; /* nor is a container that serves overdue */
    two[0].ready = two[1].ready = test.pods[0].ready = 1;
    two[1].state = CONTAINER_RUNNING;
    assert_quiet();
}

static void what_is_going_is_left_alone(void **state)
{
    (void)state;
    prepare_first(60 * MINUTE_MS);
    assert_int_equal(condition_of(&test, CLASS_INIT_OVERDUE), CONDITION_FAILING);
    assert_quiet_when_it_goes(0);
}

static void one_that_ends_badly_is_none_of_these(void **state)
{
    (void)state;
    prepare_first(60 * MINUTE_MS);
    two[0].state = CONTAINER_WAITING;
    two[0].reason = "CrashLoopBackOff";
    two[0].restarts = 4;
    assert_int_equal(condition_of(&test, CLASS_INIT_OVERDUE), CONDITION_WELL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_usual_time_three_times_stuck_after_is_too_long),
        TEST(three_times_the_usual_time_is_too_long),
        TEST(a_sidecar_is_to_run_for_ever),
        TEST(what_is_going_is_left_alone),
        TEST(one_that_ends_badly_is_none_of_these),
    };
    return cmocka_run_group_tests_name("observer/detect/init_overdue", tests, NULL, NULL);
}
