/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/detect/pods.h"

#define TIMED_OUT "Liveness probe failed: Get \"http://10.0.0.7/healthz\": context deadline exceeded"

/* The probe of pod 0 failed so often, each time a minute after the last, and the last time so long ago. */
static void fail_probe(int times, int64_t ago_ms)
{
    for (int i = times - 1; i >= 0; i--)
        warn_again(&test, 0, "Unhealthy", TIMED_OUT, times - i, T0 - ago_ms - i * MINUTE_MS);
}

static enum condition look_while_open(const char *open_class)
{
    AUTO_SIGHTING sighting = {0};
    struct gaze gaze = *test_gaze();
    gaze.open.class = open_class;
    store_lock(gaze.store);
    detect(&gaze, &test.workload, T0, &sighting);
    store_unlock(gaze.store);
    const struct finding *finding = sighting_finding(&sighting, class_of(CLASS_PROBE_UNSTABLE));
    return finding ? finding->condition : CONDITION_WELL;
}

static void ten_failures_without_a_pause_are_too_many(void **state)
{
    (void)state;
    fail_probe(9, 10 * SECOND_MS);
    assert_quiet();
    warn_again(&test, 0, "Unhealthy", TIMED_OUT, 10, T0 - SECOND_MS);
    assert_told(CLASS_PROBE_UNSTABLE,
                "pass the liveness probe reliably: it fails again and again, but kills nothing", 0);
}

static void failures_far_apart_are_not(void **state)
{
    (void)state;
    for (int i = 1; i <= 12; i++)
        warn_again(&test, 0, "Unhealthy", TIMED_OUT, i, T0 - (12 - i) * 7 * MINUTE_MS);
    assert_quiet();
    fail_probe(9, 7 * MINUTE_MS);
    warn_again(&test, 0, "Unhealthy", TIMED_OUT, 10, T0 - 1); /* after a pause */
    assert_quiet();
}

static void a_count_from_before_we_looked_says_nothing(void **state)
{
    (void)state;
    warn_again(&test, 0, "Unhealthy", TIMED_OUT, 500, T0 - SECOND_MS); /* of weeks, perhaps */
    assert_quiet();
}

static void it_is_over_after_a_pause(void **state)
{
    (void)state;
    fail_probe(12, EVENT_PAUSE_MS - 1);
    assert_int_equal(condition_of(&test, CLASS_PROBE_UNSTABLE), CONDITION_FAILING);
    fail_probe(12, EVENT_PAUSE_MS);
    assert_quiet();
}

static void an_outage_that_is_over_is_over(void **state)
{
    (void)state;
    fail_probe(12, 3 * MINUTE_MS);
    test.pods[0].ready_since_ms = T0 - 170 * SECOND_MS; /* it has been ready since */
    assert_quiet();
    fail_probe(12, MINUTE_MS); /* and now? */
    assert_int_equal(condition_of(&test, CLASS_PROBE_UNSTABLE), CONDITION_FAILING);
}

/* It comes and goes: what has begun goes on, but nothing begins while it cannot be told from an outage. */
static void while_it_is_not_ready_nothing_begins(void **state)
{
    (void)state;
    fail_probe(12, 10 * SECOND_MS);
    test.pods[0].ready = test.containers[0].ready = 0;
    test.pods[0].ready_since_ms = T0 - 20 * SECOND_MS;
    assert_int_equal(condition_of(&test, CLASS_PROBE_UNSTABLE), CONDITION_UNPROVEN);
    test.pods[0].ready = test.containers[0].ready = 1;
    test.pods[0].ready_since_ms = T0 - 5 * SECOND_MS;
    assert_int_equal(condition_of(&test, CLASS_PROBE_UNSTABLE), CONDITION_UNPROVEN);
}

