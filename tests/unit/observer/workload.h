/* SPDX-License-Identifier: Apache-2.0 */
/* Workloads for the tests of the observer's mind: a healthy Deployment of healthy pods, which each test damages. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "common/base/alloc.h"
#include "observer/detect.h"
#include "tests/unit/unit.h"

#define T0 INT64_C(1795000000000) /* 2026-11-18T11:06:40Z */
#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)

#define TEST_PODS 8

/* One workload and everything that its facts point to. */
struct test_workload {
    char names[TEST_PODS][32], uids[TEST_PODS][32];
    struct container_facts containers[TEST_PODS];
    struct pod_facts pods[TEST_PODS];
    const struct pod_facts *list[TEST_PODS];
    struct controller_facts deployment;
    struct namespace_facts ns;
    struct past past;
    struct workload workload;
};

static inline struct container_facts healthy_container(void)
{
    struct container_facts container = {.name = "app",
                                        .image = "nginx:1.25",
                                        .state = CONTAINER_RUNNING,
                                        .started_ms = T0 - 60 * MINUTE_MS,
                                        .ready = 1};
    facts_fill_container(&container);
    return container;
}

static inline struct pod_facts healthy_pod(const char *name, const char *uid)
{
    return (struct pod_facts){.ns = "shop",
                              .name = name,
                              .uid = uid,
                              .node = "node-1",
                              .phase = "Running",
                              .reason = "",
                              .owner.kind = "ReplicaSet",
                              .owner.name = "web-5d8",
                              .owner.uid = "uid-of-set",
                              .owner.api_version = "apps/v1",
                              .template_hash = "5d8",
                              .created_ms = T0 - 60 * MINUTE_MS,
                              .ready = 1,
                              .ready_since_ms = T0 - 59 * MINUTE_MS};
}

static inline struct controller_facts healthy_deployment(int replicas)
{
    return (struct controller_facts){.kind = "Deployment",
                                     .ns = "shop",
                                     .name = "web",
                                     .uid = "uid-of-web",
                                     .resource_version = "7",
                                     .created_ms = T0 - 60 * MINUTE_MS,
                                     .generation = 2,
                                     .observed_generation = 2,
                                     .replicas = replicas,
                                     .status_replicas = replicas,
                                     .updated = replicas,
                                     .ready = replicas,
                                     .available = replicas,
                                     .revision = "2",
                                     .progressing_reason = "NewReplicaSetAvailable"};
}

/* Deployment shop/web with pods web-0, web-1 …, a minute older each than the next. */
static inline void test_workload_open(struct test_workload *test, int replicas)
{
    *test = (struct test_workload){.deployment = healthy_deployment(replicas),
                                   .ns = {.name = "shop", .phase = "Active"}};
    facts_fill(STORE_DEPLOYMENTS, &test->deployment);
    facts_fill(STORE_NAMESPACES, &test->ns);
    for (int i = 0; i < replicas; i++) {
        snprintf(test->names[i], sizeof test->names[i], "web-%d", i);
        test->containers[i] = healthy_container();
        snprintf(test->uids[i], sizeof test->uids[i], "u-%d", i);
        test->pods[i] = healthy_pod(test->names[i], test->uids[i]);
        test->pods[i].created_ms += i * MINUTE_MS;
        test->pods[i].containers = &test->containers[i];
        test->pods[i].container_count = 1;
        facts_fill(STORE_PODS, &test->pods[i]);
        test->list[i] = &test->pods[i];
    }
    test->workload = (struct workload){.ns = "shop",
                                       .kind = "Deployment",
                                       .name = "web",
                                       .uid = "uid-of-web",
                                       .api_version = "apps/v1",
                                       .controller = &test->deployment,
                                       .namespace_facts = &test->ns,
                                       .pods = test->list,
                                       .pod_count = (size_t)replicas,
                                       .past = &test->past};
}

/* A pod whose image cannot be had: it never ran, and was never ready. */
static inline void break_image(struct test_workload *test, int i)
{
    test->containers[i] = (struct container_facts){.name = "app",
                                                   .image = "nginx:1.99",
                                                   .state = CONTAINER_WAITING,
                                                   .reason = "ImagePullBackOff",
                                                   .message = "Back-off pulling image \"nginx:1.99\"",
                                                   .now = {.reason = ""},
                                                   .last = {.reason = ""}};
    facts_fill(STORE_PODS, &test->pods[i]);
    test->pods[i].phase = "Pending";
    test->pods[i].ready = 0;
    test->pods[i].ready_since_ms = T0 - 20 * SECOND_MS;
}

/* A container that waits for its next start after so many restarts, having ended with this reason and code. */
static inline void break_run(struct test_workload *test, int i, const char *reason, int exit_code,
                             int restarts)
{
    test->containers[i].state = CONTAINER_WAITING;
    test->containers[i].reason = "CrashLoopBackOff";
    test->containers[i].started_ms = 0;
    test->containers[i].last = (struct termination){reason, exit_code, T0 - 5 * SECOND_MS};
    test->containers[i].restarts = restarts;
    test->containers[i].ready = 0;
    test->pods[i].ready = 0;
}

