/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/detect/objects.h"

#define QUOTA                                                                                                \
    "pods \"web-5d8-x\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1"

static void a_deployment_says_it_itself(void **state)
{
    (void)state;
    struct controller_facts web = whole("Deployment", "web");
    web.status_replicas = web.ready = web.available = 1;
    web.failure = (struct complaint){"FailedCreate", QUOTA, T0 - MINUTE_MS};
    put_controller(&web);
    assert_told("Deployment", "web",
                (struct told){CLASS_FAILED_CREATE, "create its pods: the quota of the namespace is used up",
                              T0 - MINUTE_MS, 1});
    web.failure.reason = "";
    put_controller(&web);
    assert_quiet("Deployment", "web");
}

static void a_deployment_may_not_even_make_its_replica_set(void **state)
{
    (void)state;
    struct controller_facts web = whole("Deployment", "web");
    web.status_replicas = web.ready = web.available = web.updated = 0;
    web.progressing_reason = "ReplicaSetCreateError";
    web.progressing_ms = T0 - MINUTE_MS;
    put_controller(&web);
    assert_told("Deployment", "web",
                (struct told){CLASS_FAILED_CREATE, "create its ReplicaSet: the API server refuses it",
                              T0 - MINUTE_MS, 2});
    warn_about(
        "Deployment", "web", web.uid, "ReplicaSetCreateError",
        "Failed to create new replica set \"web-5d8\": replicasets.apps \"web-5d8\" is forbidden: exceeded "
        "quota: q, requested: count/replicasets.apps=1",
        T0);
    assert_told("Deployment", "web",
                (struct told){CLASS_FAILED_CREATE,
                              "create its ReplicaSet: the quota of the namespace is used up", T0 - MINUTE_MS,
                              2});
}

/* Messages as an API server 1.36 words them; who stands first says why. */
static void the_first_words_tell_who_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *message, *words;
    } cases[] = {
        {QUOTA, "the quota of the namespace is used up"},
        {"pods \"a\" is forbidden: failed quota: q: must specify limits.cpu for: app",
         "the quota of the namespace wants requests and limits that are not set"},
        {"pods \"a\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true",
         "the pod security standard of the namespace forbids it"},
        {"Internal error occurred: failed calling webhook \"h.example.com\": failed to call webhook: Post "
         "\"https://127.0.0.1:9/?timeout=1s\": dial tcp 127.0.0.1:9: connect: connection refused",
         "an admission webhook does not answer"},
        {"admission webhook \"h.example.com\" denied the request: exceeded quota: of mine",
         "an admission webhook denies it"},
        {"pods \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: violates "
         "PodSecurity of mine",
         "an admission policy denies it"},
        {"pods \"a\" is forbidden: error looking up service account shop/a: serviceaccount \"a\" not found",
         "its service account does not exist"},
        {"pods \"a\" is forbidden: no PriorityClass with name high was found",
         "its priority class does not exist"},
        {"the server is currently unable to handle the request", "the API server refuses it"},
    };
    struct controller_facts web = whole("Deployment", "web");
    web.status_replicas = web.ready = web.available = 0;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_FREE char *words = xasprintf("create its pods: %s", cases[i].words);
        web.failure = (struct complaint){"FailedCreate", cases[i].message, T0};
        put_controller(&web);
        assert_told("Deployment", "web", (struct told){CLASS_FAILED_CREATE, words, T0, 2});
    }
}

static void of_others_an_event_tells_while_pods_are_missing(void **state)
{
    (void)state;
    static const char *const kinds[] = {"StatefulSet", "DaemonSet"};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct controller_facts db = whole(kinds[i], kinds[i]);
        struct pod_facts pod = pod_of(&db, kinds[i]);
        put_controller(&db);
        put_pod(&pod);
        assert_quiet(kinds[i], kinds[i]);
        warn_about(kinds[i], kinds[i], db.uid, "FailedCreate", QUOTA, T0 - MINUTE_MS);
        assert_told(kinds[i], kinds[i],
                    (struct told){CLASS_FAILED_CREATE,
                                  "create its pods: the quota of the namespace is used up", 0, 1});
        assert_quiet_at(T0 + 30 * MINUTE_MS, "shop", kinds[i], kinds[i]); /* it would have tried again */
        AUTO_FREE char *name = xasprintf("%s-1", kinds[i]);
        struct pod_facts second = pod_of(&db, name);
        second.deleted_ms = T0 + MINUTE_MS; /* not gone yet, so nothing is missing */
        put_pod(&second);
        assert_quiet(kinds[i], kinds[i]);
    }
}

