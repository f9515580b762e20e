/* SPDX-License-Identifier: Apache-2.0 */
/* Subjects beside Deployments: nodes, Services, CronJobs, registries, owners that are learned of late. */
#include "observer/store/workloads.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/strbuf.h"
#include "observer/store.h"
#include "tests/unit/unit.h"

#define T0 INT64_C(1764000000000)

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

static void put_pod(struct store *store, const char *name, const char *kind, const char *owner)
{
    struct pod_facts pod = {.ns = "shop",
                            .name = name,
                            .uid = name,
                            .node = "node-a",
                            .phase = "Running",
                            .owner = {"v1", kind, owner, "uid-of-owner"},
                            .created_ms = T0,
                            .ready = 1};
    store_put(store, STORE_PODS, &pod);
}

static void put_job(struct store *store, const char *name, const char *cron_job)
{
    struct controller_facts job = {.kind = "Job", .ns = "shop", .name = name, .uid = name, .created_ms = T0};
    if (cron_job)
        job.owner = (struct owner){"batch/v1", "CronJob", cron_job, "uid-of-cron"};
    store_put(store, STORE_JOBS, &job);
}

static void put_node(struct store *store, const char *reason)
{
    struct node_facts node = {.name = "node-a", .uid = "uid-of-node", .unready = {.reason = reason}};
    store_put(store, STORE_NODES, &node);
}

/* Whether the object is there, or anything that belongs to it; also a Service that is missed. */
static int exists(const struct workload *workload)
{
    return workload->controller || workload->node || workload->service || workload->claim ||
           workload->ns_object || workload->pod_count || workload->slice_count || workload->job_count ||
           workload->past->gone_ms;
}

/* Each subject that changed, as "Kind/name:pods ", those without any as "Kind/name:- " and gone ones as "Kind/name:gone ". */
static void assert_changed(struct store *store, const char *wanted)
{
    AUTO_STRBUF seen = {0};
    struct workload workload;
    store_lock(store);
    while (store_next_changed(store, &workload)) {
        strbuf_printf(&seen, "%s/%s:", workload.kind, workload.name);
        for (size_t i = 0; i < workload.pod_count; i++)
            strbuf_printf(&seen, "%s%s", i ? "," : "", workload.pods[i]->name);
        strbuf_puts(&seen, workload.pod_count ? " " : exists(&workload) ? "- " : "gone ");
    }
    store_unlock(store);
    assert_string_equal(strbuf_text(&seen), wanted);
}

static void a_node_has_the_pods_that_are_on_it(void **state)
{
    struct store *store = *state;
    struct workload workload;
    put_pod(store, "a", "", "");
    assert_changed(store, "Pod/a:a "); /* a node that is only heard of is nobody's subject */
    put_node(store, "");
    assert_changed(store, "Node/node-a:a ");
    put_pod(store, "b", "StatefulSet", "db");
    assert_changed(store, "StatefulSet/db:b "); /* pods come and go without news of the node */
    store_lock(store);
    assert_true(store_find(store, STORE_NO_NAMESPACE, "Node", "node-a", &workload));
    assert_int_equal(workload.pod_count, 2);
    assert_string_equal(workload.uid, "uid-of-node");
    assert_string_equal(workload.node->name, "node-a");
    store_unlock(store);
    store_remove(store, STORE_PODS, "a");
    store_remove(store, STORE_PODS, "b");
    store_remove(store, STORE_NODES, "node-a");
    assert_changed(store, "Pod/a:gone StatefulSet/db:gone Node/node-a:gone ");
}

static void what_a_node_says_is_news_for_all_on_it(void **state)
{
    struct store *store = *state;
    put_node(store, "");
    put_pod(store, "a", "", "");
    put_pod(store, "b", "StatefulSet", "db");
    assert_changed(store, "Node/node-a:a,b Pod/a:a StatefulSet/db:b ");
    put_node(store, "NodeStatusUnknown");
    assert_changed(store, "Node/node-a:a,b Pod/a:a StatefulSet/db:b ");
    put_node(store, "NodeStatusUnknown"); /* the same again */
    assert_changed(store, "Node/node-a:a,b ");
}

