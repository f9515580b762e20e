/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/detect.h"

#include <stdlib.h>

#include "common/schema/incident.h"
#include "tests/unit/observer/workload.h"

static struct test_workload test;

static int open_three(void **state)
{
    (void)state;
    test_workload_open(&test, 3);
    return 0;
}

static void assert_quiet(void)
{
    AUTO_SIGHTING sighting = {0};
    look_at(&test, T0, &sighting);
    assert_null(sighting_worst(&sighting));
}

/* ---- A healthy workload ---- */

static void nothing_is_wrong_with_a_healthy_workload(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    look_at(&test, T0, &sighting);
    assert_null(sighting_worst(&sighting));
    assert_int_equal(sighting.pods, 3);
    assert_int_equal(sighting.available, 3);
    assert_int_equal(sighting.sick, 0);
    assert_int_equal(sighting.wanted, 3);
}

static void a_rollout_under_way_is_nothing_by_itself(void **state)
{
    (void)state;
    test.deployment.updated = 1;
    test.deployment.available = 2;
    test.deployment.observed_generation = 1;
    test.containers[2].state = CONTAINER_WAITING;
    test.containers[2].reason = "ContainerCreating";
    test.containers[2].ready = test.pods[2].ready = 0;
    run_again(&test, 1, 0, 3 * SECOND_MS); /* started, not ready yet, never failed */
    assert_quiet();
}

/* ---- Images ---- */

static void every_way_not_to_get_an_image_fails(void **state)
{
    (void)state;
    static const char *const reasons[] = {
        "ImagePullBackOff",  "ErrImagePull",        "InvalidImageName",         "ErrImageNeverPull",
        "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"};
    break_image(&test, 0);
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        test.containers[0].reason = reasons[i];
        assert_int_equal(condition_of(&test, CLASS_IMAGE_PULL), CONDITION_FAILING);
    }
}

static void a_container_that_is_being_made_does_not_fail(void **state)
{
    (void)state;
    static const char *const reasons[] = {"ContainerCreating", "PodInitializing", "", "ImagePull",
                                          "CreateContainerConfigError"};
    break_image(&test, 0);
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        test.containers[0].reason = reasons[i];
        assert_quiet();
    }
}

static void the_image_of_an_init_container_counts_too(void **state)
{
    (void)state;
    break_image(&test, 0);
    test.containers[0].init = 1;
    assert_int_equal(condition_of(&test, CLASS_IMAGE_PULL), CONDITION_FAILING);
}

static void since_when_is_told_where_the_api_says_so(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    break_image(&test, 1);
    look_at(&test, T0, &sighting);
    assert_int_equal(sighting_worst(&sighting)->failed_ms, T0 - 20 * SECOND_MS);
    break_run(&test, 1, "Error", 1, 4); /* its readiness moves with each run, so it says nothing that stays */
    look_at(&test, T0, &sighting);
    assert_int_equal(sighting_worst(&sighting)->failed_ms, 0);
}

/* ---- Crash loops ---- */

static void a_crash_loop_fails_while_it_waits(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 1, 2);
    assert_int_equal(condition_of(&test, CLASS_CRASH_LOOP), CONDITION_FAILING);
    test.containers[0].last.reason = ""; /* even without an account of the run before */
    assert_int_equal(condition_of(&test, CLASS_CRASH_LOOP), CONDITION_FAILING);
}

/* What a kubelet shows between restarts is often only the run that ended. */
static void end_now(int restarts, const char *reason, int exit_code)
{
    test.containers[0].state = CONTAINER_TERMINATED;
    test.containers[0].now = (struct termination){reason, exit_code, T0 - SECOND_MS};
    test.containers[0].restarts = restarts;
    test.containers[0].ready = test.pods[0].ready = 0;
}

static void a_second_end_fails_and_a_first_does_not(void **state)
{
    (void)state;
    end_now(0, "Error", 1);
    assert_quiet();
    end_now(1, "Error", 1);
    assert_int_equal(condition_of(&test, CLASS_CRASH_LOOP), CONDITION_FAILING);
}

