/* SPDX-License-Identifier: Apache-2.0 */
/* store_free() asserts that no shared text is left, so each test also proves that nothing outlives what it
 * belonged to. */
#include "observer/store.h"

#include <pthread.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/strbuf.h"
#include "tests/unit/unit.h"

#define T0 INT64_C(1764000000000)
#define MINUTE_MS (60 * 1000)

static int open_store(void **state)
{
    clock_fix(T0);
    *state = store_new();
    return 0;
}

static int close_store(void **state)
{
    store_free(*state);
    clock_fix(-1);
    return 0;
}

/* A ready pod of ReplicaSet <owner>; its uid is its name. */
static struct pod_facts pod_of(const char *name, const char *owner, const char *hash)
{
    return (struct pod_facts){.ns = "shop",
                              .name = name,
                              .uid = name,
                              .node = "node-a",
                              .phase = "Running",
                              .reason = "",
                              .owner.kind = *owner ? "ReplicaSet" : "",
                              .owner.name = owner,
                              .owner.uid = *owner ? "uid-of-set" : "",
                              .owner.api_version = *owner ? "apps/v1" : "",
                              .template_hash = hash,
                              .created_ms = T0,
                              .ready = 1};
}

static struct controller_facts deployment_of(const char *name, const char *uid, int replicas)
{
    return (struct controller_facts){.kind = "Deployment",
                                     .ns = "shop",
                                     .name = name,
                                     .uid = uid,
                                     .resource_version = "1",
                                     .generation = 1,
                                     .observed_generation = 1,
                                     .replicas = replicas,
                                     .status_replicas = replicas,
                                     .updated = replicas,
                                     .ready = replicas,
                                     .available = replicas,
                                     .revision = "1",
                                     .progressing_reason = ""};
}

static struct event_facts event_of(const char *uid, const char *object, const char *reason, int64_t at_ms)
{
    return (struct event_facts){.uid = uid,
                                .ns = "shop",
                                .object_kind = "Pod",
                                .object_name = object,
                                .object_uid = object,
                                .type = "Warning",
                                .reason = reason,
                                .message = "message",
                                .count = 1,
                                .last_ms = at_ms};
}

static void put_pod(struct store *store, const char *name, const char *owner, const char *hash)
{
    struct pod_facts pod = pod_of(name, owner, hash);
    store_put(store, STORE_PODS, &pod);
}

static void put_deployment(struct store *store, const char *name, const char *uid, int replicas)
{
    struct controller_facts deployment = deployment_of(name, uid, replicas);
    store_put(store, STORE_DEPLOYMENTS, &deployment);
}

static void put_event(struct store *store, const char *uid, const char *object, const char *reason,
                      int64_t at_ms)
{
    struct event_facts event = event_of(uid, object, reason, at_ms);
    store_put(store, STORE_EVENTS, &event);
}

/* "Deployment/web:a,b" for each namespaced subject that changed, in the order of the queue, ended by a blank. */
static void assert_changed(struct store *store, const char *wanted)
{
    AUTO_STRBUF seen = {0};
    struct workload workload;
    store_lock(store);
    while (store_next_changed(store, &workload)) {
        if (strcmp(workload.ns, STORE_NO_NAMESPACE) == 0)
            continue; /* nodes and namespaces have tests of their own */
        strbuf_printf(&seen, "%s/%s:", workload.kind, workload.name);
        for (size_t i = 0; i < workload.pod_count; i++)
            strbuf_printf(&seen, "%s%s", i ? "," : "", workload.pods[i]->name);
        strbuf_puts(&seen, workload.pod_count || workload.controller ? " " : "gone ");
    }
    store_unlock(store);
    assert_string_equal(strbuf_text(&seen), wanted);
}

static int finds(struct store *store, const char *kind, const char *name)
{
    struct workload workload;
    store_lock(store);
    int found = store_find(store, "shop", kind, name, &workload);
    store_unlock(store);
    return found;
}