static void a_job_belongs_to_its_cron_job(void **state)
{
    struct store *store = *state;
    struct workload workload;
    put_pod(store, "p1", "Job", "backup-1"); /* before anybody has told of the Job */
    assert_changed(store, "Job/backup-1:p1 ");
    put_job(store, "backup-1", "backup");
    assert_changed(store, "CronJob/backup:p1 Job/backup-1:gone ");
    put_job(store, "backup-2", "backup");
    put_pod(store, "p2", "Job", "backup-2");
    assert_changed(store, "CronJob/backup:p1,p2 ");
    store_lock(store);
    assert_true(store_find(store, "shop", "CronJob", "backup", &workload));
    assert_string_equal(workload.uid, "uid-of-cron");
    assert_int_equal(workload.job_count, 2);
    assert_string_equal(workload.jobs[0]->name, "backup-1");
    store_unlock(store);
    store_remove(store, STORE_JOBS, "backup-1");
    store_remove(store, STORE_PODS, "p1");
    store_remove(store, STORE_PODS, "p2");
    store_remove(store, STORE_JOBS, "backup-2");
    assert_changed(store, "CronJob/backup:gone ");
}

static void what_is_heard_of_a_job_is_news_of_its_cron_job(void **state)
{
    struct store *store = *state;
    struct controller_facts cron = {.kind = "CronJob", .ns = "shop", .name = "backup", .uid = "uid-of-cron"};
    struct event_facts event = {.uid = "e",
                                .ns = "shop",
                                .object_kind = "Job",
                                .object_name = "backup-1",
                                .object_uid = "backup-1",
                                .reason = "FailedCreate",
                                .last_ms = T0};
    store_put(store, STORE_CRON_JOBS, &cron);
    put_job(store, "backup-1", "backup"); /* which has no pods, since it may not make any */
    assert_changed(store, "CronJob/backup:- ");
    store_put(store, STORE_EVENTS, &event);
    assert_changed(store, "CronJob/backup:- ");
}

static void a_job_that_nobody_owns_stands_for_itself(void **state)
{
    struct store *store = *state;
    put_job(store, "import", NULL);
    put_pod(store, "p", "Job", "import");
    assert_changed(store, "Job/import:p ");
}

static void slices_belong_to_their_service(void **state)
{
    struct store *store = *state;
    struct workload workload;
    struct service_facts service = {
        .ns = "shop", .name = "web", .uid = "uid-of-service", .selector = "app=web\n"};
    struct slice_facts slice = {
        .ns = "shop", .name = "web-x", .uid = "s1", .service = "web", .endpoints = 3, .ready = 2};
    store_put(store, STORE_SLICES, &slice); /* in whichever order they come */
    store_put(store, STORE_SERVICES, &service);
    store_lock(store);
    assert_true(store_find(store, "shop", "Service", "web", &workload));
    assert_int_equal(workload.slice_count, 1);
    assert_int_equal(workload.slices[0]->ready, 2);
    assert_string_equal(workload.service->selector, "app=web\n");
    store_unlock(store);
    assert_changed(store, "Service/web:- ");
    slice.ready = 0;
    store_put(store, STORE_SLICES, &slice);
    assert_changed(store, "Service/web:- ");
    store_remove(store, STORE_SERVICES, "uid-of-service");
    store_remove(store, STORE_SLICES, "s1");
    assert_changed(store, "Service/web:- "); /* it is missed */
}

static void put_service(struct store *store, const char *name, const char *uid)
{
    struct service_facts service = {.ns = "shop", .name = name, .uid = uid, .selector = "app=web\n"};
    store_put(store, STORE_SERVICES, &service);
}

static void put_slice(struct store *store, const char *service, int ready)
{
    struct slice_facts slice = {
        .ns = "shop", .name = "s", .uid = service, .service = service, .endpoints = 2, .ready = ready};
    store_put(store, STORE_SLICES, &slice);
}

/* A Service that has led to two pods and is gone, its slice with it. */
static void lose_service(struct store *store, const char *name, const char *uid)
{
    put_service(store, name, uid);
    put_slice(store, name, 2);
    store_remove(store, STORE_SERVICES, uid);
    store_remove(store, STORE_SLICES, name);
}

