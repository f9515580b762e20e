/* SPDX-License-Identifier: Apache-2.0 */
/* oom_killed, liveness, init_failed, sidecar_failed, crash_loop: a container that has run and does not go on. */
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/schema/classes.h"
#include "tests/unit/observer/workload.h"

#define LIVENESS_SAYS "Liveness probe failed: HTTP probe failed with statuscode: 404"
#define STARTUP_SAYS "Startup probe failed: dial tcp 10.88.7.19:8080: connect: connection refused"

static struct test_workload test;
static struct container_facts *const app = &test.containers[0];

static int open_three(void **state)
{
    (void)state;
    clock_fix(T0);
    test_workload_open(&test, 3);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    forget_all();
    clock_fix(-1);
    return 0;
}

/* It has run for so long after three ends, which were each so long after the one before. */
static void loop(const char *reason, int exit_code, int64_t between_ms, int64_t ran_ms)
{
    break_run(&test, 0, reason, exit_code, 3);
    run_again(&test, 0, 1, ran_ms);
    app->last.finished_ms = app->started_ms;
    app->earlier_ms[0] = app->last.finished_ms - between_ms;
    app->earlier_ms[1] = app->earlier_ms[0] - between_ms;
}

/* ---- What all have in common ---- */

static void a_loop_fails_while_it_waits_and_while_it_has_ended(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 1, 2);
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
    app->last.reason = ""; /* even without an account of the run before */
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
    end_now(&test, 0, 0, "Error", 1);
    app->last = app->now;
    assert_seen(&test, NULL, CONDITION_WELL); /* a first end is answered at once */
    end_now(&test, 0, 1, "Error", 1);
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
}

static void a_run_after_an_end_has_to_prove_itself(void **state)
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
    static const char *const reasons[][2] = {{"Error", CLASS_CRASH_LOOP}, {"OOMKilled", CLASS_OOM_KILLED}};
    for (size_t i = 0; i < 2 * COUNT_OF(cases); i++) {
        const char *const *reason = reasons[i % 2];
        break_run(&test, 0, reason[0], 137, cases[i / 2].restarts);
        run_again(&test, 0, cases[i / 2].ready, cases[i / 2].ran_ms);
        app->last.finished_ms = app->started_ms;
        assert_int_equal(condition_of(&test, reason[1]),
                         cases[i / 2].expected); /* it may be unready besides */
    }
}

/* Kubelets may be set to restart at once, and some restarts are never seen: what counts is that they were three. */
static void three_ends_in_ten_minutes_are_a_loop_even_while_it_runs(void **state)
{
    (void)state;
    loop("Error", 1, 26 * SECOND_MS, 5 * SECOND_MS);
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
    loop("Error", 1, 26 * SECOND_MS, 26 * SECOND_MS);
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
    loop("Error", 1, 26 * SECOND_MS, 27 * SECOND_MS); /* longer than ever: there is hope */
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_UNPROVEN);
    loop("Error", 1, 26 * SECOND_MS, 80 * SECOND_MS);
    assert_seen(&test, NULL, CONDITION_WELL);
    loop("Error", 1, 4 * MINUTE_MS,
         3 * MINUTE_MS); /* longer than a back-off, and yet only as long as always */
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
    loop("Error", 1, 5 * MINUTE_MS + SECOND_MS, SECOND_MS); /* three in more than ten minutes */
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_UNPROVEN);
    loop("Error", 1, 26 * SECOND_MS, 5 * SECOND_MS);
    app->earlier_ms[1] = 0; /* only two that are known of */
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_UNPROVEN);
}

static void old_scars_are_history(void **state)
{
    (void)state;
    static const char *const reasons[] = {"Error", "OOMKilled"};
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        break_run(&test, 0, reasons[i], 137, 40);
        run_again(&test, 0, 0, 5 * SECOND_MS); /* its node has just come back, say */
        app->last.finished_ms = T0 - 31 * MINUTE_MS;
        assert_seen(&test, NULL, CONDITION_WELL);
        app->last.finished_ms = T0 - 29 * MINUTE_MS;
        assert_int_not_equal(condition_of(&test, i ? CLASS_OOM_KILLED : CLASS_CRASH_LOOP), CONDITION_WELL);
    }
}

/* After its node has come back a container is made anew. */
static void what_is_being_made_again_is_not_a_loop(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 255, 1);
    app->reason = "ContainerCreating";
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_UNPROVEN);
}