static void ending_well_is_wrong_only_where_it_should_go_on(void **state)
{
    (void)state;
    end_now(3, "Completed", 0);
    assert_int_equal(condition_of(&test, CLASS_CRASH_LOOP), CONDITION_FAILING);
    test.containers[0].init = 1;
    assert_quiet();
    test.containers[0].init = 0;
    test.pods[0].owner.kind = ""; /* a bare pod may be meant to end */
    assert_quiet();
    end_now(3, "Error", 2);
    assert_int_equal(condition_of(&test, CLASS_CRASH_LOOP), CONDITION_FAILING);
}

static void a_run_after_crashes_has_to_prove_itself(void **state)
{
    (void)state;
    static const struct {
        int restarts, ready;
        int64_t ran_ms;
        enum condition expected;
    } cases[] = {
        {1, 1, 19 * SECOND_MS, CONDITION_UNPROVEN}, {1, 1, 20 * SECOND_MS, CONDITION_WELL},
        {3, 1, 79 * SECOND_MS, CONDITION_UNPROVEN}, {3, 1, 80 * SECOND_MS, CONDITION_WELL},
        {3, 0, 80 * SECOND_MS, CONDITION_UNPROVEN}, {3, 0, 9 * MINUTE_MS, CONDITION_UNPROVEN},
        {3, 0, 10 * MINUTE_MS, CONDITION_WELL},     {50, 1, 9 * MINUTE_MS, CONDITION_UNPROVEN},
        {50, 1, 10 * MINUTE_MS, CONDITION_WELL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        break_run(&test, 0, "Error", 1, cases[i].restarts);
        run_again(&test, 0, cases[i].ready, cases[i].ran_ms);
        test.containers[0].last.finished_ms = test.containers[0].started_ms;
        assert_int_equal(condition_of(&test, CLASS_CRASH_LOOP), cases[i].expected);
    }
}

static void old_scars_are_history(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 1, 40);
    run_again(&test, 0, 0, 5 * SECOND_MS); /* it has just started on a new node, say */
    test.containers[0].last.finished_ms = T0 - 31 * MINUTE_MS;
    assert_quiet();
    test.containers[0].last.reason = "OOMKilled";
    assert_quiet();
    test.containers[0].last.finished_ms = T0 - 29 * MINUTE_MS;
    assert_int_equal(condition_of(&test, CLASS_OOM_KILLED), CONDITION_FAILING);
}

static void a_job_judges_its_failures_itself(void **state)
{
    (void)state;
    test.pods[0].owner.kind = "Job";
    break_run(&test, 0, "Error", 1, 4);
    assert_quiet();
    break_run(&test, 0, "OOMKilled", 137, 4);
    assert_quiet();
    break_image(&test, 0); /* which no further try will cure */
    assert_int_equal(condition_of(&test, CLASS_IMAGE_PULL), CONDITION_FAILING);
}

/* ---- Memory ---- */

static void memory_explains_the_crash_loop(void **state)
{
    (void)state;
    break_run(&test, 0, "OOMKilled", 137, 2);
    assert_int_equal(condition_of(&test, CLASS_OOM_KILLED), CONDITION_FAILING);
    assert_int_equal(condition_of(&test, CLASS_CRASH_LOOP), CONDITION_WELL);
}

static void the_kernels_word_counts_whatever_the_exit_code(void **state)
{
    (void)state;
    end_now(0, "OOMKilled", 0);
    assert_int_equal(condition_of(&test, CLASS_OOM_KILLED), CONDITION_FAILING);
    end_now(1, "Error", 137); /* killed by somebody else: a probe, perhaps */
    assert_int_equal(condition_of(&test, CLASS_OOM_KILLED), CONDITION_WELL);
}

static void one_kill_is_over_when_the_container_runs_well(void **state)
{
    (void)state;
    break_run(&test, 0, "OOMKilled", 137, 1);
    run_again(&test, 0, 0, 5 * SECOND_MS);
    assert_int_equal(condition_of(&test, CLASS_OOM_KILLED), CONDITION_FAILING);
    run_again(&test, 0, 1, 5 * SECOND_MS);
    assert_int_equal(condition_of(&test, CLASS_OOM_KILLED), CONDITION_UNPROVEN);
    run_again(&test, 0, 1, 25 * SECOND_MS);
    assert_quiet();
}

/* ---- What is left alone ---- */

