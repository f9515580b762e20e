/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/gathering.h"

static void put_event(int number, const char *uid, const char *reason, const char *message, int count)
{
    put_event_about("Pod", test.names[number], test.uids[number], uid, reason, message, count);
}

static void events_that_say_the_same_are_counted_together(void **state)
{
    (void)state;
    break_image(&test, 0);
    break_image(&test, 1);
    store_all();
    put_event(0, "e1", "Failed", "pod web-0(u-0): token=abc is refused", 4);
    put_event(1, "e2", "Failed", "pod web-1(u-1): token=abc is refused", 3);
    put_event(1, "e3", "BackOff", "Back-off", 1);
    put_event(2, "e4", "Failed", "of a pod that is well", 1);
    serve("/deployments/web", 200, "{'metadata':{'uid':'uid-of-web'}}");
    AUTO_JSON *observed = gather_now();
    assert_string_equal(evidence(observed, "event", "K", 0),
                        "Warning Failed ×7, Pod web-1, last at 2026-11-18T11:06:37.000Z\n"
                        "Warning BackOff ×1, Pod web-1, last at 2026-11-18T11:06:39.000Z");
    assert_string_equal(evidence(observed, "event", "W", 0),
                        "Failed: pod web-1(u-1): token=<S1> is refused\nBackOff: Back-off");
}

static void that_pods_cannot_be_made_is_told_of_the_replica_set(void **state)
{
    (void)state;
    store_all();
    put_event_about("ReplicaSet", "web-7c9", "uid-of-new", "e1", "FailedCreate", "exceeded quota: team", 9);
    put_event_about("Deployment", "web", "uid-of-web", "e2", "ReplicaSetCreateError", "no", 1);
    serve("/deployments/web", 200, "{'metadata':{'uid':'uid-of-web'},'spec':{'selector':{}}}");
    serve("/replicasets?", 200,
          "{'items':[{'metadata':{'name':'web-7c9','uid':'uid-of-new','labels':{'pod-template-hash':'7c9'},"
          "'ownerReferences':[{'uid':'uid-of-web','controller':true}]}}]}");
    AUTO_JSON *observed = gather_class(CLASS_FAILED_CREATE, "shop", "Deployment", "web", -1);
    assert_string_equal(evidence(observed, "event", "K", 0),
                        "Warning ReplicaSetCreateError ×1, Deployment web, last at 2026-11-18T11:06:39.000Z\n"
                        "Warning FailedCreate ×9, ReplicaSet web-7c9, last at 2026-11-18T11:06:31.000Z");
    assert_holds(evidence(observed, "event", "W", 0), "FailedCreate: exceeded quota: team");
    assert_string_equal(json_string_at(observed, "onset.template_hash"), "7c9");
}

static void no_event_is_counted_twice(void **state)
{
    (void)state;
    store_all();
    put_event_about("ReplicaSet", "web-5d8", "uid-of-set", "e1", "FailedCreate", "exceeded quota: team", 9);
    serve("/deployments/web", 200, "{'metadata':{'uid':'uid-of-web'},'spec':{'selector':{}}}");
    serve("/replicasets?", 200,
          "{'items':[{'metadata':{'name':'web-5d8','uid':'uid-of-set','labels':{'pod-template-hash':'5d8'},"
          "'ownerReferences':[{'uid':'uid-of-web','controller':true}]}}]}");
    AUTO_JSON *observed = gather_class(CLASS_OOM_KILLED, "shop", "Deployment", "web", 0);
    assert_holds(evidence(observed, "event", "K", 0), "FailedCreate ×9, ReplicaSet web-5d8");
}

static void events_of_the_nodes_of_its_pods_belong_to_it(void **state)
{
    (void)state;
    struct node_facts node = {.name = "node-1", .uid = "uid-of-node"};
    store_all();
    store_put(store, STORE_NODES, &node);
    put_event_about("Node", "node-1", "node-1", "e1", "SystemOOM", "killed", 1);
    put_event_about("Node", "node-1", "uid-of-node", "e2", "NodeNotReady", "away", 1);
    serve("/deployments/web", 200, "{'metadata':{'uid':'uid-of-web'}}");
    AUTO_JSON *observed = gather_class(CLASS_OOM_KILLED, "shop", "Deployment", "web", 0);
    assert_holds(evidence(observed, "event", "K", 0), "SystemOOM ×1, Node node-1");
    assert_holds(evidence(observed, "event", "K", 0), "NodeNotReady ×1, Node node-1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATHERING(events_that_say_the_same_are_counted_together),
        GATHERING(that_pods_cannot_be_made_is_told_of_the_replica_set),
        GATHERING(no_event_is_counted_twice),
        GATHERING(events_of_the_nodes_of_its_pods_belong_to_it),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/gather/events", tests, NULL, NULL);
}
