/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/detect/pods.h"

#define REFUSED                                                                                              \
    "Readiness probe failed: Get \"http://10.0.0.7/healthz\": dial tcp 10.0.0.7:80: connect: connection "    \
    "refused"

/* Pod 0 has run for so long and has not been ready in this time. */
static void start_first(int64_t ran_ms)
{
    test.containers[0].started_ms = T0 - ran_ms;
    test.containers[0].ready = test.pods[0].ready = 0;
    test.pods[0].created_ms = test.pods[0].started_ms = test.pods[0].ready_since_ms = T0 - ran_ms - SECOND_MS;
}

/* Pod 0 ran well and has not been ready for so long. */
static void lose_first(int64_t ago_ms)
{
    test.containers[0].ready = test.pods[0].ready = 0;
    test.pods[0].ready_since_ms = T0 - ago_ms;
}

static void begin_rollout(void)
{
    test.deployment.updated = 1;
    test.deployment.progressing_reason = "ReplicaSetUpdated";
}

static void a_pod_that_never_becomes_ready_fails_after_a_while(void **state)
{
    (void)state;
    start_first(MINUTE_MS);
    assert_quiet();
    assert_fails_from(T0 + MINUTE_MS, CLASS_READINESS);
    start_first(3 * MINUTE_MS);
    assert_told(CLASS_READINESS, "become ready: container app runs, but is not ready",
                T0 - 3 * MINUTE_MS - SECOND_MS);
}

static void a_pod_that_loses_its_readiness_fails_after_a_while(void **state)
{
    (void)state;
    lose_first(MINUTE_MS);
    assert_quiet();
    assert_fails_from(T0 + MINUTE_MS, CLASS_READINESS);
    lose_first(3 * MINUTE_MS);
    warn_again(&test, 0, "Unhealthy", REFUSED, 17, T0 - 10 * SECOND_MS);
    assert_told(CLASS_READINESS, "become ready: container app runs, but does not pass its readiness probe",
                T0 - 3 * MINUTE_MS);
    warn_again(&test, 0, "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500", 18,
               T0 - 5 * SECOND_MS);
    assert_told(CLASS_READINESS, "become ready: container app runs, but is not ready", T0 - 3 * MINUTE_MS);
}

static void a_readiness_gate_is_told_apart(void **state)
{
    (void)state;
    lose_first(3 * MINUTE_MS);
    test.containers[0].ready = 1;
    assert_told(CLASS_READINESS, "become ready: its containers are ready, but a readiness gate is closed",
                T0 - 3 * MINUTE_MS);
}

static void new_pods_of_a_rollout_are_given_its_deadline(void **state)
{
    (void)state;
    start_first(9 * MINUTE_MS);
    begin_rollout();
    assert_quiet();
    test.deployment.progressing_reason = "ProgressDeadlineExceeded";
    assert_int_equal(condition_of(&test, CLASS_READINESS), CONDITION_FAILING);
    begin_rollout();
    test.deployment.updated = 3; /* through, but for this one */
    assert_int_equal(condition_of(&test, CLASS_READINESS), CONDITION_FAILING);
    test.deployment.observed_generation = 1; /* the next one begins */
    assert_quiet();
}

static void a_rollout_excuses_no_pod_that_was_ready(void **state)
{
    (void)state;
    lose_first(3 * MINUTE_MS);
    begin_rollout();
    assert_int_equal(condition_of(&test, CLASS_READINESS), CONDITION_FAILING);
}

/* A rollout that is paused, or of a StatefulSet or DaemonSet, may stand for ever: a partition, say. */
static void a_rollout_without_a_deadline_is_given_a_while(void **state)
{
    (void)state;
    start_first(3 * MINUTE_MS);
    begin_rollout();
    test.deployment.paused = 1;
    assert_quiet();
    assert_fails_from(test.pods[0].created_ms + STUCK_MS, CLASS_READINESS);
    test.deployment.paused = 0;
    make_it_a("StatefulSet");
    assert_fails_from(test.pods[0].created_ms + STUCK_MS, CLASS_READINESS);
    make_it_a("DaemonSet");
    assert_fails_from(test.pods[0].created_ms + STUCK_MS, CLASS_READINESS);
    test.deployment.updated = 3;
    assert_int_equal(condition_of(&test, CLASS_READINESS), CONDITION_FAILING);
}