/* The same container while it runs again, since ran_ms. */
static inline void run_again(struct test_workload *test, int i, int ready, int64_t ran_ms)
{
    test->containers[i].state = CONTAINER_RUNNING;
    test->containers[i].reason = "";
    test->containers[i].started_ms = T0 - ran_ms;
    test->containers[i].ready = ready;
    test->pods[i].ready = ready;
}

/* What a kubelet shows between restarts is often only the run that ended; the pod is not ready then. */
static inline void end_now(struct test_workload *test, int i, int restarts, const char *reason, int exit_code)
{
    test->containers[i].state = CONTAINER_TERMINATED;
    test->containers[i].reason = "";
    test->containers[i].now = (struct termination){reason, exit_code, T0 - SECOND_MS};
    test->containers[i].restarts = restarts;
    test->containers[i].ready = test->pods[i].ready = 0;
}

/* The eyes of all tests, over a store that knows of no nodes and events. */
static inline const struct gaze *test_gaze(void)
{
    static struct gaze gaze;
    if (!gaze.store)
        gaze = (struct gaze){store_new(), {2 * MINUTE_MS, 5 * MINUTE_MS}, {"", "", 0}};
    return &gaze;
}

/* What was in out is freed. */
static inline void look_at(const struct test_workload *test, int64_t now_ms, struct sighting *out)
{
    sighting_free(out);
    store_lock(test_gaze()->store);
    detect(test_gaze(), &test->workload, now_ms, out);
    store_unlock(test_gaze()->store);
}

/* A warning of a pod's kubelet about its container "app", which has been repeated so often; the clock must stand at about T0. */
static inline void warn_again(const struct test_workload *test, int i, const char *reason,
                              const char *message, int count, int64_t at_ms)
{
    AUTO_FREE char *uid = xasprintf("%s of %s", reason, test->pods[i].uid);
    struct event_facts event = {.uid = uid,
                                .ns = "shop",
                                .object_kind = "Pod",
                                .object_name = test->pods[i].name,
                                .object_uid = test->pods[i].uid,
                                .container = "app",
                                .type = "Warning",
                                .reason = reason,
                                .message = message,
                                .count = count,
                                .last_ms = at_ms};
    store_put(test_gaze()->store, STORE_EVENTS, &event);
}

static inline void warn(const struct test_workload *test, int i, const char *reason, const char *message,
                        int64_t at_ms)
{
    warn_again(test, i, reason, message, 1, at_ms);
}

/* Takes back every warning, and every node. */
static inline void forget_all(void)
{
    const enum store_kind kinds[] = {STORE_EVENTS, STORE_NODES, STORE_PODS};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        store_list_begin(test_gaze()->store, kinds[i]);
        store_list_end(test_gaze()->store, kinds[i]);
    }
}

/* What follows "cannot" now; the caller frees it. NULL = nothing is seen. */
static inline char *described(const struct test_workload *test)
{
    AUTO_SIGHTING sighting = {0};
    struct strbuf text = {0};
    look_at(test, T0, &sighting);
    const struct finding *finding = sighting_worst(&sighting);
    if (!finding)
        return NULL;
    finding->detector->describe(finding, &text);
    return strbuf_take(&text);
}

static inline void assert_described(const struct test_workload *test, const char *expected)
{
    AUTO_FREE char *text = described(test);
    if (!text || strcmp(text, expected) != 0)
        fail_msg("\"%s\" is described as \"%s\"", expected, text ? text : "nothing");
}

/* What is seen is this and nothing else: CONDITION_WELL stands for nothing of any class. */
static inline void assert_seen(const struct test_workload *test, const char *class, enum condition condition)
{
    AUTO_SIGHTING sighting = {0};
    look_at(test, T0, &sighting);
    const struct finding *finding = sighting_worst(&sighting);
    const char *seen = finding ? finding->detector->class : "nothing";
    if (sighting.finding_count > 1)
        fail_msg("%zu classes are seen, %s among them", sighting.finding_count, seen);
    if (condition == CONDITION_WELL ? finding != NULL
                                    : strcmp(seen, class) != 0 || finding->condition != condition)
        fail_msg("%s is seen (condition %d), not %s (condition %d)", seen,
                 finding ? (int)finding->condition : 0, class, (int)condition);
}

/* The place of a class in the table of detectors. */
static inline size_t class_of(const char *name)
{
    for (size_t i = 0; i < detector_count; i++)
        if (strcmp(detectors[i]->class, name) == 0)
            return i;
    fail_msg("no class %s", name);
    return 0;
}

/* The condition that a class sees now, by the name of the class. */
static inline enum condition condition_of(const struct test_workload *test, const char *class)
{
    AUTO_SIGHTING sighting = {0};
    look_at(test, T0, &sighting);
    const struct finding *finding = sighting_finding(&sighting, class_of(class));
    return finding ? finding->condition : CONDITION_WELL;
}
