/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/verify.h"

#include "tests/unit/observer/story.h"

#define SILENT (-1)

static const struct observer_options options = {
    .settle_ms = 30000, .soak_ms = 60000, .verify_deadline_ms = 300000};

static struct test_workload test;
static struct memory *memory;

static int open_all(void **state)
{
    (void)state;
    clock_fix(T0);
    test_workload_open(&test, 3);
    memory = memory_new("test");
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    memory_free(memory);
    clock_fix(-1);
    return 0;
}

/* An incident whose action had this result at second 0. */
static void outcome(const char *result)
{
    story_tell(memory,
               (struct story){.opened_s = -40, .result = result, .action = ACTION_ROLLBACK, .at_s = 0});
}

/* The verdict at second s. */
static int verdict_at(int64_t s)
{
    AUTO_SIGHTING sighting = {0};
    look_at(&test, T0 + s * SECOND_MS, &sighting);
    return verify(story_open(memory), &sighting, &options);
}

/* Looked at each second: the first second at which something is said, and what; -1 and SILENT = nothing. */
static int first_verdict(int64_t from, int64_t to, int64_t *at)
{
    for (int64_t s = from; s <= to; s++) {
        int verdict = verdict_at(s);
        *at = s;
        if (verdict != SILENT)
            return verdict;
    }
    *at = -1;
    return SILENT;
}

static void assert_said(enum verdict expected, int64_t at, int64_t from, int64_t to)
{
    int64_t said_at;
    assert_int_equal(first_verdict(from, to, &said_at), expected);
    assert_int_equal(said_at, at);
}

static void assert_silent(int64_t from, int64_t to)
{
    int64_t said_at;
    assert_int_equal(first_verdict(from, to, &said_at), SILENT);
}

static void healthy_for_the_soak_is_recovered(void **state)
{
    (void)state;
    outcome("done");
    assert_said(VERDICT_RECOVERED, 60, 0, 100);
}

static void the_soak_begins_anew_after_a_break(void **state)
{
    (void)state;
    outcome("already");
    assert_silent(0, 50);
    test.deployment.available = 2;
    assert_silent(51, 52);
    test.deployment.available = 3;
    assert_said(VERDICT_RECOVERED, 113, 53, 200);
}

static void healthy_is_what_rollout_status_waits_for(void **state)
{
    (void)state;
    struct controller_facts *const deployment = &test.deployment;
    outcome("done");
    deployment->observed_generation = 1;
    assert_silent(0, 100);
    deployment->observed_generation = 2;
    deployment->updated = 2;
    assert_silent(101, 170);
    deployment->updated = 3;
    deployment->status_replicas =
        4; /* an old pod is still there: the old ones may have kept it available all along */
    assert_silent(171, 240);
    deployment->status_replicas = 3;
    assert_said(VERDICT_RECOVERED, 301, 241, 400);
}

/* As after the eviction of a crashing pod, which was ready for an instant. */
static void what_its_controller_counts_must_be_ready_as_a_pod(void **state)
{
    (void)state;
    struct pod_facts old = test.pods[1];
    struct container_facts app = test.containers[1];
    outcome("done");
    test.pods[1].phase = "Pending";
    test.pods[1].created_ms = T0;
    test.pods[1].ready = 0;
    test.pods[1].ready_since_ms = 0;
    test.containers[1].state = CONTAINER_WAITING;
    test.containers[1].reason = "ContainerCreating";
    test.containers[1].ready = 0;
    assert_silent(0, 100);
    test.pods[1] = old;
    test.containers[1] = app;
    assert_said(VERDICT_RECOVERED, 161, 101, 200);
}

static void what_fails_or_has_not_proven_itself_is_not_healthy(void **state)
{
    (void)state;
    outcome("done");
    break_run(&test, 0, "Error", 1, 5);
    run_again(&test, 0, 1, 0);
    test.containers[0].last.finished_ms = T0;
    assert_silent(0, 299); /* 320 s to prove itself after five restarts */
}

static void not_healthy_at_the_deadline_is_unchanged(void **state)
{
    (void)state;
    outcome("done");
    break_image(&test, 0); /* the same pod as before */
    assert_said(VERDICT_UNCHANGED, 300, 0, 400);
}

static void a_soak_that_has_begun_may_end_after_the_deadline(void **state)
{
    (void)state;
    outcome("done");
    break_image(&test, 0);
    assert_silent(0, 280);
    test.containers[0] = healthy_container();
    test.pods[0].ready = 1;
    assert_said(VERDICT_RECOVERED, 341, 281, 400);
}

static void pods_of_the_actions_making_that_fail_need_no_deadline(void **state)
{
    (void)state;
    outcome("done");
    break_image(&test, 2);
    test.pods[2].created_ms = T0;
    assert_said(VERDICT_UNCHANGED, 30, 0, 100);
}

