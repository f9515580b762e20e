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

static void pods_are_counted_among_those_there_are(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *expected;
        size_t count, total;
    } cases[] = {
        {"Deployment", "2 of 3 pods of Deployment shop/web", 2, 3},
        {"Deployment", "4 pods of Deployment shop/web", 4,
         3}, /* evicted ones, say, beside their successors */
        {"Deployment", "Deployment shop/web", 2, 0},
        {"Pod", "Pod shop/web", 1, 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_STRBUF text = {0};
        struct sighting sighting = {.ns = "shop", .kind = cases[i].kind, .name = "web"};
        sighting_name_pods(&sighting, cases[i].count, cases[i].total, &text);
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
        TEST(since_when_is_told_where_the_api_says_so),
        TEST(what_is_going_or_gone_does_not_fail),
        TEST(who_asks_to_be_left_alone_is),
        TEST(one_finding_for_all_pods_with_three_samples),
        TEST(unproven_samples_make_room_for_failing_ones),
        TEST(the_strongest_class_comes_first_and_failing_before_unproven),
        TEST(the_failing_container_of_a_pod_is_told),
        TEST(a_workload_without_deployment_wants_the_pods_it_has),
        TEST(a_kept_sighting_outlives_the_facts),
        TEST(pods_are_counted_among_those_there_are),
        TEST(a_workload_that_is_not_there_is_gone),
    };
    return cmocka_run_group_tests_name("observer/detect", tests, NULL, NULL);
}
