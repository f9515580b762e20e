/* SPDX-License-Identifier: Apache-2.0 */
/* Pods that no node can take, and those that had to make room. */
#include "observer/detect/scheduling.h"

#include "tests/unit/observer/detect/pods.h"

#define NO_CPU                                                                                               \
    "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: 0/3 nodes are "   \
    "available: 3 No preemption victims found for incoming pod."

/* Pod 0 is new and waits for a node since then. */
static void leave_unscheduled(const char *reason, int64_t since_ms)
{
    test.pods[0].node = "";
    test.pods[0].phase = "Pending";
    test.pods[0].ready = 0;
    test.pods[0].created_ms = since_ms;
    test.pods[0].container_count = 0;
    test.pods[0].unscheduled = (struct complaint){reason, NO_CPU, since_ms};
}

static void a_pod_that_no_node_takes_fails_after_a_while(void **state)
{
    (void)state;
    leave_unscheduled("Unschedulable", T0 - MINUTE_MS);
    assert_quiet();
    assert_fails_from(T0 + MINUTE_MS, CLASS_UNSCHEDULABLE);
    leave_unscheduled("Unschedulable", T0 - 3 * MINUTE_MS);
    assert_told(CLASS_UNSCHEDULABLE, "be scheduled: too little CPU is free", T0 - 3 * MINUTE_MS);
}

static void the_schedulers_phrases_tell_why(void **state)
{
    (void)state;
    static const struct {
        const char *message, *expected;
    } cases[] = {
        {"0/3 nodes are available: 1 Insufficient memory, 2 node(s) had untolerated taint(s).",
         "be scheduled: too little memory is free, nodes have taints that are not tolerated"},
        {"0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
         "be scheduled: nodes have not the labels that are asked for"},
        {"0/1 nodes are available: persistentvolumeclaim \"missing\" not found. not found",
         "be scheduled: a claim does not exist"},
        {"0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
         "be scheduled: a claim is not bound"},
        {"0/1 nodes are available: 1 node(s) were unschedulable.", "be scheduled: nodes are cordoned"},
        {"something that a plugin of somebody's says", "be scheduled"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        leave_unscheduled("Unschedulable", T0 - 3 * MINUTE_MS);
        test.pods[0].unscheduled.message = cases[i].message;
        assert_told(CLASS_UNSCHEDULABLE, cases[i].expected, T0 - 3 * MINUTE_MS);
    }
}

static void a_gate_is_no_failure_and_time_begins_when_it_opens(void **state)
{
    (void)state;
    leave_unscheduled("SchedulingGated", T0 - 60 * MINUTE_MS);
    assert_quiet();
    leave_unscheduled("Unschedulable",
                      T0 - 60 * MINUTE_MS); /* the condition does not say since when of this */
    test.past.gated_ms = T0 - MINUTE_MS;
    assert_quiet();
    assert_fails_from(T0 + MINUTE_MS, CLASS_UNSCHEDULABLE);
}

static void a_node_that_joins_shows_that_help_may_come(void **state)
{
    (void)state;
    leave_unscheduled("Unschedulable", T0 - 3 * MINUTE_MS);
    test.workload.newest_node_ms = T0 - 4 * MINUTE_MS; /* before: no help */
    assert_int_equal(condition_of(&test, CLASS_UNSCHEDULABLE), CONDITION_FAILING);
    test.workload.newest_node_ms = T0 - MINUTE_MS;
    assert_quiet();
    assert_fails_from(T0 - 3 * MINUTE_MS + STUCK_MS, CLASS_UNSCHEDULABLE);
}

static void who_is_given_room_waits_for_those_who_leave(void **state)
{
    (void)state;
    leave_unscheduled("Unschedulable", T0 - 3 * MINUTE_MS);
    test.pods[0].nominated = "node-2";
    assert_quiet();
    assert_fails_from(T0 - 3 * MINUTE_MS + STUCK_MS, CLASS_UNSCHEDULABLE);
}

static void what_is_going_is_left_alone(void **state)
{
    (void)state;
    leave_unscheduled("Unschedulable", T0 - 30 * MINUTE_MS);
    assert_int_equal(condition_of(&test, CLASS_UNSCHEDULABLE), CONDITION_FAILING);
    assert_quiet_when_it_goes(0);
}

static void pods_of_jobs_and_daemon_sets_count(void **state)
{
    (void)state;
    static const char *const kinds[] = {"Job", "DaemonSet", "StatefulSet"};
    leave_unscheduled("Unschedulable", T0 - 30 * MINUTE_MS);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        make_it_a(kinds[i]);
        assert_int_equal(condition_of(&test, CLASS_UNSCHEDULABLE), CONDITION_FAILING);
    }
}

static void preemption_that_heals_is_nothing(void **state)
{
    (void)state;
    test.past.preempted_ms = T0 - 30 * SECOND_MS;
    test.pods[1].disruption = "PreemptionByScheduler"; /* the one that goes */
    test.pods[1].deleted_ms = T0;
    leave_unscheduled("Unschedulable", T0 - 30 * SECOND_MS); /* the one in its place, for a moment */
    assert_quiet();
    test.pods[0].unscheduled.reason = "";
    test.pods[0].node = "node-2";
    assert_quiet();
}

static void preemption_that_starves_is_told_as_such(void **state)
{
    (void)state;
    leave_unscheduled("Unschedulable", T0 - MINUTE_MS);
    test.past.preempted_ms = T0 - MINUTE_MS + 20 * SECOND_MS; /* last seen while it was going */
    assert_fails_from(T0 + MINUTE_MS, CLASS_PREEMPTED);
    leave_unscheduled("Unschedulable", T0 - 3 * MINUTE_MS);
    test.past.preempted_ms = T0 - 3 * MINUTE_MS;
    assert_told(CLASS_PREEMPTED, "be scheduled again: pods of a higher priority have taken their place",
                T0 - 3 * MINUTE_MS);
}

static void a_pod_of_another_time_is_only_unschedulable(void **state)
{
    (void)state;
    leave_unscheduled("Unschedulable", T0 - 3 * MINUTE_MS); /* a scale-up, long after */
    test.past.preempted_ms = T0 - 60 * MINUTE_MS;
    assert_told(CLASS_UNSCHEDULABLE, "be scheduled: too little CPU is free", T0 - 3 * MINUTE_MS);
}

/* What preempted the pods is forgotten with the process; the incident is not. */
static void an_open_incident_keeps_its_class_after_a_restart(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    struct gaze gaze = *test_gaze();
    gaze.open.class = CLASS_PREEMPTED;
    leave_unscheduled("Unschedulable", T0 - 3 * MINUTE_MS);
    store_lock(gaze.store);
    detect(&gaze, &test.workload, T0, &sighting);
    store_unlock(gaze.store);
    assert_string_equal(sighting_worst(&sighting)->detector->class, CLASS_PREEMPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pod_that_no_node_takes_fails_after_a_while),
        TEST(the_schedulers_phrases_tell_why),
        TEST(a_gate_is_no_failure_and_time_begins_when_it_opens),
        TEST(a_node_that_joins_shows_that_help_may_come),
        TEST(who_is_given_room_waits_for_those_who_leave),
        TEST(what_is_going_is_left_alone),
        TEST(pods_of_jobs_and_daemon_sets_count),
        TEST(preemption_that_heals_is_nothing),
        TEST(preemption_that_starves_is_told_as_such),
        TEST(a_pod_of_another_time_is_only_unschedulable),
        TEST(an_open_incident_keeps_its_class_after_a_restart),
    };
    return cmocka_run_group_tests_name("observer/detect/scheduling", tests, NULL, NULL);
}
