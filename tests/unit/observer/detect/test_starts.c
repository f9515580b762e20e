/* SPDX-License-Identifier: Apache-2.0 */
/* config_missing, create_error, start_error: a container that has its image and yet does not run. */
#include "common/base/clock.h"
#include "common/schema/classes.h"
#include "tests/unit/observer/workload.h"

static struct test_workload test;

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

static void waits_for(const char *reason)
{
    break_image(&test, 0);
    test.containers[0].reason = reason;
}

/* ---- Configuration and creation ---- */

static void each_reason_has_its_class(void **state)
{
    (void)state;
    static const char *const reasons[][2] = {
        {"CreateContainerConfigError", CLASS_CONFIG}, {"CreateContainerError", CLASS_CREATE},
        {"PreCreateHookError", CLASS_CREATE},         {"PreStartHookError", CLASS_CREATE},
        {"PostStartHookError", CLASS_CREATE},         {"RunContainerError", CLASS_START},
    };
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        waits_for(reasons[i][0]);
        assert_seen(&test, reasons[i][1], CONDITION_FAILING);
        test.containers[0].init = 1;
        assert_seen(&test, reasons[i][1], CONDITION_FAILING);
        test.pods[0].deleted_ms = T0;
        assert_seen(&test, NULL, CONDITION_WELL);
        test.pods[0].deleted_ms = 0;
    }
    waits_for("CreatePodSandboxError"); /* the pod's, not the container's */
    assert_seen(&test, NULL, CONDITION_WELL);
}

/* A Job counts only pods that have failed; what never starts waits for ever. */
static void a_job_waits_for_ever_for_what_it_is_configured_with(void **state)
{
    (void)state;
    test.pods[0].owner.kind = "Job";
    test.pods[0].restart_policy = "Never";
    waits_for("CreateContainerConfigError");
    assert_seen(&test, CLASS_CONFIG, CONDITION_FAILING);
    waits_for("CreateContainerError");
    assert_seen(&test, CLASS_CREATE, CONDITION_FAILING);
}

/* As a kubelet of 1.36 shows it: waiting PostStartHookError and CrashLoopBackOff in turns, with the end of a run that was
 * killed for its hook. */
static void a_failed_hook_is_known_by_its_event_in_between(void **state)
{
    (void)state;
    break_run(&test, 0, "Completed", 0, 2);
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
    warn(&test, 0, "FailedPostStartHook", "PostStartHook failed", T0 - 10 * SECOND_MS);
    assert_seen(&test, CLASS_CREATE, CONDITION_FAILING);
    run_again(&test, 0, 0, SECOND_MS);
    assert_seen(&test, CLASS_CREATE, CONDITION_UNPROVEN);
    break_run(&test, 0, "Error", 1, 2); /* the program's own end, a minute and more after the hook's */
    test.containers[0].last.finished_ms = T0 + 55 * SECOND_MS;
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
}

/* ---- Start ---- */

/* Waiting RunContainerError beside a run that never was, from the first try on; then backed off. */
static void a_program_that_cannot_be_run_has_never_started(void **state)
{
    (void)state;
    static const char *const reasons[] = {"StartError", "ContainerCannotRun"};
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        break_run(&test, 0, reasons[i], 128, 0);
        test.containers[0].reason = "RunContainerError";
        assert_seen(&test, CLASS_START, CONDITION_FAILING);
        test.containers[0].reason = "CrashLoopBackOff";
        test.containers[0].restarts = 1;
        assert_seen(&test, CLASS_START, CONDITION_FAILING);
        end_now(&test, 0, 0, reasons[i], 128); /* as other runtimes show it */
        assert_seen(&test, CLASS_START, CONDITION_FAILING);
    }
}

static void what_a_shell_says_counts_when_it_says_it_again(void **state)
{
    (void)state;
    for (int code = 126; code <= 127; code++) {
        end_now(&test, 0, 0, "Error", code);
        assert_seen(&test, NULL, CONDITION_WELL);
        end_now(&test, 0, 1, "Error", code);
        assert_seen(&test, CLASS_START, CONDITION_FAILING);
    }
    end_now(&test, 0, 1, "Error", 125);
    assert_seen(&test, CLASS_CRASH_LOOP, CONDITION_FAILING);
}

static void it_is_over_when_the_program_runs_after_all(void **state)
{
    (void)state;
    break_run(&test, 0, "StartError", 128, 1);
    run_again(&test, 0, 1, 5 * SECOND_MS);
    assert_seen(&test, CLASS_START, CONDITION_UNPROVEN);
    run_again(&test, 0, 1, 21 * SECOND_MS);
    assert_seen(&test, NULL, CONDITION_WELL);
}

static void old_scars_are_history(void **state)
{
    (void)state;
    break_run(&test, 0, "StartError", 128, 9);
    run_again(&test, 0, 0, 5 * SECOND_MS);
    test.containers[0].last.finished_ms = T0 - 31 * MINUTE_MS;
    assert_seen(&test, NULL, CONDITION_WELL);
}

/* A run that cannot start is one of those that a Job tries again. */
static void a_job_judges_its_runs_itself(void **state)
{
    (void)state;
    test.pods[0].owner.kind = "Job";
    break_run(&test, 0, "StartError", 128, 2);
    assert_seen(&test, NULL, CONDITION_WELL);
    test.containers[0].reason = "RunContainerError";
    assert_seen(&test, NULL, CONDITION_WELL);
    end_now(&test, 0, 2, "Error", 127);
    assert_seen(&test, NULL, CONDITION_WELL);
}

static void each_is_described(void **state)
{
    (void)state;
    waits_for("CreateContainerConfigError");
    assert_described(
        &test, "be configured: a ConfigMap, Secret, key or setting that container app needs is not there");
    waits_for("CreateContainerError");
    assert_described(&test, "start: the runtime cannot create container app");
    waits_for("PostStartHookError");
    test.containers[0].restarts = 3;
    assert_described(&test, "start: a hook around the start of container app fails (restarts: 3)");
    break_run(&test, 0, "StartError", 128, 2);
    assert_described(&test, "start: the program of container app cannot be run (restarts: 2)");
    end_now(&test, 0, 4, "Error", 127);
    assert_described(&test, "start: the program of container app is not found (exit code 127, restarts: 4)");
    end_now(&test, 0, 4, "Error", 126);
    assert_described(&test,
                     "start: the program of container app may not be executed (exit code 126, restarts: 4)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_three, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_reason_has_its_class),
        TEST(a_job_waits_for_ever_for_what_it_is_configured_with),
        TEST(a_failed_hook_is_known_by_its_event_in_between),
        TEST(a_program_that_cannot_be_run_has_never_started),
        TEST(what_a_shell_says_counts_when_it_says_it_again),
        TEST(it_is_over_when_the_program_runs_after_all),
        TEST(old_scars_are_history),
        TEST(a_job_judges_its_runs_itself),
        TEST(each_is_described),
    };
    return cmocka_run_group_tests_name("observer/detect/starts", tests, NULL, NULL);
}