static void a_crash_loop_of_the_actions_making_flickers(void **state)
{
    (void)state;
    outcome("done");
    break_run(&test, 2, "Error", 1, 3);
    test.containers[2].last.finished_ms = T0;
    test.pods[2].created_ms = T0 + SECOND_MS;
    assert_silent(5, 15);
    run_again(&test, 2, 1, 0);
    test.containers[2].started_ms = T0 + 16 * SECOND_MS;
    assert_silent(16, 40); /* running: let us see */
    break_run(&test, 2, "Error", 1, 4);
    assert_said(VERDICT_UNCHANGED, 41, 41, 60);
}

static void more_failing_or_fewer_available_is_worse(void **state)
{
    (void)state;
    outcome("done"); /* of a lap that began with one failing and two available */
    break_image(&test, 0);
    break_image(&test, 1);
    assert_said(VERDICT_WORSE, 300, 0, 400);
    test_workload_open(&test, 4); /* a rollout under way: as many available, but more failing */
    break_image(&test, 0);
    break_image(&test, 1);
    assert_said(VERDICT_WORSE, 300, 0, 400);
    test_workload_open(&test, 3);
    outcome("failed");
    break_image(&test, 0);
    test.containers[1] = healthy_container();
    test.containers[1].ready = test.pods[1].ready = 0; /* available: 1 */
    assert_said(VERDICT_WORSE, 0, 0, 10);
}

static void a_deferred_action_gets_its_next_lap_after_a_pause(void **state)
{
    (void)state;
    outcome("deferred");
    break_image(&test, 0);
    assert_said(VERDICT_UNCHANGED, 30, 0, 100);
}

static void a_failed_action_gets_its_next_lap_at_once(void **state)
{
    (void)state;
    outcome("failed");
    break_image(&test, 0);
    assert_said(VERDICT_UNCHANGED, 0, 0, 10);
}

static void what_waits_for_people_is_silent_until_it_is_healthy(void **state)
{
    (void)state;
    static const char *const results[] = {"proposed", "refused", "none"};
    for (size_t i = 0; i < COUNT_OF(results); i++) {
        outcome(results[i]);
        test_workload_open(&test, 3);
        break_image(&test, 0);
        break_image(&test, 1);
        assert_silent(0, 1000);
        test_workload_open(&test, 3);
        assert_said(VERDICT_RECOVERED, 1061, 1001, 1100);
    }
}

static void what_recovers_before_anybody_decided_is_said_too(void **state)
{
    (void)state;
    story_tell(memory, (struct story){.at_s = 0});
    break_image(&test, 0);
    assert_silent(0, 1000);
    test_workload_open(&test, 3);
    assert_said(VERDICT_RECOVERED, 1061, 1001, 1100);
}

static void a_recovery_is_said_once(void **state)
{
    (void)state;
    outcome("done");
    story_tell(memory, (struct story){.opened_s = -40, .lap = 2, .verdict = "recovered", .at_s = 60});
    assert_silent(60, 1000);
    break_image(&test, 0);
    assert_silent(1001, 2000);
}

static void a_workload_that_is_gone_needs_no_repair(void **state)
{
    (void)state;
    AUTO_STRBUF text = {0};
    AUTO_SIGHTING sighting = {0};
    outcome("none");
    sighting_of_nothing("shop", "Deployment", "web", T0, &sighting);
    assert_int_equal(verify(story_open(memory), &sighting, &options), SILENT);
    sighting.at_ms += 60 * SECOND_MS;
    assert_int_equal(verify(story_open(memory), &sighting, &options), VERDICT_RECOVERED);
    verify_explain(story_open(memory), &sighting, VERDICT_RECOVERED, &options, &text);
    assert_string_equal(text.data, "Deployment shop/web was deleted");
}

/* Nobody waits for it any more: nothing was deleted. */
static void a_registry_that_is_gone_serves_again(void **state)
{
    (void)state;
    AUTO_STRBUF text = {0};
    AUTO_SIGHTING sighting = {0};
    outcome("none");
    sighting_of_nothing(STORE_NO_NAMESPACE, STORE_REGISTRY, "reg.example.com", T0, &sighting);
    verify_explain(story_open(memory), &sighting, VERDICT_RECOVERED, &options, &text);
    assert_string_equal(text.data, "no outage of registry reg.example.com has been seen for 60 s");
}

static void a_service_that_is_back_is_there_again(void **state)
{
    (void)state;
    AUTO_STRBUF text = {0};
    AUTO_SIGHTING sighting = {0};
    story_tell(memory, (struct story){.class = CLASS_SERVICE_GONE, .detail = "app=web", .result = "none"});
    test.workload.uid = "uid-of-another";
    look_at(&test, T0, &sighting);
    verify_explain(story_open(memory), &sighting, VERDICT_RECOVERED, &options, &text);
    assert_string_equal(text.data, "Deployment shop/web is there again");
}