static void a_job_judges_its_runs_itself(void **state)
{
    (void)state;
    test.pods[0].owner.kind = "Job";
    test.pods[0].restart_policy = "OnFailure";
    for (int init = 0; init <= 1; init++) {
        app->init = init;
        break_run(&test, 0, "Error", 1, 4);
        assert_seen(&test, NULL, CONDITION_WELL);
        break_run(&test, 0, "OOMKilled", 137, 4);
        assert_seen(&test, NULL, CONDITION_WELL);
        warn(&test, 0, "Unhealthy", LIVENESS_SAYS, T0 - 6 * SECOND_MS);
        break_run(&test, 0, "Error", 137, 4);
        assert_seen(&test, NULL, CONDITION_WELL);
    }
}

static void what_has_ended_or_is_going_is_left_alone(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 1, 4);
    test.pods[0].phase = "Succeeded";
    assert_seen(&test, NULL, CONDITION_WELL);
    test.pods[0].phase = "Failed";
    assert_seen(&test, NULL, CONDITION_WELL);
    test.pods[0].phase = "Running";
    test.pods[0].deleted_ms = T0 + 30 * SECOND_MS;
    assert_seen(&test, NULL, CONDITION_WELL);
}

/* ---- Ends that are meant ---- */

static void ending_well_is_wrong_only_where_it_should_go_on(void **state)
{
    (void)state;
    static const char *const policies[] = {"OnFailure", "Never"};
    end_now(&test, 0, 3, "Completed", 0);
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        test.pods[0].restart_policy = policies[i];
        assert_seen(&test, NULL, CONDITION_WELL);
        app->restart_policy = "Always"; /* its own counts */
        assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
        app->restart_policy = test.pods[0].restart_policy = "";
        app->restart_policy = policies[i];
        assert_seen(&test, NULL, CONDITION_WELL);
        app->restart_policy = "";
    }
    test.pods[0].owner.kind = ""; /* a bare pod may be meant to end */
    assert_seen(&test, NULL, CONDITION_WELL);
    end_now(&test, 0, 3, "Error", 2);
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
}

static void a_restart_that_a_rule_provides_for_is_no_failure(void **state)
{
    (void)state;
    end_now(&test, 0, 3, "Error", 42);
    app->planned = 1;
    assert_seen(&test, NULL, CONDITION_WELL);
    app->planned = 0;
    test.pods[0].restarting = 1;
    assert_seen(&test, NULL, CONDITION_WELL);
    break_run(&test, 0, "Error", 42, 3); /* whatever else such a pod shows meanwhile */
    assert_seen(&test, NULL, CONDITION_WELL);
    test.pods[0].restarting = 0;
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
    app->planned = 1; /* a kubelet that backs off calls it a loop all the same */
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
}

static void a_container_that_went_with_all_others_did_not_fail(void **state)
{
    (void)state;
    break_run(&test, 0, "RestartingAllContainers", 137, 4);
    app->reason = "RestartingAllContainers";
    assert_seen(&test, NULL, CONDITION_WELL);
    run_again(&test, 0, 1, SECOND_MS);
    assert_seen(&test, NULL, CONDITION_WELL);
}

/* ---- Memory ---- */

static void memory_explains_the_crash_loop(void **state)
{
    (void)state;
    break_run(&test, 0, "OOMKilled", 137, 2);
    assert_seen(&test, CLASS_OOM_KILLED, CONDITION_FAILING);
    end_now(&test, 0, 3, "Error", 1); /* the last thing it did, and yet the kill before was the kernel's */
    assert_seen(&test, CLASS_OOM_KILLED, CONDITION_FAILING);
}

static void the_kernels_word_counts_whatever_the_exit_code(void **state)
{
    (void)state;
    end_now(&test, 0, 0, "OOMKilled", 0);
    assert_seen(&test, CLASS_OOM_KILLED, CONDITION_FAILING);
    end_now(&test, 0, 1, "Error", 137); /* killed by somebody else */
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
}

static void init_containers_and_sidecars_need_memory_too(void **state)
{
    (void)state;
    end_now(&test, 0, 1, "OOMKilled", 137);
    app->init = 1;
    assert_seen(&test, CLASS_OOM_KILLED, CONDITION_FAILING);
    app->sidecar = 1;
    assert_seen(&test, CLASS_OOM_KILLED, CONDITION_FAILING);
}

static void one_kill_is_over_when_the_container_runs_well(void **state)
{
    (void)state;
    break_run(&test, 0, "OOMKilled", 137, 1);
    run_again(&test, 0, 1, 5 * SECOND_MS);
    assert_seen(&test, CLASS_OOM_KILLED, CONDITION_UNPROVEN);
    run_again(&test, 0, 1, 25 * SECOND_MS);
    assert_seen(&test, NULL, CONDITION_WELL);
}

