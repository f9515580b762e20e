/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of the classes that concern objects: a store that each test fills with what it wants, and subjects of it
 * looked at as the observer does. The clock stands at T0.
 */
#pragma once

#include "common/base/clock.h"
#include "common/schema/incident.h"
#include "tests/unit/observer/workload.h"

#define PENDING_MS (2 * MINUTE_MS)
#define STUCK_MS (5 * MINUTE_MS)
#define HOUR_MS (60 * MINUTE_MS)

static struct gaze gaze;

static int open_store(void **state)
{
    (void)state;
    clock_fix(T0);
    gaze = (struct gaze){store_new(), {PENDING_MS, STUCK_MS}, {"", "", 0}};
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    store_free(gaze.store);
    clock_fix(-1);
    return 0;
}

/* A Deployment, StatefulSet or DaemonSet shop/<name>, whole and of two pods with the label app=<name>. */
static inline struct controller_facts whole(const char *kind, const char *name)
{
    static char uid[64], labels[64];
    snprintf(uid, sizeof uid, "uid-of-%s", name);
    snprintf(labels, sizeof labels, "app=%s\n", name);
    struct controller_facts controller = healthy_deployment(2);
    controller.kind = kind;
    controller.name = name;
    controller.uid = uid;
    controller.labels = labels;
    if (strcmp(kind, "Deployment") != 0)
        controller.progressing_reason = "";
    facts_fill(STORE_DEPLOYMENTS, &controller);
    return controller;
}

static inline void put_controller(const struct controller_facts *controller)
{
    static const struct {
        const char *kind;
        enum store_kind store_kind;
    } kinds[] = {{"Deployment", STORE_DEPLOYMENTS},
                 {"StatefulSet", STORE_STATEFUL_SETS},
                 {"DaemonSet", STORE_DAEMON_SETS},
                 {"Job", STORE_JOBS},
                 {"CronJob", STORE_CRON_JOBS}};
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(controller->kind, kinds[i].kind) == 0)
            store_put(gaze.store, kinds[i].store_kind, controller);
}

/* A healthy pod that a controller made. */
static inline struct pod_facts pod_of(const struct controller_facts *owner, const char *name)
{
    struct pod_facts pod = healthy_pod(name, name);
    pod.owner = (struct owner){"v1", owner->kind, owner->name, owner->uid};
    if (strcmp(owner->kind, "Deployment") == 0) {
        static char set[64];
        snprintf(set, sizeof set, "%s-5d8", owner->name);
        pod.owner = (struct owner){"apps/v1", "ReplicaSet", set, "uid-of-set"};
    }
    return pod;
}

static inline void put_pod(const struct pod_facts *pod)
{
    store_put(gaze.store, STORE_PODS, pod);
}

/* A warning about an object. */
static inline void warn_about(const char *kind, const char *name, const char *uid, const char *reason,
                              const char *message, int64_t last_ms)
{
    AUTO_FREE char *id = xasprintf("%s of %s", reason, uid);
    store_put(gaze.store, STORE_EVENTS,
              &(struct event_facts){.uid = id,
                                    .ns = "shop",
                                    .object_kind = kind,
                                    .object_name = name,
                                    .object_uid = uid,
                                    .type = "Warning",
                                    .reason = reason,
                                    .message = message,
                                    .count = 1,
                                    .last_ms = last_ms});
}

/* What is seen of a subject at this moment; of one that the store does not have, as of one that is missing. What was in out
 * is freed. */
static inline void look_at_object(const char *ns, const char *kind, const char *name, int64_t now_ms,
                                  struct sighting *out)
{
    static const struct past none = {.selector = ""};
    struct workload workload = {
        .ns = ns, .kind = kind, .name = name, .uid = "uid-of-old", .api_version = "v1", .past = &none};
    sighting_free(out);
    store_lock(gaze.store);
    if (store_find(gaze.store, ns, kind, name, &workload))
        detect(&gaze, &workload, now_ms, out);
    else
        detect_missing(&gaze, &workload, now_ms, out);
    sighting_keep(out);
    store_unlock(gaze.store);
}

/* Something is not proven: it fails no more, and is not over. */
static inline void assert_unproven(const char *kind, const char *name, const char *class, const char *detail)
{
    AUTO_SIGHTING sighting = {0};
    look_at_object("shop", kind, name, clock_now_ms(), &sighting);
    assert_int_equal(sighting.finding_count, 1);
    assert_string_equal(sighting.findings[0].detector->class, class);
    assert_int_equal(sighting.findings[0].condition, CONDITION_UNPROVEN);
    assert_string_equal(sighting.findings[0].detail, detail);
}

static inline void assert_quiet_at(int64_t now_ms, const char *ns, const char *kind, const char *name)
{
    AUTO_SIGHTING sighting = {0};
    look_at_object(ns, kind, name, now_ms, &sighting);
    if (sighting_worst(&sighting))
        fail_msg("sees %s", sighting_worst(&sighting)->detector->class);
}

static inline void assert_quiet(const char *kind, const char *name)
{
    assert_quiet_at(clock_now_ms(), "shop", kind, name);
}

/* The one thing that is seen, what is said of it, and since when it is so. */
struct told {
    const char *class, *words;
    int64_t failed_ms;
    size_t affected;
};

static inline void assert_told_at(int64_t now_ms, const char *ns, const char *kind, const char *name,
                                  struct told told)
{
    AUTO_SIGHTING sighting = {0};
    AUTO_STRBUF text = {0};
    look_at_object(ns, kind, name, now_ms, &sighting);
    assert_int_equal(sighting.finding_count, 1);
    const struct finding *finding = &sighting.findings[0];
    assert_string_equal(finding->detector->class, told.class);
    assert_int_equal(finding->condition, CONDITION_FAILING);
    assert_true(sighting.is_troubled);
    finding->detector->describe(finding, &text);
    assert_string_equal(strbuf_text(&text), told.words);
    assert_int_equal(finding->failed_ms, told.failed_ms);
    assert_int_equal(finding->affected, told.affected);
}

static inline void assert_told(const char *kind, const char *name, struct told told)
{
    assert_told_at(clock_now_ms(), "shop", kind, name, told);
}

/* Quiet until then, and looked at again by itself at that time. */
static inline void assert_told_from(int64_t at_ms, const char *ns, const char *kind, const char *name,
                                    struct told told)
{
    AUTO_SIGHTING sighting = {0};
    look_at_object(ns, kind, name, at_ms - 1, &sighting);
    assert_null(sighting_worst(&sighting));
    assert_int_equal(sighting.look_again_ms, at_ms);
    assert_told_at(at_ms, ns, kind, name, told);
}

/* As if the observer had just started, and knew of this incident that was opened an hour ago. */
static inline void remember(const char *class, const char *detail)
{
    gaze.open = (struct open_incident){class, detail, T0 - HOUR_MS};
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)