static void keeps_copies_of_what_it_is_given(void **state)
{
    struct store *store = *state;
    char name[] = "web-1", message[] = "back-off", image[] = "web:1";
    struct container_facts container = {
        .name = "main", .image = image, .reason = "Waiting", .message = message};
    container.now.reason = container.last.reason = "";
    struct pod_facts pod = pod_of(name, "", "");
    pod.containers = &container;
    pod.container_count = 1;
    store_put(store, STORE_PODS, &pod);
    name[0] = message[0] = image[0] = 'X';
    container.restarts = 99;
    struct workload workload;
    store_lock(store);
    assert_true(store_find(store, "shop", "Pod", "web-1", &workload));
    const struct pod_facts *kept = workload.pods[0];
    assert_string_equal(kept->name, "web-1");
    assert_int_equal(kept->container_count, 1);
    assert_string_equal(kept->containers[0].message, "back-off");
    assert_string_equal(kept->containers[0].image, "web:1");
    assert_int_equal(kept->containers[0].restarts, 0);
    store_unlock(store);
}

static void a_put_takes_the_place_of_the_same_uid(void **state)
{
    struct store *store = *state;
    struct pod_facts pod = pod_of("web-1", "", "");
    store_put(store, STORE_PODS, &pod);
    pod.phase = "Failed";
    store_put(store, STORE_PODS, &pod);
    assert_int_equal(store_count(store, STORE_PODS), 1);
    struct workload workload;
    store_lock(store);
    assert_true(store_find(store, "shop", "Pod", "web-1", &workload));
    assert_int_equal(workload.pod_count, 1);
    assert_string_equal(workload.pods[0]->phase, "Failed");
    store_unlock(store);
}

static void groups_by_top_owner(void **state)
{
    struct store *store = *state;
    struct pod_facts job = pod_of("j", "import-27", ""), daemon = pod_of("d", "agent", "9f1");
    job.owner.kind = "Job";
    job.owner.api_version = "batch/v1";
    daemon.owner.kind = "DaemonSet";
    put_deployment(store, "web", "uid-web", 2);
    put_pod(store, "b", "web-5d8", "5d8");
    put_pod(store, "a", "web-7c9", "7c9");
    put_pod(store, "alone", "", "");
    put_pod(store, "own", "my-set", ""); /* a ReplicaSet that people made: no template hash */
    store_put(store, STORE_PODS, &job);
    store_put(store, STORE_PODS, &daemon);
    assert_changed(
        store, "Deployment/web:a,b Pod/alone:alone ReplicaSet/my-set:own Job/import-27:j DaemonSet/agent:d ");
    struct workload workload;
    store_lock(store);
    assert_true(store_find(store, "shop", "Job", "import-27", &workload));
    assert_string_equal(workload.uid, "uid-of-set");
    assert_string_equal(workload.api_version, "batch/v1");
    assert_null(workload.controller);
    assert_true(store_find(store, "shop", "Deployment", "web", &workload));
    assert_string_equal(workload.uid, "uid-web");
    assert_string_equal(workload.api_version, "apps/v1");
    assert_int_equal(workload.controller->replicas, 2);
    assert_true(store_find(store, "shop", "Pod", "alone", &workload));
    assert_string_equal(workload.uid, "alone");
    assert_string_equal(workload.api_version, "v1");
    assert_false(store_find(store, "other", "Deployment", "web", &workload));
    assert_false(store_find(store, "shop", "ReplicaSet", "web-5d8", &workload));
    store_unlock(store);
}

static void pods_are_ordered_by_creation_then_uid(void **state)
{
    struct store *store = *state;
    static const char *const names[] = {"d", "b", "a", "c"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct pod_facts pod = pod_of(names[i], "web-5d8", "5d8");
        pod.created_ms = *names[i] == 'd' ? T0 - 1 : T0;
        store_put(store, STORE_PODS, &pod);
    }
    assert_changed(store, "ReplicaSet/web-5d8:d,a,b,c ");
    store_remove(store, STORE_PODS, "a");
    assert_changed(store, "ReplicaSet/web-5d8:d,b,c ");
}