static void a_service_that_served_is_missed_until_it_is_back(void **state)
{
    struct store *store = *state;
    struct workload workload;
    lose_service(store, "web", "u1");
    assert_changed(store, "Service/web:- ");
    clock_fix(T0 + 5000);
    store_lock(store);
    assert_true(store_find(store, "shop", "Service", "web", &workload));
    assert_true(exists(&workload) && !workload.service);
    assert_string_equal(workload.uid, "u1");
    assert_string_equal(workload.past->selector, "app=web\n");
    assert_int_equal(workload.past->served, 2);
    assert_true(workload.past->gone_ms == T0 && workload.past->served_ms == T0);
    store_unlock(store);
    put_service(store, "web", "u2");
    store_lock(store);
    assert_true(store_find(store, "shop", "Service", "web", &workload));
    assert_string_equal(workload.uid, "u2");
    assert_true(workload.past->gone_ms == 0 && workload.past->served_ms == 0);
    store_unlock(store);
    store_remove(store, STORE_SERVICES, "u2"); /* has not served */
    assert_changed(store, "Service/web:gone ");
}

static void nobody_misses_what_was_ignored_replaced_or_is_not_seen(void **state)
{
    struct store *store = *state;
    struct service_facts service = {
        .ns = "shop", .name = "web", .uid = "u1", .selector = "app=web\n", .ignored = 1};
    put_slice(store, "web", 2);
    store_put(store, STORE_SERVICES, &service);
    store_remove(store, STORE_SERVICES, "u1");
    store_remove(store, STORE_SLICES, "web");
    assert_changed(store, "");
    put_slice(store, "web", 2);
    put_service(store, "web", "u2");
    store_list_begin(store, STORE_SERVICES);
    put_service(store, "web", "u3");
    store_list_end(store, STORE_SERVICES); /* sweeps its predecessor */
    store_remove(store, STORE_SLICES, "web");
    struct workload workload;
    store_lock(store);
    assert_true(store_find(store, "shop", "Service", "web", &workload));
    assert_true(workload.service && !workload.past->gone_ms);
    store_unlock(store);
    store_set_blind(store, STORE_SERVICES);
    store_remove(store, STORE_SERVICES, "u3"); /* whoever said that: it cannot be known */
    store_lock(store);
    assert_false(store_find(store, "shop", "Service", "web", &workload));
    assert_true(store_is_blind(store, STORE_SERVICES) && !store_is_blind(store, STORE_PODS));
    store_unlock(store);
}

static void a_service_is_not_missed_for_ever(void **state)
{
    struct store *store = *state;
    struct namespace_facts ns = {.name = "shop", .phase = "Active"};
    lose_service(store, "web", "u1");
    clock_fix(T0 + STORE_MISSED_MS);
    assert_changed(store, "Service/web:- ");
    lose_service(store, "api", "u2"); /* the next to go shows it out */
    assert_changed(store, "Service/api:- Service/web:gone ");
    store_put(store, STORE_NAMESPACES, &ns);
    store_remove(store, STORE_NAMESPACES, "shop");
    store_lock(store);
    struct workload workload;
    assert_false(store_find(store, "shop", "Service", "api", &workload));
    store_unlock(store);
}

static void a_config_map_that_goes_is_news_in_its_namespace(void **state)
{
    struct store *store = *state;
    struct config_map_facts config_map = {"shop", "settings", "u1"};
    put_pod(store, "a", "", "");
    store_put(store, STORE_CONFIG_MAPS, &config_map);
    assert_changed(store, "Pod/a:a ");
    store_remove(store, STORE_CONFIG_MAPS, "u1");
    assert_changed(store, "Pod/a:a ");
    store_lock(store);
    assert_true(store_gone_ms(store, STORE_CONFIG_MAPS, "shop", "settings") == T0);
    store_unlock(store);
    store_put(store, STORE_CONFIG_MAPS, &config_map);
    store_list_begin(store, STORE_CONFIG_MAPS);
    config_map.uid = "u2";
    store_put(store, STORE_CONFIG_MAPS, &config_map);
    store_list_end(store, STORE_CONFIG_MAPS); /* sweeps its predecessor */
    store_lock(store);
    assert_true(store_gone_ms(store, STORE_CONFIG_MAPS, "shop", "settings") == 0);
    store_unlock(store);
}

