/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/gathering.h"

static void a_job_says_how_its_runs_went(void **state)
{
    (void)state;
    struct controller_facts job = {.kind = "Job",
                                   .ns = "shop",
                                   .name = "backup",
                                   .uid = "uid-of-job",
                                   .failed = 7,
                                   .started_ms = T0 - 60 * MINUTE_MS,
                                   .failure = {"BackoffLimitExceeded", "Job has reached it", T0 - MINUTE_MS}};
    store_all();
    store_put(store, STORE_JOBS, &job);
    serve("/jobs/backup", 200,
          "{'metadata':{'uid':'uid-of-job'},'spec':{'backoffLimit':6,'template':{'spec':{'"
          "containers':[{'name':'dump','image':'pg'}]}}}}");
    AUTO_JSON *observed = gather_class(CLASS_JOB_FAILED, "shop", "Job", "backup", -1);
    assert_string_equal(
        evidence(observed, "status", "K", 0),
        "Job shop/backup: pods: 0 active, 0 succeeded, 7 failed; started at "
        "2026-11-18T10:06:40.000Z; failed: BackoffLimitExceeded since 2026-11-18T11:05:40.000Z; "
        "failing pods: 0, ready and well: 0");
    assert_string_equal(evidence(observed, "status", "W", 0), "BackoffLimitExceeded: Job has reached it");
    assert_string_equal(evidence(observed, "spec", "K", 0), "name: dump\nimage: pg");
    assert_string_equal(evidence(observed, "spec", "K", 1), "backoffLimit: 6\ncontainers: dump");
    assert_int_equal(json_array_size(json_object_get(observed, "pods")), 0);
}

static void a_cron_job_says_how_its_last_jobs_went(void **state)
{
    (void)state;
    struct controller_facts cron_job = {.kind = "CronJob",
                                        .ns = "shop",
                                        .name = "backup",
                                        .uid = "uid-of-cron",
                                        .paused = 1,
                                        .started_ms = T0 - MINUTE_MS,
                                        .completed_ms = T0 - 60 * MINUTE_MS};
    struct controller_facts job = {
        .kind = "Job", .ns = "shop", .owner = {"batch/v1", "CronJob", "backup", "uid-of-cron"}};
    char names[4][16];
    store_all();
    store_put(store, STORE_CRON_JOBS, &cron_job);
    for (int i = 0; i < 4; i++) {
        snprintf(names[i], sizeof names[i], "backup-%d", i);
        job.name = job.uid = names[i];
        job.created_ms = T0 + i;
        job.failed = i;
        store_put(store, STORE_JOBS, &job);
    }
    serve("/cronjobs/backup", 200,
          "{'metadata':{'uid':'uid-of-cron'},'spec':{'schedule':'* * * * *','jobTemplate':"
          "{'spec':{'backoffLimit':6,'template':{'spec':{'containers':[{'name':'dump'}]}}}}}}");
    put_event_about("Job", "backup-3", "backup-3", "e1", "FailedCreate", "no quota", 2);
    AUTO_JSON *observed = gather_class(CLASS_JOB_FAILED, "shop", "CronJob", "backup", -1);
    assert_string_equal(
        evidence(observed, "status", "K", 0),
        "CronJob shop/backup: 0 active; last run at 2026-11-18T11:05:40.000Z, last success at "
        "2026-11-18T10:06:40.000Z, paused; failing pods: 0, ready and well: 0\n"
        "Job backup-1: pods: 0 active, 0 succeeded, 1 failed\n"
        "Job backup-2: pods: 0 active, 0 succeeded, 2 failed\n"
        "Job backup-3: pods: 0 active, 0 succeeded, 3 failed");
    assert_string_equal(evidence(observed, "spec", "K", 0), "name: dump");
    assert_string_equal(evidence(observed, "spec", "K", 1),
                        "schedule: * * * * *\nbackoffLimit: 6\ncontainers: dump");
    assert_holds(evidence(observed, "event", "K", 0), "FailedCreate ×2, Job backup-3");
}