static void pods_move_when_their_deployment_comes_and_goes(void **state)
{
    struct store *store = *state;
    put_pod(store, "a", "web-5d8", "5d8");
    put_pod(store, "b", "web-7c9", "7c9");
    put_pod(store, "c", "web-front-5d8", "5d8");
    put_pod(store, "d", "web-x", "y"); /* the name does not end in its hash */
    assert_changed(
        store, "ReplicaSet/web-5d8:a ReplicaSet/web-7c9:b ReplicaSet/web-front-5d8:c ReplicaSet/web-x:d ");
    put_deployment(store, "web", "uid-web", 2);
    struct workload workload;
    store_lock(store);
    assert_true(store_find(store, "shop", "Deployment", "web", &workload));
    assert_int_equal(workload.pod_count, 2);
    assert_false(store_find(store, "shop", "ReplicaSet", "web-5d8", &workload));
    assert_true(store_find(store, "shop", "ReplicaSet", "web-x", &workload));
    assert_true(store_find(store, "shop", "ReplicaSet", "web-front-5d8", &workload));
    while (store_next_changed(store, &workload))
        continue;
    store_unlock(store);
    store_remove(store, STORE_DEPLOYMENTS, "uid-web");
    assert_false(finds(store, "Deployment", "web"));
    assert_true(finds(store, "ReplicaSet", "web-5d8") && finds(store, "ReplicaSet", "web-7c9"));
    assert_changed(store, "Deployment/web:gone ReplicaSet/web-7c9:b ReplicaSet/web-5d8:a ");
}

static void pods_of_other_namespaces_stay(void **state)
{
    struct store *store = *state;
    struct pod_facts pod = pod_of("a", "web-5d8", "5d8");
    pod.ns = "other";
    store_put(store, STORE_PODS, &pod);
    put_deployment(store, "web", "uid-web", 1);
    assert_changed(store, "ReplicaSet/web-5d8:a Deployment/web: ");
}

static void a_workload_is_queued_once(void **state)
{
    struct store *store = *state;
    for (int i = 0; i < 5; i++)
        put_pod(store, "a", "web-5d8", "5d8");
    put_pod(store, "b", "web-5d8", "5d8");
    assert_changed(store, "ReplicaSet/web-5d8:a,b ");
    assert_changed(store, "");
    put_pod(store, "a", "web-5d8", "5d8");
    assert_changed(store, "ReplicaSet/web-5d8:a,b ");
}

static void what_is_gone_is_said_once_if_anybody_knew_it(void **state)
{
    struct store *store = *state;
    put_pod(store, "a", "", "");
    store_remove(store, STORE_PODS, "a");
    assert_changed(store, "");
    put_pod(store, "a", "", "");
    assert_changed(store, "Pod/a:a ");
    store_remove(store, STORE_PODS, "a");
    assert_false(finds(store, "Pod", "a"));
    assert_changed(store, "Pod/a:gone ");
    assert_changed(store, "");
    put_pod(store, "a", "", "");
    assert_changed(store, "Pod/a:a ");
    store_remove(store, STORE_PODS, "never-there");
    assert_changed(store, "");
}

static void a_gone_workload_keeps_its_name_while_it_is_shown(void **state)
{
    struct store *store = *state;
    struct workload workload;
    put_deployment(store, "web", "uid-web", 1);
    assert_changed(store, "Deployment/web: ");
    store_remove(store, STORE_DEPLOYMENTS, "uid-web");
    store_lock(store);
    assert_true(store_next_changed(store, &workload));
    assert_string_equal(workload.name, "web");
    assert_string_equal(workload.uid, "uid-web");
    assert_true(!workload.controller && workload.pod_count == 0);
    store_unlock(store);
    put_deployment(store, "web", "uid-2", 1); /* back before the next look */
    assert_changed(store, "Deployment/web: ");
}

static void a_list_sweeps_what_it_does_not_name(void **state)
{
    struct store *store = *state;
    put_pod(store, "a", "", "");
    put_pod(store, "b", "", "");
    put_deployment(store, "web", "uid-web", 1);
    store_list_begin(store, STORE_PODS);
    put_pod(store, "a", "", ""); /* and then the list breaks off */
    store_list_begin(store, STORE_PODS);
    put_pod(store, "b", "", "");
    assert_int_equal(store_count(store, STORE_PODS), 2);
    store_list_end(store, STORE_PODS);
    assert_int_equal(store_count(store, STORE_PODS), 1);
    assert_true(finds(store, "Pod", "b") && !finds(store, "Pod", "a") && finds(store, "Deployment", "web"));
}