static void what_is_going_or_gone_does_not_fail(void **state)
{
    (void)state;
    break_image(&test, 0);
    test.pods[0].deleted_ms = T0;
    assert_quiet();
    test.pods[0].deleted_ms = 0;
    test.pods[0].disruption = "EvictionByEvictionAPI"; /* about to be deleted */
    assert_quiet();
    test.pods[0].disruption = "";
    test.pods[0].phase = "Succeeded";
    assert_quiet();
    test.pods[0].phase = "Failed";
    assert_quiet();
    test.pods[0].phase = "Pending";
    test.deployment.deleted_ms = T0;
    assert_quiet();
    test.deployment.deleted_ms = 0;
    test.ns.phase = "Terminating";
    assert_quiet();
    test.ns.phase = "Active";
    assert_int_equal(condition_of(&test, CLASS_IMAGE_PULL), CONDITION_FAILING);
}

static void who_asks_to_be_left_alone_is(void **state)
{
    (void)state;
    int *const marks[] = {&test.pods[0].ignored, &test.deployment.ignored, &test.ns.ignored};
    break_image(&test, 0);
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        *marks[i] = 1;
        assert_quiet();
        *marks[i] = 0;
    }
    assert_int_equal(condition_of(&test, CLASS_IMAGE_PULL), CONDITION_FAILING);
}

/* ---- What is told of a failing workload ---- */

static void one_finding_for_all_pods_with_three_samples(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    test_workload_open(&test, 7);
    for (int i = 1; i < 7; i++)
        break_run(&test, i, "Error", 1, 3);
    run_again(&test, 1, 1, 2 * SECOND_MS); /* the oldest of them runs at this moment */
    look_at(&test, T0, &sighting);
    const struct finding *finding = sighting_worst(&sighting);
    assert_int_equal(finding->condition, CONDITION_FAILING);
    assert_int_equal(finding->affected, 6);
    assert_string_equal(finding->first.pod.name, "web-1");
    assert_int_equal(finding->sample_count, 3);
    assert_string_equal(finding->samples[0].pod.name, "web-2"); /* one that shows the failure */
    assert_string_equal(finding->samples[2].pod.name, "web-4");
    assert_int_equal(sighting.sick, 6);
    assert_int_equal(sighting.available, 1);
    assert_int_equal(sighting.newest_failing_ms, test.pods[6].created_ms);
    assert_int_equal(sighting.newest_unproven_ms, test.pods[1].created_ms);
}

static void unproven_samples_make_room_for_failing_ones(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    test_workload_open(&test, 5);
    for (int i = 0; i < 5; i++)
        break_run(&test, i, "Error", 1, 3);
    for (int i = 0; i < 4; i++)
        run_again(&test, i, 1, 2 * SECOND_MS);
    look_at(&test, T0, &sighting);
    const struct finding *finding = sighting_worst(&sighting);
    assert_string_equal(finding->samples[0].pod.name, "web-4");
    assert_string_equal(finding->samples[1].pod.name, "web-0");
    assert_string_equal(finding->samples[2].pod.name, "web-1");
}

static void the_strongest_class_comes_first_and_failing_before_unproven(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    break_run(&test, 0, "Error", 1, 3);
    break_run(&test, 1, "OOMKilled", 137, 3);
    look_at(&test, T0, &sighting);
    assert_string_equal(sighting_worst(&sighting)->detector->class, CLASS_OOM_KILLED);
    assert_int_equal(sighting_worst(&sighting)->affected, 1);
    break_image(&test, 2);
    look_at(&test, T0, &sighting);
    assert_string_equal(sighting_worst(&sighting)->detector->class, CLASS_IMAGE_PULL);
    run_again(&test, 1, 1, SECOND_MS);
    test.containers[2] = healthy_container();
    look_at(&test, T0, &sighting);
    assert_string_equal(sighting_worst(&sighting)->detector->class, CLASS_CRASH_LOOP);
}

static void the_failing_container_of_a_pod_is_told(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    struct container_facts two[] = {healthy_container(), healthy_container()};
    two[1].name = "sidecar";
    two[1].state = CONTAINER_WAITING;
    two[1].reason = "ErrImagePull";
    test.pods[0].containers = two;
    test.pods[0].container_count = 2;
    look_at(&test, T0, &sighting);
    assert_string_equal(sighting_worst(&sighting)->samples[0].container.name, "sidecar");
}