static void what_keeps_no_pods_is_not_told_of_by_their_number(void **state)
{
    (void)state;
    static const char *const kinds[] = {"Service", "Job", "CronJob", "StatefulSet"};
    outcome("none");
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        AUTO_STRBUF text = {0};
        AUTO_SIGHTING sighting = {0};
        AUTO_FREE char *expected =
            xasprintf("nothing is wrong with %s shop/web any more, for 60 s", kinds[i]);
        test.workload.kind = test.deployment.kind = kinds[i];
        test.workload.controller = i == 0 ? NULL : &test.deployment;
        test.workload.pod_count = 0;
        test.deployment.replicas = strcmp(kinds[i], "Job") == 0; /* its parallelism */
        look_at(&test, T0, &sighting);
        verify_explain(story_open(memory), &sighting, VERDICT_RECOVERED, &options, &text);
        assert_string_equal(text.data, expected);
    }
}

static void a_namesake_is_another_workload(void **state)
{
    (void)state;
    AUTO_STRBUF text = {0};
    AUTO_SIGHTING sighting = {0};
    outcome("none");
    test.workload.uid = "uid-of-another";
    break_image(&test, 0); /* its failure is not this incident's */
    assert_said(VERDICT_RECOVERED, 60, 0, 100);
    look_at(&test, T0, &sighting);
    assert_true(verify_is_over(story_open(memory), &sighting));
    verify_explain(story_open(memory), &sighting, VERDICT_RECOVERED, &options, &text);
    assert_string_equal(text.data, "Deployment shop/web was replaced by a new one of the same name");
}

static void without_a_deployment_all_pods_must_be_ready(void **state)
{
    (void)state;
    outcome("done");
    test.workload.controller = NULL;
    test.pods[1].ready = 0;
    assert_silent(0, 100);
    test.pods[1].ready = 1;
    assert_said(VERDICT_RECOVERED, 161, 101, 200);
}

static void assert_explained(enum verdict verdict, int64_t s, const char *expected)
{
    AUTO_STRBUF text = {0};
    AUTO_SIGHTING sighting = {0};
    look_at(&test, T0 + s * SECOND_MS, &sighting);
    verify_explain(story_open(memory), &sighting, verdict, &options, &text);
    assert_string_equal(text.data, expected);
}

static void verdicts_are_explained(void **state)
{
    (void)state;
    outcome("done");
    assert_explained(VERDICT_RECOVERED, 60,
                     "3 of 3 pods of Deployment shop/web available, and nothing has failed for 60 s, after "
                     "rollback (done)");
    break_image(&test, 0);
    assert_explained(VERDICT_UNCHANGED, 300,
                     "1 of 3 pods of Deployment shop/web still failing, 300 s after rollback (done)");
    break_image(&test, 1);
    assert_explained(
        VERDICT_WORSE, 300,
        "2 of 3 pods of Deployment shop/web still failing, worse than before (1 failing, 2 available), "
        "300 s after rollback (done)");
    test_workload_open(&test, 3);
    test.pods[0].ready = 0;
    test.pods[0].ready_since_ms = T0 + 290 * SECOND_MS;
    assert_explained(VERDICT_UNCHANGED, 300,
                     "nothing fails any more, but only 2 of 3 pods of Deployment shop/web available, 300 s "
                     "after rollback (done)");
    story_tell(memory, (struct story){
                           .opened_s = -40, .lap = 2, .verdict = "unchanged", .result = "none", .at_s = 300});
    test_workload_open(&test, 3);
    assert_explained(VERDICT_RECOVERED, 900,
                     "3 of 3 pods of Deployment shop/web available, and nothing has failed for 60 s; AegiOps "
                     "did not act again");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(healthy_for_the_soak_is_recovered),
        TEST(the_soak_begins_anew_after_a_break),
        TEST(healthy_is_what_rollout_status_waits_for),
        TEST(what_its_controller_counts_must_be_ready_as_a_pod),
        TEST(what_fails_or_has_not_proven_itself_is_not_healthy),
        TEST(not_healthy_at_the_deadline_is_unchanged),
        TEST(a_soak_that_has_begun_may_end_after_the_deadline),
        TEST(pods_of_the_actions_making_that_fail_need_no_deadline),
        TEST(a_crash_loop_of_the_actions_making_flickers),
        TEST(more_failing_or_fewer_available_is_worse),
        TEST(a_deferred_action_gets_its_next_lap_after_a_pause),
        TEST(a_failed_action_gets_its_next_lap_at_once),
        TEST(what_waits_for_people_is_silent_until_it_is_healthy),
        TEST(what_recovers_before_anybody_decided_is_said_too),
        TEST(a_recovery_is_said_once),
        TEST(a_workload_that_is_gone_needs_no_repair),
        TEST(a_registry_that_is_gone_serves_again),
        TEST(a_service_that_is_back_is_there_again),
        TEST(what_keeps_no_pods_is_not_told_of_by_their_number),
        TEST(a_namesake_is_another_workload),
        TEST(without_a_deployment_all_pods_must_be_ready),
        TEST(verdicts_are_explained),
    };
    return cmocka_run_group_tests_name("observer/verify", tests, NULL, NULL);
}
