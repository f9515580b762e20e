/* SPDX-License-Identifier: Apache-2.0 */
/* Rollouts that do not get on, and workloads that are not whole. */
#include "tests/unit/observer/detect/objects.h"

static struct controller_facts late_deployment(void)
{
    struct controller_facts web = whole("Deployment", "web");
    web.updated = 1;
    web.progressing_reason = "ProgressDeadlineExceeded";
    web.progressing_ms = T0 - MINUTE_MS;
    return web;
}

#define LATE                                                                                                 \
    ((struct told){CLASS_ROLLOUT,                                                                            \
                   "get on with its rollout: 1 of 2 pods are of the newest revision, 2 are ready",           \
                   T0 - MINUTE_MS, 1})

static void a_deployment_knows_its_deadline(void **state)
{
    (void)state;
    static const char *const reasons[] = {"ReplicaSetUpdated", "NewReplicaSetCreated", "FoundNewReplicaSet",
                                          "DeploymentPaused"};
    struct controller_facts web = late_deployment();
    put_controller(&web);
    assert_told("Deployment", "web", LATE);
    web.paused = 1;
    put_controller(&web);
    assert_quiet("Deployment", "web");
    web.paused = 0;
    web.ready = 1;
    for (size_t i = 0; i < COUNT_OF(reasons); i++) { /* under way, however long it takes */
        web.progressing_reason = reasons[i];
        put_controller(&web);
        assert_quiet_at(T0 + 10 * HOUR_MS, "shop", "Deployment", "web");
    }
}

static void a_pod_that_shows_why_is_told_instead(void **state)
{
    (void)state;
    struct container_facts container = {
        .name = "app", .image = "nginx:none", .state = CONTAINER_WAITING, .reason = "ImagePullBackOff"};
    struct controller_facts web = late_deployment();
    struct pod_facts pod = pod_of(&web, "web-0");
    pod.phase = "Pending";
    pod.ready = 0;
    pod.containers = &container;
    pod.container_count = 1;
    put_controller(&web);
    put_pod(&pod);
    AUTO_SIGHTING sighting = {0};
    look_at_object("shop", "Deployment", "web", T0, &sighting);
    assert_int_equal(sighting.finding_count, 1);
    assert_string_equal(sighting.findings[0].detector->class, CLASS_IMAGE_PULL);
}

/* What is wrong on a node that is lost is the node's incident: neither the pod nor its workload says more. */
static void a_lost_node_explains_both(void **state)
{
    (void)state;
    static const char *const classes[] = {"ProgressDeadlineExceeded", "NewReplicaSetAvailable", ""};
    struct node_facts node = {.name = "node-1", .uid = "n", .unready = {"NodeStatusUnknown", "", T0}};
    for (size_t i = 0; i < COUNT_OF(classes); i++) {
        struct controller_facts web = late_deployment();
        struct pod_facts pod = pod_of(&web, "web-0");
        pod.ready = 0;
        pod.ready_since_ms = T0 - HOUR_MS;
        web.updated = 2;
        web.ready = web.available = 1;
        web.progressing_reason = classes[i];
        put_controller(&web);
        put_pod(&pod);
        store_put(gaze.store, STORE_NODES, &node);
        assert_quiet_at(T0 + HOUR_MS, "shop", "Deployment", "web");
    }
    store_remove(gaze.store, STORE_NODES, "node-1");
    AUTO_SIGHTING sighting = {0};
    look_at_object("shop", "Deployment", "web", T0 + HOUR_MS, &sighting);
    assert_non_null(sighting_worst(&sighting));
}

static void sets_are_stuck_when_nothing_moves(void **state)
{
    (void)state;
    static const char *const kinds[] = {"StatefulSet", "DaemonSet"};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct controller_facts db = whole(kinds[i], "db");
        struct told told = {CLASS_ROLLOUT,
                            "get on with its rollout: 1 of 2 pods are of the newest revision, 1 are ready",
                            T0 + MINUTE_MS, 1};
        db.updated = db.ready = db.available = 1;
        db.status_replicas = 1;
        clock_fix(T0);
        put_controller(&db);
        clock_fix(T0 + MINUTE_MS);
        db.status_replicas = 2; /* something moves */
        put_controller(&db);
        assert_told_from(T0 + MINUTE_MS + STUCK_MS, "shop", kinds[i], "db", told);
        db.ready = db.available = 2; /* a partition, OnDelete */
        put_controller(&db);
        assert_quiet_at(T0 + 10 * HOUR_MS, "shop", kinds[i], "db");
    }
}

