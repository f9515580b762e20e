/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs that have failed, and those that do not end; alone and as a CronJob's. */
#include "tests/unit/observer/detect/objects.h"

static struct controller_facts job_of(const char *name, int64_t started_ms, const char *cron_job)
{
    struct controller_facts job = {.kind = "Job",
                                   .ns = "shop",
                                   .name = name,
                                   .uid = name,
                                   .replicas = 1,
                                   .active = 1,
                                   .created_ms = started_ms,
                                   .started_ms = started_ms};
    if (*cron_job)
        job.owner = (struct owner){"batch/v1", "CronJob", cron_job, "uid-of-cron"};
    facts_fill(STORE_JOBS, &job);
    return job;
}

static void put_failed(const char *name, const char *cron_job, int64_t since_ms)
{
    struct controller_facts job = job_of(name, since_ms - MINUTE_MS, cron_job);
    job.active = 0;
    job.failed = 3;
    job.failure = (struct complaint){"BackoffLimitExceeded", "", since_ms};
    put_controller(&job);
}

static void put_succeeded(const char *name, const char *cron_job, int64_t started_ms, int64_t took_ms)
{
    struct controller_facts job = job_of(name, started_ms, cron_job);
    job.active = 0;
    job.completed_ms = started_ms + took_ms;
    put_controller(&job);
}

static void put_cron_job(int64_t last_success_ms)
{
    struct controller_facts cron = {.kind = "CronJob",
                                    .ns = "shop",
                                    .name = "backup",
                                    .uid = "uid-of-cron",
                                    .completed_ms = last_success_ms};
    put_controller(&cron);
}

static void every_way_to_fail_for_good_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *reason, *words;
    } cases[] = {
        {"BackoffLimitExceeded",
         "finish: its pods failed more often than its backoffLimit allows (failed pods: 3)"},
        {"DeadlineExceeded", "finish: it did not end within its activeDeadlineSeconds (failed pods: 3)"},
        {"PodFailurePolicy",
         "finish: a pod failed in a way that its podFailurePolicy does not try again (failed pods: 3)"},
        {"MaxFailedIndexesExceeded",
         "finish: more of its indexes failed than its maxFailedIndexes allows (failed pods: 3)"},
        {"FailedIndexes", "finish: some of its indexes failed (failed pods: 3)"},
        {"SomethingNew", "finish: SomethingNew (failed pods: 3)"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct controller_facts job = job_of("import", T0 - MINUTE_MS, "");
        job.failed = 3;
        job.failure = (struct complaint){cases[i].reason, "", T0 - 5 * SECOND_MS};
        put_controller(&job);
        assert_told("Job", "import", (struct told){CLASS_JOB_FAILED, cases[i].words, T0 - 5 * SECOND_MS, 3});
    }
}

static void a_job_that_still_tries_is_quiet(void **state)
{
    (void)state;
    struct controller_facts job = job_of("import", T0 - HOUR_MS, "");
    job.failed = 5;
    put_controller(&job);
    struct pod_facts pod = pod_of(&job, "import-x");
    pod.phase = "Failed";
    pod.ready = 0;
    put_pod(&pod);
    assert_quiet("Job", "import");
    job.paused = 1;
    job.active = 0;
    put_controller(&job);
    assert_quiet("Job", "import");
}

static void an_old_failure_is_history_unless_it_is_open(void **state)
{
    (void)state;
    put_failed("import", "", T0 - 31 * MINUTE_MS);
    assert_quiet("Job", "import");
    remember(CLASS_JOB_FAILED, "");
    assert_told("Job", "import",
                (struct told){CLASS_JOB_FAILED,
                              "finish: its pods failed more often than its backoffLimit allows (failed pods: "
                              "3)",
                              T0 - 31 * MINUTE_MS, 3});
}