static void a_list_may_name_a_successor_of_the_same_name(void **state)
{
    struct store *store = *state;
    put_deployment(store, "web", "uid-old", 1);
    put_pod(store, "a", "web-5d8", "5d8");
    store_list_begin(store, STORE_DEPLOYMENTS);
    put_deployment(store, "web", "uid-new", 3);
    store_list_end(store, STORE_DEPLOYMENTS); /* sweeps uid-old */
    struct workload workload;
    store_lock(store);
    assert_true(store_find(store, "shop", "Deployment", "web", &workload));
    assert_string_equal(workload.uid, "uid-new");
    assert_int_equal(workload.controller->replicas, 3);
    assert_int_equal(workload.pod_count, 1);
    store_unlock(store);
    assert_int_equal(store_count(store, STORE_DEPLOYMENTS), 1);
}

static void is_synced_after_one_list_of_each_kind(void **state)
{
    struct store *store = *state;
    for (enum store_kind kind = STORE_PODS; kind < STORE_KINDS; kind++) {
        assert_false(store_synced(store));
        store_list_begin(store, kind);
        store_list_end(store, kind);
    }
    assert_true(store_synced(store));
    store_list_begin(store, STORE_PODS); /* a list that is read again takes nothing back */
    assert_true(store_synced(store));
}

static void a_namespace_changes_what_is_in_it(void **state)
{
    struct store *store = *state;
    struct namespace_facts ns = {.name = "shop", .phase = "Active"};
    struct workload workload;
    put_pod(store, "a", "", "");
    assert_changed(store, "Pod/a:a ");
    store_put(store, STORE_NAMESPACES, &ns);
    assert_changed(store, "Pod/a:a ");
    store_put(store, STORE_NAMESPACES, &ns);
    assert_changed(store, ""); /* nothing that matters */
    ns.ignored = 1;
    store_put(store, STORE_NAMESPACES, &ns);
    assert_changed(store, "Pod/a:a ");
    store_lock(store);
    assert_true(store_find(store, "shop", "Pod", "a", &workload));
    assert_true(workload.namespace_facts && workload.namespace_facts->ignored);
    store_unlock(store);
    store_remove(store, STORE_NAMESPACES, "shop");
    assert_changed(store, "Pod/a:a ");
    store_lock(store);
    assert_true(store_find(store, "shop", "Pod", "a", &workload));
    assert_null(workload.namespace_facts);
    store_unlock(store);
}

/* ---- events ---- */

static void assert_events(struct store *store, const char *object, const char *wanted)
{
    AUTO_STRBUF seen = {0};
    const struct event_facts *events[16];
    store_lock(store);
    size_t count = store_events_of(store, object, events, COUNT_OF(events));
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&seen, "%s ", events[i]->uid);
    store_unlock(store);
    assert_string_equal(strbuf_text(&seen), wanted);
}

static void gives_events_newest_first(void **state)
{
    struct store *store = *state;
    put_event(store, "e2", "a", "Failed", T0 - 2000);
    put_event(store, "e1", "a", "BackOff", T0 - 3000);
    put_event(store, "e3", "a", "Unhealthy", T0 - 1000);
    put_event(store, "other", "b", "Failed", T0);
    assert_events(store, "a", "e3 e2 e1 ");
    put_event(store, "e1", "a", "BackOff", T0); /* repeated */
    assert_events(store, "a", "e1 e3 e2 ");
    store_remove(store, STORE_EVENTS, "e3");
    assert_events(store, "a", "e1 e2 ");
    assert_events(store, "nobody", "");
    const struct event_facts *one[1];
    store_lock(store);
    assert_int_equal(store_events_of(store, "a", one, 1), 1);
    assert_string_equal(one[0]->uid, "e1");
    store_unlock(store);
}

static void an_event_changes_the_workload_it_is_about(void **state)
{
    struct store *store = *state;
    put_deployment(store, "web", "uid-web", 1);
    put_pod(store, "a", "web-5d8", "5d8");
    assert_changed(store, "Deployment/web:a ");
    put_event(store, "e1", "a", "BackOff", T0);
    assert_changed(store, "Deployment/web:a ");
    struct event_facts event = event_of("e2", "uid-of-set", "FailedCreate", T0);
    event.object_kind = "ReplicaSet";
    event.object_name = "web-5d8";
    store_put(store, STORE_EVENTS, &event);
    assert_changed(store, "Deployment/web:a ");
    put_event(store, "e3", "unknown", "BackOff", T0);
    assert_changed(store, "");
}