static void an_open_incident_stays_open_over_a_restart(void **state)
{
    (void)state;
    struct controller_facts db = whole("StatefulSet", "db");
    db.updated = db.ready = db.available = 1;
    put_controller(&db);
    assert_quiet("StatefulSet", "db");
    remember(CLASS_ROLLOUT, "");
    assert_told("StatefulSet", "db",
                (struct told){CLASS_ROLLOUT,
                              "get on with its rollout: 1 of 2 pods are of the newest revision, 1 are ready",
                              T0, 1});
    db.updated = 2;
    put_controller(&db);
    assert_quiet("StatefulSet", "db");
    remember(CLASS_UNAVAILABLE, "");
    assert_told("StatefulSet", "db",
                (struct told){CLASS_UNAVAILABLE,
                              "have all its pods available: 1 of 2 are ready, and nothing has moved for long",
                              T0, 1});
}

static void fewer_than_wanted_for_long_is_unavailable(void **state)
{
    (void)state;
    static const char *const kinds[] = {"Deployment", "StatefulSet", "DaemonSet"};
    struct told told = {CLASS_UNAVAILABLE,
                        "have all its pods available: 1 of 2 are ready, and nothing has moved for long", T0,
                        1};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct controller_facts web = whole(kinds[i], "web");
        web.ready = web.available = 1;
        put_controller(&web);
        assert_told_from(T0 + STUCK_MS, "shop", kinds[i], "web", told);
        web.observed_generation = web.generation - 1; /* its controller has not looked yet */
        put_controller(&web);
        assert_quiet_at(T0 + HOUR_MS, "shop", kinds[i], "web");
        web.observed_generation = web.generation;
        web.ready = 2; /* not available yet for minReadySeconds alone */
        put_controller(&web);
        assert_quiet_at(T0 + HOUR_MS, "shop", kinds[i], "web");
    }
}

static void what_waits_at_a_gate_is_held_on_purpose(void **state)
{
    (void)state;
    static const char *const kinds[] = {"Deployment", "StatefulSet", "DaemonSet"};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct controller_facts web = whole(kinds[i], "web");
        struct pod_facts pod = pod_of(&web, kinds[i]);
        pod.phase = "Pending";
        pod.ready = 0;
        pod.unscheduled = (struct complaint){"SchedulingGated", "", T0};
        put_pod(&pod);
        for (int updated = 1; updated <= 2; updated++) {
            web.ready = web.available = 1;
            web.updated = updated;
            if (updated == 1 && i == 0)
                web.progressing_reason = "ProgressDeadlineExceeded";
            put_controller(&web);
            assert_quiet_at(T0 + HOUR_MS, "shop", kinds[i], "web");
        }
        store_remove(gaze.store, STORE_PODS, pod.uid);
        AUTO_SIGHTING sighting = {0};
        look_at_object("shop", kinds[i], "web", T0 + STUCK_MS, &sighting);
        assert_true(sighting.is_troubled);
    }
}

static void the_longer_patience_counts(void **state)
{
    (void)state;
    gaze.patience = (struct patience){HOUR_MS, MINUTE_MS};
    struct controller_facts web = whole("Deployment", "web");
    web.ready = web.available = 1;
    put_controller(&web);
    assert_quiet_at(T0 + HOUR_MS - 1, "shop", "Deployment", "web");
    web.paused = 1;
    put_controller(&web);
    assert_quiet_at(T0 + HOUR_MS, "shop", "Deployment", "web");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_deployment_knows_its_deadline),
        TEST(a_pod_that_shows_why_is_told_instead),
        TEST(a_lost_node_explains_both),
        TEST(sets_are_stuck_when_nothing_moves),
        TEST(an_open_incident_stays_open_over_a_restart),
        TEST(fewer_than_wanted_for_long_is_unavailable),
        TEST(what_waits_at_a_gate_is_held_on_purpose),
        TEST(the_longer_patience_counts),
    };
    return cmocka_run_group_tests_name("observer/detect/rollouts", tests, NULL, NULL);
}