static void an_open_incident_lasts_until_a_pause(void **state)
{
    (void)state;
    warn_again(&test, 0, "Unhealthy", TIMED_OUT, 40,
               T0 - 5 * MINUTE_MS); /* all that a restarted observer has seen */
    assert_int_equal(look_while_open(""), CONDITION_WELL);
    assert_int_equal(look_while_open(CLASS_PROBE_UNSTABLE), CONDITION_FAILING);
    test.pods[0].ready_since_ms = T0 - 4 * MINUTE_MS;
    assert_int_equal(look_while_open(CLASS_PROBE_UNSTABLE), CONDITION_UNPROVEN);
    warn_again(&test, 0, "Unhealthy", TIMED_OUT, 40, T0 - EVENT_PAUSE_MS);
    assert_int_equal(look_while_open(CLASS_PROBE_UNSTABLE), CONDITION_WELL);
}

static void different_words_are_counted_together(void **state)
{
    (void)state;
    fail_probe(5, 10 * SECOND_MS);
    for (int i = 1; i <= 5; i++) {
        AUTO_FREE char *uid = xasprintf("other of %s", test.pods[0].uid);
        store_put(test_gaze()->store, STORE_EVENTS,
                  &(struct event_facts){.uid = uid,
                                        .ns = "shop",
                                        .object_uid = test.pods[0].uid,
                                        .type = "Warning",
                                        .reason = "Unhealthy",
                                        .message = "Readiness probe failed: 503",
                                        .count = i,
                                        .last_ms = T0 - (10 - i) * SECOND_MS});
    }
    assert_told(CLASS_PROBE_UNSTABLE,
                "pass the readiness probe reliably: it fails again and again, but kills nothing", 0);
}

static void probes_may_fail_while_a_program_starts(void **state)
{
    (void)state;
    fail_probe(12, 10 * SECOND_MS);
    test.containers[0].started_ms = T0 - STUCK_MS;
    assert_quiet();
    test.containers[0].started_ms = T0 - STUCK_MS - 10 * SECOND_MS;
    assert_int_equal(condition_of(&test, CLASS_PROBE_UNSTABLE), CONDITION_FAILING);
}

static void a_probe_that_kills_is_no_warning(void **state)
{
    (void)state;
    fail_probe(12, 10 * SECOND_MS);
    test.containers[0].restarts = 1;
    test.containers[0].last = (struct termination){"Error", 137, T0 - 20 * MINUTE_MS};
    assert_int_equal(condition_of(&test, CLASS_PROBE_UNSTABLE), CONDITION_WELL);
    test.containers[0].last.finished_ms = T0 - 31 * MINUTE_MS; /* another story */
    assert_int_equal(condition_of(&test, CLASS_PROBE_UNSTABLE), CONDITION_FAILING);
}

static void other_events_do_not_count(void **state)
{
    (void)state;
    for (int i = 1; i <= 12; i++)
        warn_again(&test, 0, "FailedToRetrieveImagePullSecret", TIMED_OUT, i, T0 - (20 - i) * SECOND_MS);
    assert_quiet();
}

static void what_is_going_is_left_alone(void **state)
{
    (void)state;
    fail_probe(12, 10 * SECOND_MS);
    assert_int_equal(condition_of(&test, CLASS_PROBE_UNSTABLE), CONDITION_FAILING);
    assert_quiet_when_it_goes(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ten_failures_without_a_pause_are_too_many),
        TEST(failures_far_apart_are_not),
        TEST(a_count_from_before_we_looked_says_nothing),
        TEST(it_is_over_after_a_pause),
        TEST(an_outage_that_is_over_is_over),
        TEST(while_it_is_not_ready_nothing_begins),
        TEST(an_open_incident_lasts_until_a_pause),
        TEST(different_words_are_counted_together),
        TEST(probes_may_fail_while_a_program_starts),
        TEST(a_probe_that_kills_is_no_warning),
        TEST(other_events_do_not_count),
        TEST(what_is_going_is_left_alone),
    };
    return cmocka_run_group_tests_name("observer/detect/probe_unstable", tests, NULL, NULL);
}
