/* SPDX-License-Identifier: Apache-2.0 */
/* Evicted pods, and those that a kubelet did not let in. */
#include "observer/detect/thrown_out.h"

#include "tests/unit/observer/detect/pods.h"

#define OVER_LIMIT "Pod ephemeral local storage usage exceeds the total limit of containers 20Mi. "
#define NODE_LOW "The node was low on resource: memory. Threshold quantity: 100Mi, available: 52Mi. "

/* Pod i was evicted so long ago. */
static void evict(int i, int64_t ago_ms)
{
    test.pods[i].phase = "Failed";
    test.pods[i].reason = "Evicted";
    test.pods[i].message = OVER_LIMIT;
    test.pods[i].ready = 0;
    test.pods[i].ready_since_ms = T0 - ago_ms;
    test.containers[i].state = CONTAINER_TERMINATED;
    test.containers[i].ready = 0;
    test.containers[i].now = (struct termination){"Error", 137, T0 - ago_ms};
}

/* Pod i was not let in so long ago: a kubelet reports no more than this. */
static void refuse(int i, const char *reason, int64_t ago_ms)
{
    test.pods[i].phase = "Failed";
    test.pods[i].reason = reason;
    test.pods[i].message = "Pod was rejected: Node didn't have enough resource: cpu";
    test.pods[i].ready = 0;
    test.pods[i].ready_since_ms = 0;
    test.pods[i].container_count = 0;
    test.pods[i].created_ms = test.pods[i].started_ms = T0 - ago_ms;
}

/* Two of the three pods are wanted: pod 2 is the one in the place of pod 0, made so long ago. */
static void replace_first(int ready, int64_t ago_ms)
{
    test.deployment.replicas = 2;
    test.pods[2].created_ms = T0 - ago_ms;
    test.pods[2].ready = ready;
    test.containers[2].ready = ready;
    test.containers[2].started_ms = T0 - ago_ms + SECOND_MS;
}

static void one_that_was_replaced_is_no_incident(void **state)
{
    (void)state;
    evict(0, 20 * SECOND_MS);
    replace_first(0, 20 * SECOND_MS); /* on its way */
    assert_quiet();
    replace_first(1, 20 * SECOND_MS);
    assert_quiet();
    evict(0, 10 * MINUTE_MS);
    replace_first(1, 10 * MINUTE_MS);
    assert_quiet();
}

static void one_that_nobody_replaces_is_missed(void **state)
{
    (void)state;
    evict(0, MINUTE_MS); /* three are wanted */
    assert_quiet();
    assert_fails_from(T0 + MINUTE_MS, CLASS_EVICTED);
    evict(0, 3 * MINUTE_MS);
    assert_told(CLASS_EVICTED, "stay: evicted from node node-1, for exceeding a storage limit",
                T0 - 3 * MINUTE_MS);
    test.pods[0].message = NODE_LOW;
    assert_told(CLASS_EVICTED, "stay: evicted from node node-1, which ran low on resources",
                T0 - 3 * MINUTE_MS);
}

static void one_whose_successor_does_not_become_ready_is_missed(void **state)
{
    (void)state;
    evict(0, 3 * MINUTE_MS);
    replace_first(0, 3 * MINUTE_MS);
    assert_int_equal(condition_of(&test, CLASS_EVICTED), CONDITION_FAILING);
}

/* More pods, or others, for another reason. */
static void a_scale_up_after_an_eviction_is_no_incident(void **state)
{
    (void)state;
    evict(0, 20 * MINUTE_MS);
    replace_first(0, 20 * SECOND_MS); /* made just now */
    assert_quiet();
    replace_first(0, 5 * MINUTE_MS);
    assert_int_equal(condition_of(&test, CLASS_EVICTED), CONDITION_WELL);
    assert_int_equal(condition_of(&test, CLASS_READINESS), CONDITION_FAILING);
}

static void what_was_not_ready_before_is_another_story(void **state)
{
    (void)state;
    evict(0, 20 * MINUTE_MS);
    replace_first(1, 20 * MINUTE_MS);
    test.pods[1].ready = test.containers[1].ready = 0;
    assert_int_equal(condition_of(&test, CLASS_EVICTED), CONDITION_WELL);
}

static void again_and_again_is_an_incident_though_somebody_always_comes(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    test_workload_open(&test, 4);
    test.deployment.replicas = 1; /* pod 3 */
    evict(0, 9 * MINUTE_MS);
    evict(1, 5 * MINUTE_MS);
    assert_quiet();
    evict(2, MINUTE_MS);
    look_at(&test, T0, &sighting);
    assert_int_equal(sighting_finding(&sighting, class_of(CLASS_EVICTED))->affected, 3);
    assert_int_equal(sighting_worst(&sighting)->failed_ms, T0 - 9 * MINUTE_MS);
    evict(0, 11 * MINUTE_MS);
    assert_quiet(); /* seldom enough */
    test_workload_open(&test, 5);
    test.deployment.replicas = 1;
    evict(0, 11 * MINUTE_MS);
    for (int i = 1; i < 4; i++)
        evict(i, (10 - i) * MINUTE_MS);
    look_at(&test, T0, &sighting);
    assert_int_equal(sighting_worst(&sighting)->affected, 3); /* the first is none of this row */
}