static void keeps_few_events_of_one_object(void **state)
{
    struct store *store = *state;
    put_event(store, "pull", "a", "Failed", T0 - 100);
    for (int i = 0; i < 20; i++) {
        AUTO_FREE char *uid = xasprintf("probe-%02d", i);
        put_event(store, uid, "a", "Unhealthy", T0 - 50 + i);
    }
    assert_int_equal(store_count(store, STORE_EVENTS), STORE_EVENTS_PER_OBJECT);
    /* the repeats have gone, not the one that tells something else */
    assert_events(store, "a", "probe-19 probe-18 probe-17 probe-16 probe-15 probe-14 probe-13 pull ");
}

static void events_age(void **state)
{
    struct store *store = *state;
    put_event(store, "old", "a", "Failed", T0 - STORE_EVENT_TTL_MS - 1);
    assert_int_equal(store_count(store, STORE_EVENTS), 0);
    put_event(store, "e1", "a", "Failed", T0);
    put_event(store, "e2", "b", "Failed", T0);
    clock_fix(T0 + STORE_EVENT_TTL_MS + 1);
    assert_events(store, "a", "");
    put_event(store, "e3", "c", "Failed", T0 + STORE_EVENT_TTL_MS);
    assert_int_equal(store_count(store, STORE_EVENTS), 1);
    assert_events(store, "c", "e3 ");
}

static void events_are_bounded_in_all(void **state)
{
    struct store *store = *state;
    for (int i = 0; i < STORE_EVENTS_MAX + 10; i++) {
        AUTO_FREE char *uid = xasprintf("e%d", i);
        AUTO_FREE char *object = xasprintf("o%d", i / 2);
        put_event(store, uid, object, "Failed", T0);
    }
    assert_int_equal(store_count(store, STORE_EVENTS), STORE_EVENTS_MAX);
    assert_events(store, "o4", "");
    assert_events(store, "o5", "e11 e10 ");
}

static void a_list_sweeps_events(void **state)
{
    struct store *store = *state;
    put_event(store, "e1", "a", "Failed", T0);
    put_event(store, "e2", "a", "BackOff", T0);
    put_event(store, "e3", "b", "BackOff", T0);
    store_list_begin(store, STORE_EVENTS);
    put_event(store, "e2", "a", "BackOff", T0);
    store_list_end(store, STORE_EVENTS);
    assert_events(store, "a", "e2 ");
    assert_events(store, "b", "");
}

/* ---- good templates ---- */

static int64_t good_for(struct store *store, const char *hash)
{
    struct workload workload;
    store_lock(store);
    int64_t ms = store_find(store, "shop", "Deployment", "web", &workload)
                     ? store_good_for_ms(store, &workload, hash)
                     : -1;
    store_unlock(store);
    return ms;
}

static void knows_how_long_a_template_is_good(void **state)
{
    struct store *store = *state;
    put_deployment(store, "web", "uid-web", 2);
    put_pod(store, "a", "web-5d8", "5d8");
    assert_int_equal(good_for(store, "5d8"), 0); /* one pod of two has been seen */
    put_pod(store, "b", "web-5d8", "5d8");
    assert_int_equal(good_for(store, "5d8"), 1);
    assert_int_equal(good_for(store, "7c9"), 0);
    clock_fix(T0 + 10 * MINUTE_MS);
    assert_int_equal(good_for(store, "5d8"), 10 * MINUTE_MS);
    put_pod(store, "b", "web-5d8", "5d8"); /* an update that changes nothing */
    assert_int_equal(good_for(store, "5d8"), 10 * MINUTE_MS);
}