static void what_was_made_since_proves_that_it_may(void **state)
{
    (void)state;
    struct controller_facts db = whole("StatefulSet", "db");
    struct pod_facts pod = pod_of(&db, "db-0");
    pod.created_ms = T0 - SECOND_MS;
    put_controller(&db);
    put_pod(&pod);
    warn_about("StatefulSet", "db", db.uid, "FailedCreate", QUOTA, T0 - 2 * SECOND_MS);
    assert_quiet("StatefulSet", "db");
}

static struct controller_facts job_of(const char *name)
{
    struct controller_facts job = {
        .kind = "Job", .ns = "shop", .name = name, .uid = name, .replicas = 1, .created_ms = T0 - HOUR_MS};
    facts_fill(STORE_JOBS, &job);
    return job;
}

static void a_job_that_may_not_begin_fails_and_one_that_is_over_does_not(void **state)
{
    (void)state;
    struct controller_facts job = job_of("import");
    put_controller(&job);
    warn_about("Job", "import", "import", "FailedCreate", QUOTA, T0);
    struct told told = {CLASS_FAILED_CREATE, "create its pods: the quota of the namespace is used up", 0, 1};
    assert_told("Job", "import", told);
    job.active = 1;
    put_controller(&job);
    assert_quiet("Job", "import");
    job = job_of("import");
    job.paused = 1;
    put_controller(&job);
    assert_quiet("Job", "import");
    job = job_of("import");
    job.completed_ms = T0;
    put_controller(&job);
    assert_quiet("Job", "import");
}

static void of_a_cron_job_both_its_jobs_and_their_pods_count(void **state)
{
    (void)state;
    struct controller_facts cron = {.kind = "CronJob", .ns = "shop", .name = "backup", .uid = "uid-of-cron"};
    struct controller_facts job = job_of("backup-1");
    put_controller(&cron);
    warn_about("CronJob", "backup", "uid-of-cron", "FailedCreate",
               "Error creating job: jobs.batch \"backup-1\" is forbidden: exceeded quota: q, requested: "
               "count/jobs.batch=1",
               T0 - MINUTE_MS);
    assert_told(
        "CronJob", "backup",
        (struct told){CLASS_FAILED_CREATE, "create its Jobs: the quota of the namespace is used up", 0, 0});
    job.owner = (struct owner){"batch/v1", "CronJob", "backup", "uid-of-cron"};
    job.created_ms = T0;
    put_controller(&job);
    assert_quiet("CronJob", "backup"); /* it could, since */
    warn_about("Job", "backup-1", "backup-1", "FailedCreate", QUOTA, T0);
    assert_told(
        "CronJob", "backup",
        (struct told){CLASS_FAILED_CREATE, "create its pods: the quota of the namespace is used up", 0, 1});
}

static void only_a_job_ends_what_kept_a_cron_job_from_making_one(void **state)
{
    (void)state;
    const char *detail = "create its Jobs: the quota of the namespace is used up";
    struct controller_facts cron = {.kind = "CronJob", .ns = "shop", .name = "backup", .uid = "uid-of-cron"};
    struct controller_facts job = job_of("backup-1");
    put_controller(&cron);
    assert_quiet("CronJob", "backup");
    remember(CLASS_FAILED_CREATE, "create its pods: the quota of the namespace is used up");
    assert_quiet("CronJob", "backup");
    remember(CLASS_FAILED_CREATE, detail); /* the event of the last refusal is forgotten */
    assert_unproven("CronJob", "backup", CLASS_FAILED_CREATE, detail);
    job.owner = (struct owner){"batch/v1", "CronJob", "backup", "uid-of-cron"};
    job.active = 1;
    job.created_ms = T0 - 2 * HOUR_MS;
    put_controller(&job);
    assert_unproven("CronJob", "backup", CLASS_FAILED_CREATE, detail);
    job.created_ms = T0;
    put_controller(&job);
    assert_quiet("CronJob", "backup");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_deployment_says_it_itself),
        TEST(a_deployment_may_not_even_make_its_replica_set),
        TEST(the_first_words_tell_who_refuses),
        TEST(of_others_an_event_tells_while_pods_are_missing),
        TEST(what_was_made_since_proves_that_it_may),
        TEST(a_job_that_may_not_begin_fails_and_one_that_is_over_does_not),
        TEST(of_a_cron_job_both_its_jobs_and_their_pods_count),
        TEST(only_a_job_ends_what_kept_a_cron_job_from_making_one),
    };
    return cmocka_run_group_tests_name("observer/detect/failed_create", tests, NULL, NULL);
}