static void what_may_not_be_seen_has_not_gone(void **state)
{
    struct store *store = *state;
    struct config_map_facts config_map = {"shop", "settings", "u"};
    store_put(store, STORE_CONFIG_MAPS, &config_map);
    store_set_blind(store, STORE_CONFIG_MAPS);
    assert_int_equal(store_count(store, STORE_CONFIG_MAPS), 1); /* as it was last seen */
    store_remove(store, STORE_CONFIG_MAPS, "u");
    store_lock(store);
    assert_true(store_is_blind(store, STORE_CONFIG_MAPS));
    assert_true(store_gone_ms(store, STORE_CONFIG_MAPS, "shop", "settings") == 0);
    store_unlock(store);
}

static void a_registry_has_the_pods_that_wait_for_it(void **state)
{
    struct store *store = *state;
    struct workload workload;
    struct container_facts container = {.name = "app", .unreachable = "registry.example"};
    struct pod_facts pod = {
        .ns = "shop", .name = "a", .uid = "a", .containers = &container, .container_count = 1};
    store_put(store, STORE_PODS, &pod);
    assert_changed(store, "Registry/registry.example:a Pod/a:a ");
    store_lock(store);
    assert_true(store_find(store, STORE_NO_NAMESPACE, STORE_REGISTRY, "registry.example", &workload));
    store_unlock(store);
    container.unreachable = "";
    store_put(store, STORE_PODS, &pod);
    assert_changed(store, "Registry/registry.example:gone Pod/a:a ");
}

static void pods_follow_an_owner_that_is_learned_of(void **state)
{
    struct store *store = *state;
    struct owner rollout = {"argoproj.io/v1alpha1", "Rollout", "web", "uid-of-rollout"};
    struct workload workload;
    put_pod(store, "a", "ReplicaSet", "web-5d8");
    assert_changed(store, "ReplicaSet/web-5d8:a ");
    store_adopt(store, "shop", "ReplicaSet", "web-5d8", &rollout);
    assert_changed(store, "Rollout/web:a ReplicaSet/web-5d8:gone ");
    put_pod(store, "b", "ReplicaSet", "web-5d8"); /* later ones, too */
    assert_changed(store, "Rollout/web:a,b ");
    store_lock(store);
    assert_true(store_find(store, "shop", "Rollout", "web", &workload));
    assert_string_equal(workload.uid, "uid-of-rollout");
    assert_string_equal(workload.api_version, "argoproj.io/v1alpha1");
    store_unlock(store);
    store_remove(store, STORE_PODS, "a");
    store_remove(store, STORE_PODS, "b");
    assert_changed(store, "Rollout/web:gone ");
}

static int note_name(void *context, const struct owner *stray)
{
    strbuf_printf(context, "%s/%s ", stray->kind, stray->name);
    return 0;
}

static void assert_strays(struct store *store, const char *expected)
{
    AUTO_STRBUF names = {0};
    store_lock(store);
    store_each_stray(store, "shop", note_name, &names);
    store_unlock(store);
    assert_string_equal(strbuf_text(&names), expected);
}

static void what_nobody_watches_is_a_stray_until_somebody_says_whose_it_is(void **state)
{
    struct store *store = *state;
    static const struct owner nobody = {"", "", "", ""},
                              rollout = {"argoproj.io/v1alpha1", "Rollout", "web", "uid"};
    put_pod(store, "a", "", "");
    put_pod(store, "b", "StatefulSet", "db");
    assert_strays(store, "");
    put_pod(store, "c", "ReplicaSet", "web-5d8");
    assert_strays(store, "ReplicaSet/web-5d8 ");
    store_adopt(store, "shop", "ReplicaSet", "web-5d8", &rollout);
    assert_strays(store, "");
    put_pod(store, "d", "Workflow", "run");
    assert_strays(store, "Workflow/run ");
    store_adopt(store, "shop", "Workflow", "run", &nobody);
    assert_strays(store, "");
    assert_true(store_watches("Pod") && store_watches("CronJob") && store_watches(STORE_REGISTRY));
    assert_false(store_watches("ReplicaSet") || store_watches("Rollout"));
}