/* ---- Probes ---- */

static void a_probes_kill_is_known_by_its_event_whatever_the_exit_code(void **state)
{
    (void)state;
    static const struct {
        const char *reason;
        int exit_code;
    } ends[] = {{"Completed", 0}, {"Error", 137}, {"Error", 143}, {"Error", 1}};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        break_run(&test, 0, ends[i].reason, ends[i].exit_code, 2);
        forget_all();
        assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
        warn(&test, 0, "Unhealthy", LIVENESS_SAYS, app->last.finished_ms - SECOND_MS);
        assert_seen(&test, CLASS_LIVENESS, CONDITION_FAILING);
        app->sidecar = app->init = 1;
        assert_seen(&test, CLASS_LIVENESS, CONDITION_FAILING);
        app->sidecar = app->init = 0;
        forget_all();
        warn(&test, 0, "Unhealthy", STARTUP_SAYS, app->last.finished_ms - SECOND_MS);
        assert_seen(&test, CLASS_LIVENESS, CONDITION_FAILING);
    }
}

/* Between two kills it runs, and is ready: measured with a program that is well for 20 s. */
static void a_pod_that_is_ready_may_be_in_a_loop_of_kills(void **state)
{
    (void)state;
    warn(&test, 0, "Unhealthy", LIVENESS_SAYS, T0 - 11 * SECOND_MS);
    loop("Error", 137, 26 * SECOND_MS, 10 * SECOND_MS);
    assert_true(test.pods[0].ready);
    assert_seen(&test, CLASS_LIVENESS, CONDITION_FAILING);
    app->earlier_ms[0] = app->earlier_ms[1] = 0;
    app->restarts = 1; /* once is what probes are for */
    assert_seen(&test, CLASS_LIVENESS, CONDITION_UNPROVEN);
}

static void other_warnings_are_no_kills(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 137, 2);
    warn(&test, 0, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404", T0);
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
    warn(&test, 0, "BackOff", LIVENESS_SAYS, T0); /* no kubelet's word about a probe */
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
    warn(&test, 1, "Unhealthy", LIVENESS_SAYS, T0); /* another pod's */
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
    app->name = "other";
    warn(&test, 0, "Unhealthy", LIVENESS_SAYS, T0); /* another container's */
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
}

/* A kubelet that has said much about a pod says little more; but a program's own code is its own unless it was just said. */
static void how_old_a_complaint_may_be_depends_on_the_exit_code(void **state)
{
    (void)state;
    static const struct {
        int exit_code;
        int64_t before_ms;
        const char *class;
    } cases[] = {
        {137, 29 * MINUTE_MS, CLASS_LIVENESS}, {143, 29 * MINUTE_MS, CLASS_LIVENESS},
        {0, 29 * MINUTE_MS, CLASS_LIVENESS},   {137, 31 * MINUTE_MS, CLASS_CRASH_LOOP},
        {2, 59 * SECOND_MS, CLASS_LIVENESS},   {2, 61 * SECOND_MS, CLASS_CRASH_LOOP},
        {137, -5 * SECOND_MS, CLASS_LIVENESS}, /* it fails again */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        break_run(&test, 0, "Error", cases[i].exit_code, 2);
        warn(&test, 0, "Unhealthy", LIVENESS_SAYS, app->last.finished_ms - cases[i].before_ms);
        assert_seen(&test, cases[i].class, CONDITION_FAILING);
        forget_all();
    }
}

static void memory_is_stronger_than_a_probe_that_failed_for_it(void **state)
{
    (void)state;
    break_run(&test, 0, "OOMKilled", 137, 2);
    warn(&test, 0, "Unhealthy", LIVENESS_SAYS, T0 - 6 * SECOND_MS);
    assert_seen(&test, CLASS_OOM_KILLED, CONDITION_FAILING);
}

static void a_probe_that_fails_without_a_restart_is_nothing_yet(void **state)
{
    (void)state;
    warn(&test, 0, "Unhealthy", LIVENESS_SAYS, T0 - SECOND_MS);
    assert_seen(&test, NULL, CONDITION_WELL);
}

/* ---- Init containers ---- */

static void open_init(int i, const char *policy)
{
    test.pods[i].phase = "Pending";
    test.pods[i].restart_policy = policy;
    test.containers[i].init = 1;
}