static void a_rollout_ends_the_spell_but_not_the_memory(void **state)
{
    struct store *store = *state;
    struct controller_facts deployment = deployment_of("web", "uid-web", 1);
    store_put(store, STORE_DEPLOYMENTS, &deployment);
    put_pod(store, "a", "web-5d8", "5d8");
    clock_fix(T0 + 20 * MINUTE_MS);
    deployment.generation = 2; /* a new template that the controller has not seen yet */
    store_put(store, STORE_DEPLOYMENTS, &deployment);
    clock_fix(T0 + 30 * MINUTE_MS);
    assert_int_equal(good_for(store, "5d8"), 20 * MINUTE_MS);
    struct pod_facts bad = pod_of("b", "web-7c9", "7c9");
    bad.ready = 0;
    store_put(store, STORE_PODS, &bad);
    deployment.observed_generation = 2;
    deployment.status_replicas = 2;
    store_put(store, STORE_DEPLOYMENTS, &deployment);
    assert_int_equal(good_for(store, "7c9"), 0);
    store_remove(store, STORE_PODS, "b");
    deployment.status_replicas = 1; /* rolled back */
    store_put(store, STORE_DEPLOYMENTS, &deployment);
    clock_fix(T0 + 35 * MINUTE_MS);
    assert_int_equal(good_for(store, "5d8"), 20 * MINUTE_MS); /* the longest spell, not the sum */
    clock_fix(T0 + 60 * MINUTE_MS);
    assert_int_equal(good_for(store, "5d8"), 30 * MINUTE_MS);
}

static void controller_and_pods_must_agree_that_it_is_good(void **state)
{
    struct store *store = *state;
    struct controller_facts deployment = deployment_of("web", "uid-web", 2);
    struct pod_facts pods[] = {pod_of("a", "web-5d8", "5d8"), pod_of("b", "web-7c9", "7c9")};
    store_put(store, STORE_DEPLOYMENTS, &deployment);
    store_put(store, STORE_PODS, &pods[0]);
    store_put(store, STORE_PODS, &pods[1]); /* two templates: the pods are behind, or the controller */
    assert_int_equal(good_for(store, "5d8") + good_for(store, "7c9"), 0);
    pods[0].deleted_ms = T0; /* on its way out, so one live pod for two wanted */
    store_put(store, STORE_PODS, &pods[0]);
    assert_int_equal(good_for(store, "7c9"), 0);
    struct pod_facts third = pod_of("c", "web-7c9", "7c9");
    store_put(store, STORE_PODS, &third);
    assert_int_equal(good_for(store, "7c9"), 1);
    deployment.available = 1;
    store_put(store, STORE_DEPLOYMENTS, &deployment);
    clock_fix(T0 + MINUTE_MS);
    assert_int_equal(good_for(store, "7c9"), 1);
}

static void a_deployment_scaled_to_nothing_is_not_good(void **state)
{
    struct store *store = *state;
    put_deployment(store, "web", "uid-web", 0);
    struct pod_facts leaving = pod_of("a", "web-5d8", "5d8");
    leaving.deleted_ms = T0;
    store_put(store, STORE_PODS, &leaving);
    assert_int_equal(good_for(store, "5d8"), 0);
}

static void remembers_the_last_few_good_templates(void **state)
{
    struct store *store = *state;
    put_deployment(store, "web", "uid-web", 1);
    for (int i = 0; i < STORE_GOOD_TEMPLATES + 2; i++) {
        AUTO_FREE char *hash = xasprintf("h%d", i);
        AUTO_FREE char *owner = xasprintf("web-%s", hash);
        put_pod(store, "a", owner, hash);
        clock_fix(T0 + (i + 1) * MINUTE_MS);
    }
    assert_int_equal(good_for(store, "h0") + good_for(store, "h1"), 0);
    for (int i = 2; i < STORE_GOOD_TEMPLATES + 2; i++) {
        AUTO_FREE char *hash = xasprintf("h%d", i);
        assert_int_equal(good_for(store, hash), MINUTE_MS);
    }
}

static void another_deployment_of_the_name_begins_anew(void **state)
{
    struct store *store = *state;
    put_deployment(store, "web", "uid-web", 1);
    put_pod(store, "a", "web-5d8", "5d8");
    assert_int_equal(good_for(store, "5d8"), 1);
    put_deployment(store, "web", "uid-other", 5);
    assert_int_equal(good_for(store, "5d8"), 0);
}

/* ---- waiting ---- */

static void *put_later(void *store)
{
    clock_sleep_ms(50);
    put_pod(store, "a", "", "");
    return NULL;
}