static void the_newest_pod_that_failed_is_the_witness(void **state)
{
    (void)state;
    put_failed("import", "", T0 - SECOND_MS);
    struct controller_facts job = job_of("import", 0, "");
    struct container_facts containers[] = {
        {.name = "setup", .state = CONTAINER_TERMINATED, .now = {.reason = "Completed"}},
        {.name = "app", .state = CONTAINER_TERMINATED, .now = {.reason = "Error", .exit_code = 3}},
        {.name = "helper", .state = CONTAINER_TERMINATED, .now = {.reason = "Completed"}},
    };
    static const char *const names[] = {"import-a", "import-b", "import-c"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct pod_facts pod = pod_of(&job, names[i]);
        pod.created_ms = T0 - (int64_t)(5 - i) * SECOND_MS;
        pod.phase = i < 2 ? "Failed" : "Succeeded";
        pod.ready = 0;
        pod.containers = containers;
        pod.container_count = COUNT_OF(containers);
        put_pod(&pod);
    }
    AUTO_SIGHTING sighting = {0};
    look_at_object("shop", "Job", "import", T0, &sighting);
    const struct finding *finding = sighting_worst(&sighting);
    assert_string_equal(finding->detector->class, CLASS_JOB_FAILED);
    assert_int_equal(finding->sample_count, 1);
    assert_string_equal(finding->samples[0].pod.name, "import-b");
    assert_string_equal(finding->samples[0].container.name, "app");
    assert_string_equal(finding->first.pod.uid, ""); /* the id is the Job's, whichever pods are left */
    assert_int_equal(sighting.sick, 0);
}

static void of_a_cron_job_only_the_newest_end_counts(void **state)
{
    (void)state;
    struct told told = {CLASS_JOB_FAILED,
                        "finish Job backup-2: its pods failed more often than its backoffLimit allows "
                        "(failed pods: 3)",
                        T0 - MINUTE_MS, 3};
    put_cron_job(0);
    put_failed("backup-1", "backup", T0 - 10 * MINUTE_MS);
    put_succeeded("backup-3", "backup", T0 - 9 * MINUTE_MS, MINUTE_MS);
    assert_quiet("CronJob", "backup"); /* it failed once, some time ago */
    put_failed("backup-2", "backup", T0 - MINUTE_MS);
    assert_told("CronJob", "backup", told);
    struct controller_facts next = job_of("backup-4", T0 - SECOND_MS, "backup");
    put_controller(&next); /* it tries again: nothing is known yet */
    assert_told("CronJob", "backup", told);
    put_succeeded("backup-4", "backup", T0 - SECOND_MS, SECOND_MS);
    assert_quiet("CronJob", "backup");
    store_remove(gaze.store, STORE_JOBS, "backup-4"); /* its history keeps no success … */
    assert_told("CronJob", "backup", told);
    put_cron_job(T0); /* … but the time of the last */
    assert_quiet("CronJob", "backup");
}

static void only_a_success_ends_what_a_cron_job_was_told_of(void **state)
{
    (void)state;
    const char *detail = "finish Job backup-2: something";
    put_cron_job(T0 - 2 * HOUR_MS);
    put_succeeded("backup-1", "backup", T0 - 3 * HOUR_MS, HOUR_MS);
    assert_quiet("CronJob", "backup");
    remember(CLASS_JOB_FAILED, detail); /* its Job had a short time to live after it failed */
    assert_unproven("CronJob", "backup", CLASS_JOB_FAILED, detail);
    put_cron_job(T0 - SECOND_MS); /* an hour after it was told of */
    assert_quiet("CronJob", "backup");
    put_cron_job(T0 - 2 * HOUR_MS);
    put_succeeded("backup-3", "backup", T0 - MINUTE_MS, SECOND_MS);
    assert_quiet("CronJob", "backup");
    store_remove(gaze.store, STORE_JOBS, "backup-3");
    struct controller_facts suspended = {
        .kind = "CronJob", .ns = "shop", .name = "backup", .uid = "uid-of-cron", .paused = 1};
    put_controller(&suspended);
    assert_quiet("CronJob", "backup"); /* nobody expects one */
}

static void a_cron_jobs_job_asks_to_be_ignored(void **state)
{
    (void)state;
    struct controller_facts job = job_of("backup-1", T0 - MINUTE_MS, "backup");
    job.failure = (struct complaint){"DeadlineExceeded", "", T0};
    job.ignored = 1;
    put_cron_job(0);
    put_controller(&job);
    assert_quiet("CronJob", "backup");
}

/* ---- Those that do not end ---- */