static void an_init_container_that_fails_again_keeps_the_pod_from_its_work(void **state)
{
    (void)state;
    open_init(0, "");
    end_now(&test, 0, 0, "Error", 4);
    assert_seen(&test, NULL, CONDITION_WELL); /* once is not again */
    end_now(&test, 0, 1, "Error", 4);
    assert_seen(&test, CLASS_INIT, CONDITION_FAILING);
    break_run(&test, 0, "Error", 4, 2);
    assert_seen(&test, CLASS_INIT, CONDITION_FAILING);
    run_again(&test, 0, 0, 5 * SECOND_MS);
    assert_seen(&test, CLASS_INIT, CONDITION_UNPROVEN);
    app->last.finished_ms = T0 - 31 * MINUTE_MS;
    assert_seen(&test, NULL, CONDITION_WELL);
}

static void one_that_gets_through_in_the_end_is_well(void **state)
{
    (void)state;
    open_init(0, "");
    break_run(&test, 0, "Error", 4, 3);
    end_now(&test, 0, 4, "Completed", 0);
    assert_seen(&test, NULL, CONDITION_WELL);
}

static void where_nothing_is_tried_again_one_failure_fails_the_pod(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    open_init(0, "Never");
    end_now(&test, 0, 0, "Error", 4);
    assert_seen(&test, NULL, CONDITION_WELL); /* the kubelet is about to say so */
    test.pods[0].phase = "Failed";
    assert_seen(&test, CLASS_INIT, CONDITION_FAILING);
    look_at(&test, T0, &sighting);
    assert_int_equal(sighting_worst(&sighting)->failed_ms, T0 - SECOND_MS);
    assert_described(&test, "be initialized: init container app has failed, and is not tried again");
}

static void a_pod_that_failed_for_something_else_is_not_its_init_containers_fault(void **state)
{
    (void)state;
    open_init(0, "Never");
    end_now(&test, 0, 0, "Error", 137);
    test.pods[0].phase = "Failed";
    test.pods[0].reason = "Evicted";
    assert_seen(&test, NULL, CONDITION_WELL);
    test.pods[0].reason = "";
    test.pods[0].disruption = "PreemptionByScheduler";
    assert_seen(&test, NULL, CONDITION_WELL);
    test.pods[0].disruption = "";
    test.pods[0].deleted_ms = T0;
    assert_seen(&test, NULL, CONDITION_WELL);
    test.pods[0].deleted_ms = 0;
    test.pods[0].owner.kind = "Job";
    assert_seen(&test, NULL, CONDITION_WELL);
    test.pods[0].owner.kind = "";
    app->now.exit_code = 0; /* it got through: another container failed */
    assert_seen(&test, NULL, CONDITION_WELL);
    app->now.exit_code = 1;
    app->now.finished_ms = T0 - 31 * MINUTE_MS;
    assert_seen(&test, NULL, CONDITION_WELL);
    app->now.finished_ms = T0 - 29 * MINUTE_MS;
    assert_seen(&test, CLASS_INIT, CONDITION_FAILING);
}

/* ---- Sidecars ---- */

static void a_sidecar_has_to_stay_however_it_ends(void **state)
{
    (void)state;
    app->init = app->sidecar = 1;
    end_now(&test, 0, 0, "Error", 5);
    assert_seen(&test, NULL, CONDITION_WELL);
    end_now(&test, 0, 1, "Error", 5);
    assert_seen(&test, CLASS_SIDECAR, CONDITION_FAILING);
    end_now(&test, 0, 1, "Completed", 0);
    assert_seen(&test, CLASS_SIDECAR, CONDITION_FAILING);
    run_again(&test, 0, 1, 5 * SECOND_MS);
    app->last = (struct termination){"Error", 5, T0 - 6 * SECOND_MS};
    assert_seen(&test, CLASS_SIDECAR, CONDITION_UNPROVEN);
    run_again(&test, 0, 1, 25 * SECOND_MS);
    assert_seen(&test, NULL, CONDITION_WELL);
}

static void the_pods_own_container_may_be_ready_meanwhile(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    struct container_facts both[] = {healthy_container(), healthy_container()};
    break_run(&test, 0, "Error", 5, 3);
    both[0] = *app;
    both[0].name = "proxy";
    both[0].init = both[0].sidecar = 1;
    test.pods[0].containers = both;
    test.pods[0].container_count = 2;
    look_at(&test, T0, &sighting);
    assert_int_equal(sighting.finding_count, 1);
    assert_string_equal(sighting.findings[0].detector->class, CLASS_SIDECAR);
    assert_string_equal(sighting.findings[0].samples[0].container.name, "proxy");
}