static void a_workload_without_deployment_wants_the_pods_it_has(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    test.workload.controller = NULL;
    test.workload.kind = "StatefulSet";
    break_run(&test, 0, "Error", 1, 3);
    look_at(&test, T0, &sighting);
    assert_false(sighting.has_controller);
    assert_int_equal(sighting.wanted, 3);
    assert_int_equal(sighting.unready, 1);
    test.pods[1].owner.kind = "";
    test.pods[1].phase = "Failed"; /* nobody will make this one anew */
    look_at(&test, T0, &sighting);
    assert_int_equal(sighting.unready, 2);
    assert_int_equal(sighting.pods, 2);
}

static void a_kept_sighting_outlives_the_facts(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    char image[] = "nginx:1.99", uid[] = "uid-of-web";
    break_image(&test, 0);
    test.containers[0].image = image;
    test.workload.uid = uid;
    look_at(&test, T0, &sighting);
    sighting_keep(&sighting);
    memset(image, 'x', sizeof image - 1);
    memset(uid, 'x', sizeof uid - 1);
    assert_string_equal(sighting.uid, "uid-of-web");
    assert_string_equal(sighting.findings[0].first.container.image, "nginx:1.99");
    assert_string_equal(sighting.findings[0].samples[0].container.image, "nginx:1.99");
    assert_string_equal(sighting.controller.revision, "2");
}

static void failures_are_described(void **state)
{
    (void)state;
    static const struct {
        const char *reason;
        int exit_code;
        const char *expected;
    } cases[] = {
        {"Error", 2, "stay up: container app ends with exit code 2 (restarts: 5)"},
        {"OOMKilled", 137, "stay within the memory limit: container app is OOM killed (restarts: 5)"},
    };
    AUTO_SIGHTING sighting = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_STRBUF text = {0};
        break_run(&test, 0, cases[i].reason, cases[i].exit_code, 5);
        look_at(&test, T0, &sighting);
        const struct finding *finding = sighting_worst(&sighting);
        finding->detector->describe(finding, &text);
        assert_string_equal(text.data, cases[i].expected);
    }
}

static void a_workload_that_is_not_there_is_gone(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    sighting_of_nothing("shop", "Deployment", "web", T0, &sighting);
    sighting_keep(&sighting);
    assert_true(sighting.gone);
    assert_string_equal(sighting.uid, "");
    assert_null(sighting_worst(&sighting));
}

#define TEST(name) cmocka_unit_test_setup(name, open_three)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_wrong_with_a_healthy_workload),
        TEST(a_rollout_under_way_is_nothing_by_itself),
        TEST(every_way_not_to_get_an_image_fails),
        TEST(a_container_that_is_being_made_does_not_fail),
        TEST(the_image_of_an_init_container_counts_too),
        TEST(since_when_is_told_where_the_api_says_so),
        TEST(a_crash_loop_fails_while_it_waits),
        TEST(a_second_end_fails_and_a_first_does_not),
        TEST(ending_well_is_wrong_only_where_it_should_go_on),
        TEST(a_run_after_crashes_has_to_prove_itself),
        TEST(old_scars_are_history),
        TEST(a_job_judges_its_failures_itself),
        TEST(memory_explains_the_crash_loop),
        TEST(the_kernels_word_counts_whatever_the_exit_code),
        TEST(one_kill_is_over_when_the_container_runs_well),
        TEST(what_is_going_or_gone_does_not_fail),
        TEST(who_asks_to_be_left_alone_is),
        TEST(one_finding_for_all_pods_with_three_samples),
        TEST(unproven_samples_make_room_for_failing_ones),
        TEST(the_strongest_class_comes_first_and_failing_before_unproven),
        TEST(the_failing_container_of_a_pod_is_told),
        TEST(a_workload_without_deployment_wants_the_pods_it_has),
        TEST(a_kept_sighting_outlives_the_facts),
        TEST(failures_are_described),
        TEST(a_workload_that_is_not_there_is_gone),
    };
    return cmocka_run_group_tests_name("observer/detect", tests, NULL, NULL);
}