static void time_wakes_a_subject_once(void **state)
{
    struct store *store = *state;
    struct workload workload;
    put_pod(store, "a", "", "");
    store_lock(store);
    assert_true(store_next_changed(store, &workload));
    store_wake(store, &workload, T0 + 5000);
    store_wake(store, &workload, T0 + 9000); /* the earlier one counts */
    store_unlock(store);
    store_wait(store, 0);
    assert_changed(store, "");
    clock_fix(T0 + 5000);
    store_wait(store, 0);
    assert_changed(store, "Pod/a:a ");
    clock_fix(T0 + 20000);
    store_wait(store, 0);
    assert_changed(store, "");
}

static void the_past_is_remembered(void **state)
{
    struct store *store = *state;
    struct workload workload;
    struct controller_facts job = {.kind = "Job",
                                   .ns = "shop",
                                   .name = "import",
                                   .uid = "u",
                                   .started_ms = T0 - 9000,
                                   .completed_ms = T0 - 2000};
    struct container_facts init = {.name = "init",
                                   .init = 1,
                                   .state = CONTAINER_TERMINATED,
                                   .started_ms = T0 - 500,
                                   .now = {.reason = "Completed", .finished_ms = T0}};
    struct pod_facts pod = {.ns = "shop",
                            .name = "a",
                            .uid = "a",
                            .owner = {"batch/v1", "Job", "import", "u"},
                            .phase = "Running",
                            .ready = 1,
                            .containers = &init,
                            .container_count = 1};
    store_put(store, STORE_JOBS, &job);
    store_put(store, STORE_PODS, &pod);
    pod.disruption = "PreemptionByScheduler";
    pod.ready = 0;
    clock_fix(T0 + 1000);
    store_put(store, STORE_PODS, &pod);
    store_lock(store);
    assert_true(store_find(store, "shop", "Job", "import", &workload));
    assert_int_equal(workload.past->job_ms, 7000);
    assert_int_equal(workload.past->init_ms, 500);
    assert_int_equal(workload.past->served, 1);
    assert_true(workload.past->served_ms == T0 + 1000); /* until then */
    assert_true(workload.past->preempted_ms == T0 + 1000);
    store_unlock(store);
}

static void put_waiting_pod(struct store *store, const char *reason)
{
    struct pod_facts pod = {
        .ns = "shop", .name = "a", .uid = "a", .phase = "Pending", .unscheduled = {reason, "", T0}};
    store_put(store, STORE_PODS, &pod);
}

static int64_t gated_ms(struct store *store)
{
    struct workload workload;
    store_lock(store);
    assert_true(store_find(store, "shop", "Pod", "a", &workload));
    int64_t gated_ms = workload.past->gated_ms;
    store_unlock(store);
    return gated_ms;
}

static void when_a_gate_opened_is_remembered(void **state)
{
    struct store *store = *state;
    put_waiting_pod(store, "SchedulingGated");
    clock_fix(T0 + 60000);
    put_waiting_pod(store, "SchedulingGated");
    clock_fix(T0 + 61000);
    put_waiting_pod(store, "Unschedulable");
    assert_true(gated_ms(store) == T0 + 60000);
}

/* A pod whose container has been running since T0, and that is or is not ready since then. */
static void put_running_pod(struct store *store, const char *uid, int ready, int64_t since_ms)
{
    struct container_facts app = {.name = "app", .state = CONTAINER_RUNNING, .started_ms = T0};
    struct pod_facts pod = {.ns = "shop",
                            .name = uid,
                            .uid = uid,
                            .owner = {"apps/v1", "StatefulSet", "db", "u"},
                            .phase = "Running",
                            .ready = ready,
                            .ready_since_ms = since_ms,
                            .containers = &app,
                            .container_count = 1};
    store_put(store, STORE_PODS, &pod);
}

static int64_t ready_ms(struct store *store)
{
    struct workload workload;
    store_lock(store);
    assert_true(store_find(store, "shop", "StatefulSet", "db", &workload));
    int64_t ready_ms = workload.past->ready_ms;
    store_unlock(store);
    return ready_ms;
}

static void how_long_a_start_takes_is_learnt_from_those_that_were_seen(void **state)
{
    struct store *store = *state;
    put_running_pod(store, "a", 1, T0 + 900000); /* when it was first ready nobody knows */
    assert_int_equal(ready_ms(store), 0);
    put_running_pod(store, "b", 0, T0 - 1000);
    put_running_pod(store, "b", 1, T0 + 40000);
    assert_int_equal(ready_ms(store), 40000);
    put_running_pod(store, "c", 0, T0 - 1000);
    put_running_pod(store, "c", 1, T0 + 20000);
    assert_int_equal(ready_ms(store), 40000);
    put_running_pod(store, "c", 0, T0 + 50000); /* lost, and found again: no start */
    put_running_pod(store, "c", 1, T0 + 90000);
    assert_int_equal(ready_ms(store), 40000);
}