/* ---- Words ---- */

static void each_is_described(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 2, 5);
    assert_described(&test, "stay up: container app ends with exit code 2 (restarts: 5)");
    app->last.reason = "";
    assert_described(&test, "stay up: container app restarts again and again (5 times)");
    break_run(&test, 0, "OOMKilled", 137, 5);
    assert_described(&test, "stay within the memory limit: container app is OOM killed (restarts: 5)");
    app->init = 1;
    break_run(&test, 0, "Error", 4, 5);
    assert_described(&test, "be initialized: init container app ends with exit code 4 (restarts: 5)");
    app->sidecar = 1;
    assert_described(&test, "keep sidecar app up: it ends with exit code 4 (restarts: 5)");
    app->init = app->sidecar = 0;
    warn(&test, 0, "Unhealthy", LIVENESS_SAYS, T0 - 6 * SECOND_MS);
    assert_described(&test,
                     "stay up: container app is killed because its liveness probe fails (restarts: 5)");
    forget_all();
    warn(&test, 0, "Unhealthy", STARTUP_SAYS, T0 - 6 * SECOND_MS);
    assert_described(&test, "stay up: container app is killed because its startup probe fails (restarts: 5)");
}

/* ---- Many ---- */

#define CROWD 500

static void five_hundred_replicas_that_crash_are_one_finding(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    AUTO_FREE struct pod_facts *pods = xcalloc(CROWD, sizeof *pods);
    AUTO_FREE const struct pod_facts **list = xcalloc(CROWD, sizeof *list);
    break_run(&test, 0, "Error", 1, 3);
    for (int i = 0; i < CROWD; i++) {
        pods[i] = test.pods[0];
        pods[i].name = i ? "another" : "oldest";
        pods[i].created_ms += i;
        list[i] = &pods[i];
    }
    test.deployment.replicas = CROWD;
    test.workload.pods = list;
    test.workload.pod_count = CROWD;
    look_at(&test, T0, &sighting);
    assert_int_equal(sighting.finding_count, 1);
    assert_int_equal(sighting.findings[0].affected, CROWD);
    assert_int_equal(sighting.findings[0].sample_count, 3);
    assert_string_equal(sighting.findings[0].first.pod.name, "oldest");
    assert_int_equal(sighting.sick, CROWD);
    assert_int_equal(sighting.available, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_three, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_loop_fails_while_it_waits_and_while_it_has_ended),
        TEST(a_run_after_an_end_has_to_prove_itself),
        TEST(three_ends_in_ten_minutes_are_a_loop_even_while_it_runs),
        TEST(old_scars_are_history),
        TEST(what_is_being_made_again_is_not_a_loop),
        TEST(a_job_judges_its_runs_itself),
        TEST(what_has_ended_or_is_going_is_left_alone),
        TEST(ending_well_is_wrong_only_where_it_should_go_on),
        TEST(a_restart_that_a_rule_provides_for_is_no_failure),
        TEST(a_container_that_went_with_all_others_did_not_fail),
        TEST(memory_explains_the_crash_loop),
        TEST(the_kernels_word_counts_whatever_the_exit_code),
        TEST(init_containers_and_sidecars_need_memory_too),
        TEST(one_kill_is_over_when_the_container_runs_well),
        TEST(a_probes_kill_is_known_by_its_event_whatever_the_exit_code),
        TEST(a_pod_that_is_ready_may_be_in_a_loop_of_kills),
        TEST(other_warnings_are_no_kills),
        TEST(how_old_a_complaint_may_be_depends_on_the_exit_code),
        TEST(memory_is_stronger_than_a_probe_that_failed_for_it),
        TEST(a_probe_that_fails_without_a_restart_is_nothing_yet),
        TEST(an_init_container_that_fails_again_keeps_the_pod_from_its_work),
        TEST(one_that_gets_through_in_the_end_is_well),
        TEST(where_nothing_is_tried_again_one_failure_fails_the_pod),
        TEST(a_pod_that_failed_for_something_else_is_not_its_init_containers_fault),
        TEST(a_sidecar_has_to_stay_however_it_ends),
        TEST(the_pods_own_container_may_be_ready_meanwhile),
        TEST(each_is_described),
        TEST(five_hundred_replicas_that_crash_are_one_finding),
    };
    return cmocka_run_group_tests_name("observer/detect/ends", tests, NULL, NULL);
}