static void a_node_says_what_it_suffers_from(void **state)
{
    (void)state;
    struct node_facts node = {.name = "node-1",
                              .uid = "uid-of-node",
                              .unready = {"NodeStatusUnknown", "Kubelet stopped posting", T0 - MINUTE_MS},
                              .pressure = {"DiskPressure", "disk is full", T0 - 2 * MINUTE_MS},
                              .cordoned = 1};
    store_all();
    store_put(store, STORE_NODES, &node);
    put_event_about("Node", "node-1", "node-1", "e1", "FreeDiskSpaceFailed", "cannot free",
                    1); /* by its kubelet */
    put_event_about("Node", "node-1", "uid-of-node", "e2", "Rebooted", "it has", 1);
    serve("/nodes/node-1", 200, "{'metadata':{'uid':'uid-of-node','resourceVersion':'5'}}");
    AUTO_JSON *observed = gather_class(CLASS_NODE, STORE_NO_NAMESPACE, "Node", "node-1", -1);
    assert_string_equal(
        evidence(observed, "status", "K", 0),
        "Node node-1: not ready, NodeStatusUnknown since 2026-11-18T11:05:40.000Z; DiskPressure since "
        "2026-11-18T11:04:40.000Z, cordoned; 3 pods on it");
    assert_string_equal(evidence(observed, "status", "W", 0),
                        "Ready: Kubelet stopped posting\nDiskPressure: disk is full");
    assert_holds(evidence(observed, "event", "K", 0), "FreeDiskSpaceFailed");
    assert_holds(evidence(observed, "event", "K", 0), "Rebooted");
    assert_string_equal(json_string_at(observed, "target.resource_version"), "5");
    assert_true(json_is_null(json_object_get(observed, "before")));
}

static void a_namespace_says_what_keeps_it(void **state)
{
    (void)state;
    struct namespace_facts ns = {.name = "old",
                                 .uid = "uid-of-ns",
                                 .phase = "Terminating",
                                 .deleted_ms = T0 - MINUTE_MS,
                                 .stuck = {"SomeFinalizersRemain", "x.io/f in 1 resource", T0 - MINUTE_MS}};
    store_all();
    store_put(store, STORE_NAMESPACES, &ns);
    serve("/namespaces/old", 200,
          "{'metadata':{'uid':'uid-of-ns','deletionTimestamp':'2026-11-18T11:05:40Z','finalizers':['x.io/"
          "f']},'status':{"
          "'conditions':[{'type':'NamespaceContentRemaining','status':'True','reason':'SomeResourcesRemain',"
          "'lastTransitionTime':'2026-11-18T11:05:50Z','message':'things.x.io has 1 resource'},{'type':"
          "'NamespaceDeletionDiscoveryFailure','status':'False'}]}}");
    AUTO_JSON *observed = gather_class(CLASS_NAMESPACE, STORE_NO_NAMESPACE, "Namespace", "old", -1);
    assert_string_equal(evidence(observed, "status", "K", 0),
                        "Namespace old: Terminating, being deleted since 2026-11-18T11:05:40.000Z; "
                        "SomeFinalizersRemain since 2026-11-18T11:05:40.000Z");
    assert_string_equal(evidence(observed, "status", "W", 0), "SomeFinalizersRemain: x.io/f in 1 resource");
    assert_string_equal(evidence(observed, "spec", "K", 0), "finalizers: [\"x.io/f\"]");
    assert_string_equal(evidence(observed, "status", "K", 1),
                        "NamespaceContentRemaining True, SomeResourcesRemain, since 2026-11-18T11:05:50Z\n"
                        "NamespaceDeletionDiscoveryFailure False");
    assert_string_equal(evidence(observed, "status", "W", 1),
                        "NamespaceContentRemaining: things.x.io has 1 resource");
}

static void the_signal_that_ended_a_run_is_named(void **state)
{
    (void)state;
    break_run(&test, 0, "OOMKilled", 137, 5);
    break_run(&test, 1, "Error", 139, 5);
    break_run(&test, 2, "Error", 255, 5);
    store_all();
    serve("/deployments/web", 200, "{'metadata':{'uid':'uid-of-web'}}");
    AUTO_JSON *observed = gather_now();
    const char *status = evidence(observed, "status", "K", 0);
    assert_holds(status, "OOMKilled, exit code 137 (SIGKILL), at ");
    AUTO_JSON *others = gather_class(CLASS_CRASH_LOOP, "shop", "Deployment", "web", 1);
    assert_holds(evidence(others, "status", "K", 0), "Error, exit code 139 (SIGSEGV), at ");
    AUTO_JSON *unknown = gather_class(CLASS_CRASH_LOOP, "shop", "Deployment", "web", 2);
    assert_holds(evidence(unknown, "status", "K", 0), "Error, exit code 255, at ");
}