static void the_newest_node_is_known_to_all(void **state)
{
    struct store *store = *state;
    struct workload workload;
    put_pod(store, "a", "", "");
    store_put(store, STORE_NODES, &(struct node_facts){.name = "n-2", .uid = "2", .created_ms = T0 + 5});
    store_put(store, STORE_NODES, &(struct node_facts){.name = "n-1", .uid = "1", .created_ms = T0 + 2});
    store_remove(store, STORE_NODES, "n-2"); /* that one came is what counts */
    store_lock(store);
    assert_true(store_find(store, "shop", "Pod", "a", &workload));
    assert_true(workload.newest_node_ms == T0 + 5);
    store_unlock(store);
}

static int64_t moved_ms(struct store *store, const struct controller_facts *facts)
{
    struct workload workload;
    store_put(store, STORE_STATEFUL_SETS, facts);
    store_lock(store);
    assert_true(store_find(store, "shop", "StatefulSet", "db", &workload));
    int64_t ms = workload.past->moved_ms;
    store_unlock(store);
    return ms;
}

static void what_a_controller_counts_is_seen_to_move(void **state)
{
    struct store *store = *state;
    struct controller_facts set = {
        .kind = "StatefulSet", .ns = "shop", .name = "db", .uid = "u", .replicas = 3, .ready = 2};
    assert_true(moved_ms(store, &set) == T0);
    clock_fix(T0 + 1000);
    set.resource_version = "8";
    assert_true(moved_ms(store, &set) == T0);
    set.ready = 3;
    assert_true(moved_ms(store, &set) == T0 + 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_node_has_the_pods_that_are_on_it, open_store, close_store),
        cmocka_unit_test_setup_teardown(what_a_node_says_is_news_for_all_on_it, open_store, close_store),
        cmocka_unit_test_setup_teardown(a_job_belongs_to_its_cron_job, open_store, close_store),
        cmocka_unit_test_setup_teardown(what_is_heard_of_a_job_is_news_of_its_cron_job, open_store,
                                        close_store),
        cmocka_unit_test_setup_teardown(a_job_that_nobody_owns_stands_for_itself, open_store, close_store),
        cmocka_unit_test_setup_teardown(slices_belong_to_their_service, open_store, close_store),
        cmocka_unit_test_setup_teardown(a_service_that_served_is_missed_until_it_is_back, open_store,
                                        close_store),
        cmocka_unit_test_setup_teardown(nobody_misses_what_was_ignored_replaced_or_is_not_seen, open_store,
                                        close_store),
        cmocka_unit_test_setup_teardown(a_service_is_not_missed_for_ever, open_store, close_store),
        cmocka_unit_test_setup_teardown(a_config_map_that_goes_is_news_in_its_namespace, open_store,
                                        close_store),
        cmocka_unit_test_setup_teardown(what_a_controller_counts_is_seen_to_move, open_store, close_store),
        cmocka_unit_test_setup_teardown(what_may_not_be_seen_has_not_gone, open_store, close_store),
        cmocka_unit_test_setup_teardown(a_registry_has_the_pods_that_wait_for_it, open_store, close_store),
        cmocka_unit_test_setup_teardown(pods_follow_an_owner_that_is_learned_of, open_store, close_store),
        cmocka_unit_test_setup_teardown(what_nobody_watches_is_a_stray_until_somebody_says_whose_it_is,
                                        open_store, close_store),
        cmocka_unit_test_setup_teardown(time_wakes_a_subject_once, open_store, close_store),
        cmocka_unit_test_setup_teardown(the_past_is_remembered, open_store, close_store),
        cmocka_unit_test_setup_teardown(when_a_gate_opened_is_remembered, open_store, close_store),
        cmocka_unit_test_setup_teardown(how_long_a_start_takes_is_learnt_from_those_that_were_seen,
                                        open_store, close_store),
        cmocka_unit_test_setup_teardown(the_newest_node_is_known_to_all, open_store, close_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