static void waits_for_a_change(void **state)
{
    struct store *store = *state;
    clock_fix(-1);
    pthread_t thread;
    pthread_create(&thread, NULL, put_later, store);
    int64_t before_ms = clock_monotonic_ms();
    store_wait(store, 20000);
    int64_t waited_ms = clock_monotonic_ms() - before_ms;
    assert_in_range(waited_ms, 20, 10000);
    store_wait(store, 20000); /* the change still waits, so this does not */
    assert_in_range(clock_monotonic_ms() - before_ms, 20, 10000);
    pthread_join(thread, NULL);
    assert_changed(store, "Pod/a:a ");
}

static void waits_no_longer_than_told(void **state)
{
    struct store *store = *state;
    clock_fix(-1);
    put_pod(store, "a", "", "");
    store_wait(store, 20000);
    assert_changed(store, "Pod/a:a ");
    int64_t before_ms = clock_monotonic_ms();
    store_wait(store, 60);
    assert_in_range(clock_monotonic_ms() - before_ms, 50, 10000);
}

/* ---- churn ---- */

/* Whatever comes and goes, what is left is exactly what is there: the texts are counted to the last one. */
static void churn_leaves_nothing_behind(void **state)
{
    struct store *store = *state;
    for (int round = 0; round < 30; round++) {
        AUTO_FREE char *hash = xasprintf("hash%d", round);
        AUTO_FREE char *set = xasprintf("web-%s", hash);
        for (int i = 0; i < 50; i++) {
            AUTO_FREE char *name = xasprintf("%s-%d", set, i);
            AUTO_FREE char *image = xasprintf("registry/web:%d", round);
            struct container_facts container = {
                .name = "main", .image = image, .reason = "", .message = name};
            container.now.reason = container.last.reason = "Error";
            struct pod_facts pod = pod_of(name, set, hash);
            pod.containers = &container;
            pod.container_count = 1;
            store_put(store, STORE_PODS, &pod);
            put_event(store, name, name, "BackOff", T0);
        }
        if (round % 3 == 0)
            put_deployment(store, "web", hash, 50);
        store_list_begin(store, STORE_PODS);
        store_list_end(store, STORE_PODS);
        assert_int_equal(store_count(store, STORE_PODS), 0);
    }
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(keeps_copies_of_what_it_is_given),
        WITH_STORE(a_put_takes_the_place_of_the_same_uid),
        WITH_STORE(groups_by_top_owner),
        WITH_STORE(pods_are_ordered_by_creation_then_uid),
        WITH_STORE(pods_move_when_their_deployment_comes_and_goes),
        WITH_STORE(pods_of_other_namespaces_stay),
        WITH_STORE(a_workload_is_queued_once),
        WITH_STORE(what_is_gone_is_said_once_if_anybody_knew_it),
        WITH_STORE(a_gone_workload_keeps_its_name_while_it_is_shown),
        WITH_STORE(a_list_sweeps_what_it_does_not_name),
        WITH_STORE(a_list_may_name_a_successor_of_the_same_name),
        WITH_STORE(is_synced_after_one_list_of_each_kind),
        WITH_STORE(a_namespace_changes_what_is_in_it),
        WITH_STORE(gives_events_newest_first),
        WITH_STORE(an_event_changes_the_workload_it_is_about),
        WITH_STORE(keeps_few_events_of_one_object),
        WITH_STORE(events_age),
        WITH_STORE(events_are_bounded_in_all),
        WITH_STORE(a_list_sweeps_events),
        WITH_STORE(knows_how_long_a_template_is_good),
        WITH_STORE(a_rollout_ends_the_spell_but_not_the_memory),
        WITH_STORE(controller_and_pods_must_agree_that_it_is_good),
        WITH_STORE(a_deployment_scaled_to_nothing_is_not_good),
        WITH_STORE(remembers_the_last_few_good_templates),
        WITH_STORE(another_deployment_of_the_name_begins_anew),
        WITH_STORE(waits_for_a_change),
        WITH_STORE(waits_no_longer_than_told),
        WITH_STORE(churn_leaves_nothing_behind),
    };
    return cmocka_run_group_tests_name("observer/store", tests, NULL, NULL);
}