static void an_old_corpse_is_history(void **state)
{
    (void)state;
    evict(0, DETECT_RECENT_MS + 1);
    evict(1, DETECT_RECENT_MS + 1);
    evict(2, DETECT_RECENT_MS + 1);
    test.containers[0].now.finished_ms = test.pods[0].ready_since_ms = T0 - DETECT_RECENT_MS;
    assert_quiet();
}

static void what_nobody_wants_is_not_missed(void **state)
{
    (void)state;
    evict(0, 3 * MINUTE_MS);
    test.deployment.replicas = 2; /* scaled down since */
    assert_quiet();
    test.deployment.replicas = 3;
    test.pods[0].deleted_ms = T0; /* swept up */
    assert_quiet();
}

static void a_job_makes_up_for_its_pods(void **state)
{
    (void)state;
    evict(0, 3 * MINUTE_MS);
    refuse(1, "OutOfcpu", 3 * MINUTE_MS);
    make_it_a("Job");
    assert_quiet();
}

static void a_pod_that_nobody_owns_is_missed(void **state)
{
    (void)state;
    test_workload_open(&test, 1);
    test.workload.controller = NULL;
    test.workload.kind = "Pod";
    test.pods[0].owner.kind = "";
    evict(0, 3 * MINUTE_MS);
    assert_int_equal(condition_of(&test, CLASS_EVICTED), CONDITION_FAILING);
}

static void every_refusal_counts_alike(void **state)
{
    (void)state;
    static const char *const reasons[] = {"OutOfcpu",
                                          "OutOfmemory",
                                          "OutOfpods",
                                          "NodeAffinity",
                                          "UnexpectedAdmissionError",
                                          "OutOfexample.com/gpu",
                                          "NodeShutdown",
                                          "TopologyAffinityError"};
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        AUTO_FREE char *words = xasprintf("stay on node node-1: refused, %s", reasons[i]);
        refuse(0, reasons[i], 3 * MINUTE_MS);
        assert_told(CLASS_ADMISSION, words, T0 - 3 * MINUTE_MS);
    }
    refuse(0, "OutOfcpu", MINUTE_MS);
    assert_quiet();
    refuse(0, "OutOfcpu", 3 * MINUTE_MS);
    replace_first(1, 3 * MINUTE_MS);
    assert_quiet();
}

/* A scheduler that knows less than the kubelet sends pod after pod. */
static void refused_again_and_again(void **state)
{
    (void)state;
    test_workload_open(&test, 4);
    test.deployment.replicas = 1;
    for (int i = 0; i < 3; i++)
        refuse(i, "UnexpectedAdmissionError", (9 - i) * MINUTE_MS);
    assert_int_equal(condition_of(&test, CLASS_ADMISSION), CONDITION_FAILING);
    refuse(1, "OutOfcpu", 8 * MINUTE_MS); /* whatever each is called */
    assert_int_equal(condition_of(&test, CLASS_ADMISSION), CONDITION_FAILING);
}

static void a_node_that_shuts_down_ends_what_runs_on_it(void **state)
{
    (void)state;
    evict(0, 3 * MINUTE_MS);
    test.pods[0].reason = "Terminated";
    test.pods[0].disruption = "TerminationByKubelet";
    assert_int_equal(condition_of(&test, CLASS_ADMISSION), CONDITION_FAILING);
    replace_first(1, 3 * MINUTE_MS);
    assert_quiet();
}

static void other_ends_are_none_of_these(void **state)
{
    (void)state;
    evict(0, 3 * MINUTE_MS);
    test.pods[0].reason = ""; /* its program failed */
    assert_quiet();
    test.pods[0].reason = "SomethingElse"; /* it had been let in */
    assert_quiet();
    test.pods[0].reason = "DeadlineExceeded";
    assert_quiet();
    test.pods[0].container_count = 0;
    assert_quiet();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_that_was_replaced_is_no_incident),
        TEST(one_that_nobody_replaces_is_missed),
        TEST(one_whose_successor_does_not_become_ready_is_missed),
        TEST(a_scale_up_after_an_eviction_is_no_incident),
        TEST(what_was_not_ready_before_is_another_story),
        TEST(again_and_again_is_an_incident_though_somebody_always_comes),
        TEST(an_old_corpse_is_history),
        TEST(what_nobody_wants_is_not_missed),
        TEST(a_job_makes_up_for_its_pods),
        TEST(a_pod_that_nobody_owns_is_missed),
        TEST(every_refusal_counts_alike),
        TEST(refused_again_and_again),
        TEST(a_node_that_shuts_down_ends_what_runs_on_it),
        TEST(other_ends_are_none_of_these),
    };
    return cmocka_run_group_tests_name("observer/detect/thrown_out", tests, NULL, NULL);
}