static void three_times_the_usual_is_overdue(void **state)
{
    (void)state;
    put_cron_job(0);
    put_succeeded("backup-1", "backup", T0 - 10 * HOUR_MS, 2 * MINUTE_MS);
    put_succeeded("backup-2", "backup", T0 - 9 * HOUR_MS, 10 * MINUTE_MS);
    struct controller_facts job = job_of("backup-3", T0, "backup");
    put_controller(&job);
    struct pod_facts pod = pod_of(&job, "backup-3-x");
    put_pod(&pod);
    struct told told = {CLASS_JOB_OVERDUE, "finish Job backup-3: its longest run so far took 600 s", T0, 1};
    assert_told_from(T0 + 30 * MINUTE_MS, "shop", "CronJob", "backup", told);
    AUTO_SIGHTING sighting = {0};
    look_at_object("shop", "CronJob", "backup", T0 + 30 * MINUTE_MS, &sighting);
    assert_string_equal(sighting.findings[0].samples[0].pod.name, "backup-3-x");
    job.paused = 1;
    put_controller(&job);
    assert_quiet_at(T0 + HOUR_MS, "shop", "CronJob", "backup");
}

static void a_short_job_has_the_patience_of_all(void **state)
{
    (void)state;
    put_cron_job(0);
    put_succeeded("backup-1", "backup", T0 - HOUR_MS, SECOND_MS);
    struct controller_facts job = job_of("backup-2", T0, "backup");
    put_controller(&job);
    assert_told_from(
        T0 + STUCK_MS, "shop", "CronJob", "backup",
        (struct told){CLASS_JOB_OVERDUE, "finish Job backup-2: its longest run so far took 1 s", T0, 1});
}

static void nobody_knows_how_long_a_first_run_takes(void **state)
{
    (void)state;
    put_cron_job(0);
    struct controller_facts job = job_of("backup-1", T0 - 100 * HOUR_MS, "backup"),
                            alone = job_of("import", T0 - 100 * HOUR_MS, "");
    put_controller(&job);
    put_controller(&alone);
    assert_quiet("CronJob", "backup");
    assert_quiet("Job", "import");
    remember(CLASS_JOB_OVERDUE, "finish Job backup-1: its longest run so far took 60 s");
    assert_told("CronJob", "backup",
                (struct told){CLASS_JOB_OVERDUE, "finish Job backup-1: its longest run so far took 60 s",
                              T0 - 100 * HOUR_MS, 1});
}

static void a_pod_that_shows_why_tells_it_alone(void **state)
{
    (void)state;
    struct container_facts container = {
        .name = "app", .image = "nginx:none", .state = CONTAINER_WAITING, .reason = "ImagePullBackOff"};
    put_cron_job(0);
    put_succeeded("backup-1", "backup", T0 - 10 * HOUR_MS, SECOND_MS);
    struct controller_facts job = job_of("backup-2", T0 - HOUR_MS, "backup");
    put_controller(&job);
    struct pod_facts pod = pod_of(&job, "backup-2-x");
    pod.phase = "Pending";
    pod.ready = 0;
    pod.containers = &container;
    pod.container_count = 1;
    put_pod(&pod);
    AUTO_SIGHTING sighting = {0};
    look_at_object("shop", "CronJob", "backup", T0, &sighting);
    assert_int_equal(sighting.finding_count, 1); /* once, for the CronJob */
    assert_string_equal(sighting.findings[0].detector->class, CLASS_IMAGE_PULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_way_to_fail_for_good_is_told),
        TEST(a_job_that_still_tries_is_quiet),
        TEST(an_old_failure_is_history_unless_it_is_open),
        TEST(the_newest_pod_that_failed_is_the_witness),
        TEST(of_a_cron_job_only_the_newest_end_counts),
        TEST(only_a_success_ends_what_a_cron_job_was_told_of),
        TEST(a_cron_jobs_job_asks_to_be_ignored),
        TEST(three_times_the_usual_is_overdue),
        TEST(a_short_job_has_the_patience_of_all),
        TEST(nobody_knows_how_long_a_first_run_takes),
        TEST(a_pod_that_shows_why_tells_it_alone),
    };
    return cmocka_run_group_tests_name("observer/detect/jobs", tests, NULL, NULL);
}