static void slow_starters_are_known_by_their_siblings(void **state)
{
    (void)state;
    start_first(3 * MINUTE_MS);
    test.past.ready_ms = 150 * SECOND_MS;
    assert_quiet();
    assert_fails_from(T0 - 3 * MINUTE_MS + 450 * SECOND_MS, CLASS_READINESS);
    test.past.ready_ms = 60 * MINUTE_MS; /* learnt in a bad hour */
    assert_fails_from(T0 - 3 * MINUTE_MS + 2 * STUCK_MS, CLASS_READINESS);
    test.past.ready_ms = 10 * SECOND_MS;
    assert_int_equal(condition_of(&test, CLASS_READINESS), CONDITION_FAILING);
    test.past.ready_ms = 60 * MINUTE_MS;
    lose_first(3 * MINUTE_MS); /* that has nothing to do with starting */
    test.containers[0].started_ms = T0 - 60 * MINUTE_MS;
    assert_int_equal(condition_of(&test, CLASS_READINESS), CONDITION_FAILING);
}

static void time_begins_with_the_last_container_that_started(void **state)
{
    (void)state;
    struct container_facts two[] = {healthy_container(), healthy_container()};
    start_first(30 * MINUTE_MS);
    two[0].ready = two[1].ready = 0;
    two[0].started_ms = T0 - 30 * MINUTE_MS;
    two[1].started_ms = T0 - MINUTE_MS; /* its image took long */
    test.pods[0].containers = two;
    test.pods[0].container_count = 2;
    facts_fill(STORE_PODS, &test.pods[0]);
    assert_quiet();
    assert_fails_from(T0 + MINUTE_MS, CLASS_READINESS);
}

static void only_what_runs_can_be_unready(void **state)
{
    (void)state;
    start_first(30 * MINUTE_MS);
    test.containers[0].state = CONTAINER_WAITING;
    test.containers[0].reason = "ContainerCreating";
    assert_quiet();
    test.containers[0].state = CONTAINER_TERMINATED; /* a pod that has done its work: PodCompleted */
    test.containers[0].now = (struct termination){"Completed", 0, T0 - SECOND_MS};
    assert_quiet();
    test.pods[0].container_count = 0;
    assert_quiet();
}

static void init_containers_are_through_and_sidecars_run(void **state)
{
    (void)state;
    struct container_facts two[] = {healthy_container(), healthy_container()};
    start_first(30 * MINUTE_MS);
    two[0].init = 1;
    two[0].state = CONTAINER_TERMINATED;
    two[0].now = (struct termination){"Completed", 0, T0 - 30 * MINUTE_MS};
    two[1].ready = 0;
    test.pods[0].containers = two;
    test.pods[0].container_count = 2;
    facts_fill(STORE_PODS, &test.pods[0]);
    assert_int_equal(condition_of(&test, CLASS_READINESS), CONDITION_FAILING);
    two[0].sidecar = 1; /* which ought to run: others see why it does not */
    assert_quiet();
}

static void a_run_after_a_crash_is_the_crash_loops(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    start_first(30 * MINUTE_MS);
    break_run(&test, 0, "Error", 1, 4);
    run_again(&test, 0, 0, 5 * MINUTE_MS);
    look_at(&test, T0, &sighting);
    assert_null(sighting_finding(&sighting, class_of(CLASS_READINESS)));
    assert_string_equal(sighting_worst(&sighting)->detector->class, CLASS_CRASH_LOOP);
}

static void what_is_going_is_left_alone(void **state)
{
    (void)state;
    lose_first(30 * MINUTE_MS);
    assert_int_equal(condition_of(&test, CLASS_READINESS), CONDITION_FAILING);
    assert_quiet_when_it_goes(0);
    test.pods[0].owner.kind = "Job"; /* nobody is served by it */
    assert_quiet();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pod_that_never_becomes_ready_fails_after_a_while),
        TEST(a_pod_that_loses_its_readiness_fails_after_a_while),
        TEST(a_readiness_gate_is_told_apart),
        TEST(new_pods_of_a_rollout_are_given_its_deadline),
        TEST(a_rollout_excuses_no_pod_that_was_ready),
        TEST(a_rollout_without_a_deadline_is_given_a_while),
        TEST(slow_starters_are_known_by_their_siblings),
        TEST(time_begins_with_the_last_container_that_started),
        TEST(only_what_runs_can_be_unready),
        TEST(init_containers_are_through_and_sidecars_run),
        TEST(a_run_after_a_crash_is_the_crash_loops),
        TEST(what_is_going_is_left_alone),
    };
    return cmocka_run_group_tests_name("observer/detect/readiness", tests, NULL, NULL);
}