static void a_registry_says_who_waits_for_it(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        break_image(&test, i);
        test.containers[i].unreachable = "registry.example.org";
    }
    test.pods[2].owner.kind = test.pods[2].owner.name = test.pods[2].owner.uid = "";
    store_all();
    serve("/namespaces/shop/pods/web-2", 200,
          "{'spec':{'containers':[{'name':'app','image':'nginx:1.99'}]}}");
    AUTO_JSON *observed =
        gather_class(CLASS_REGISTRY, STORE_NO_NAMESPACE, STORE_REGISTRY, "registry.example.org", -1);
    assert_holds(
        evidence(observed, "status", "K", 0),
        "Registry registry.example.org: 3 pods wait for images from it, of ReplicaSet shop/web-5d8, Pod "
        "shop/web-2\nPod web-2 on node node-1");
    assert_string_equal(evidence(observed, "status", "W", 0),
                        "Pod web-2, container app: Back-off pulling image \"nginx:1.99\"");
    assert_string_equal(evidence(observed, "spec", "K", 0), "name: app\nimage: nginx:1.99");
    assert_true(json_is_null(json_at(observed, "target.resource_version")));
}

static void a_pod_says_what_is_done_to_it(void **state)
{
    (void)state;
    struct pod_facts *pod = &test.pods[1];
    pod->deleted_ms = T0 - MINUTE_MS;
    pod->finalizers = 2;
    pod->disruption = "EvictionByEvictionAPI";
    pod->message = "The node was low on resource";
    pod->resize = (struct complaint){"Infeasible", "too large", T0 - MINUTE_MS};
    store_all();
    serve("/deployments/web", 200, "{'metadata':{'uid':'uid-of-web'}}");
    serve("/pods/web-1", 200,
          "{'metadata':{'deletionTimestamp':'2026-11-18T11:05:40Z','finalizers':['x.io/a','x.io/b']}}");
    AUTO_JSON *observed = gather_class(CLASS_STUCK_DELETING, "shop", "Deployment", "web", 1);
    assert_holds(
        evidence(observed, "status", "K", 0),
        "\nPod web-1 on node node-1, template 5d8, Running, resize: Infeasible since "
        "2026-11-18T11:05:40.000Z, taken away: EvictionByEvictionAPI, being deleted, with grace until "
        "2026-11-18T11:05:40.000Z, kept by finalizers: 2: container app, image nginx:1.25: running, ready");
    assert_string_equal(evidence(observed, "status", "W", 0),
                        "Pod web-1: The node was low on resource\nPod web-1: too large");
    assert_string_equal(evidence(observed, "spec", "K", 0), "finalizers: [\"x.io/a\",\"x.io/b\"]");
}

static void where_the_object_fails_its_newest_sick_pod_stands_for_all(void **state)
{
    (void)state;
    break_run(&test, 1, "Error", 3, 5);
    store_all();
    serve("/deployments/web", 200,
          "{'metadata':{'uid':'uid-of-web'},'spec':{'replicas':3,'selector':{'matchLabels':{'app':'web'}},"
          "'template':{'spec':{'containers':[{'name':'app','image':'nginx'}]}}}}");
    serve("/log?", 200, "no database");
    AUTO_JSON *observed = gather_class(CLASS_ROLLOUT, "shop", "Deployment", "web", -1);
    assert_holds(evidence(observed, "status", "K", 0), "\nPod web-1 on node node-1");
    assert_holds(evidence(observed, "log", "W", 0), "in pod web-1, the run before:\nno database");
    assert_string_equal(evidence(observed, "spec", "K", 0), "name: app\nimage: nginx");
    assert_int_equal(json_array_size(json_object_get(observed, "pods")), 0);
    assert_string_equal(json_string_at(observed, "onset.template_hash"), "5d8");
    assert_string_equal(json_string_at(observed, "before.container"), "app");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATHERING(a_job_says_how_its_runs_went),
        GATHERING(a_cron_job_says_how_its_last_jobs_went),
        GATHERING(a_node_says_what_it_suffers_from),
        GATHERING(a_namespace_says_what_keeps_it),
        GATHERING(the_signal_that_ended_a_run_is_named),
        GATHERING(a_registry_says_who_waits_for_it),
        GATHERING(a_pod_says_what_is_done_to_it),
        GATHERING(where_the_object_fails_its_newest_sick_pod_stands_for_all),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/gather/status", tests, NULL, NULL);
}
