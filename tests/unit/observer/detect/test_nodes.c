/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes that are lost or short of something, and namespaces that do not go. */
#include "tests/unit/observer/detect/objects.h"

#define NONE STORE_NO_NAMESPACE

static struct node_facts old_node(void)
{
    struct node_facts node = {.name = "node-1", .uid = "n", .created_ms = T0 - HOUR_MS};
    facts_fill(STORE_NODES, &node);
    return node;
}

static void put_node(const struct node_facts *node)
{
    store_put(gaze.store, STORE_NODES, node);
}

static void put_pod_of_kind(const char *kind, const char *name)
{
    struct controller_facts owner = {.kind = kind, .name = "own", .uid = "o"};
    struct pod_facts pod = pod_of(&owner, name);
    put_pod(&pod);
}

static void a_lost_node_is_one_incident_for_all_on_it(void **state)
{
    (void)state;
    struct node_facts node = old_node();
    put_pod_of_kind("StatefulSet", "a");
    put_pod_of_kind("Job", "b");
    put_pod_of_kind("DaemonSet", "c");
    put_node(&node);
    assert_quiet_at(T0, NONE, "Node", "node-1");
    node.unready = (struct complaint){"NodeStatusUnknown", "", T0 - 9000};
    put_node(&node);
    assert_told_at(T0, NONE, "Node", "node-1",
                   (struct told){CLASS_NODE,
                                 "run pods: its kubelet does not report (NodeStatusUnknown); pods on it: 2",
                                 T0 - 9000, 2});
    node.unready.reason = "KubeletNotReady";
    put_node(&node);
    assert_told_at(
        T0, NONE, "Node", "node-1",
        (struct told){CLASS_NODE,
                      "run pods: its kubelet says that it is not ready (KubeletNotReady); pods on it: 2",
                      T0 - 9000, 2});
    node.deleted_ms = T0;
    put_node(&node);
    assert_quiet_at(T0, NONE, "Node", "node-1");
}

static void a_new_node_takes_its_time(void **state)
{
    (void)state;
    struct node_facts node = old_node();
    put_pod_of_kind("StatefulSet", "a");
    node.created_ms = T0;
    node.unready = (struct complaint){"KubeletNotReady", "", T0};
    put_node(&node);
    assert_told_from(
        T0 + PENDING_MS, NONE, "Node", "node-1",
        (struct told){CLASS_NODE,
                      "run pods: its kubelet says that it is not ready (KubeletNotReady); pods on it: 1", T0,
                      1});
}

static void one_without_pods_may_only_be_taken_away(void **state)
{
    (void)state;
    struct node_facts node = old_node();
    put_pod_of_kind("DaemonSet", "c");
    node.unready = (struct complaint){"NodeStatusUnknown", "", T0};
    put_node(&node);
    assert_told_from(T0 + STUCK_MS, NONE, "Node", "node-1",
                     (struct told){CLASS_NODE,
                                   "run pods: its kubelet does not report (NodeStatusUnknown); pods on it: 0",
                                   T0, 0});
}

static void one_that_was_told_of_is_so_until_it_is_well(void **state)
{
    (void)state;
    struct node_facts node = old_node();
    node.cordoned = 1; /* people empty it */
    node.unready = (struct complaint){"NodeStatusUnknown", "", T0};
    put_node(&node);
    remember(CLASS_NODE, "");
    assert_told_at(T0, NONE, "Node", "node-1",
                   (struct told){CLASS_NODE,
                                 "run pods: its kubelet does not report (NodeStatusUnknown); pods on it: 0",
                                 T0, 0});
    node.unready.reason = "";
    node.pressure = (struct complaint){"DiskPressure", "", T0};
    put_node(&node);
    assert_quiet_at(T0, NONE, "Node", "node-1");
    remember(CLASS_PRESSURE, "");
    assert_told_at(T0, NONE, "Node", "node-1",
                   (struct told){CLASS_PRESSURE, "take more: disk space is short (DiskPressure)", T0, 0});
}

static void a_node_that_was_emptied_may_be_switched_off(void **state)
{
    (void)state;
    struct node_facts node = old_node();
    struct controller_facts owner = {.kind = "Node", .name = "node-1", .uid = "n"};
    struct pod_facts mirror = pod_of(&owner, "static");
    mirror.mirror = 1;
    put_pod(&mirror);
    put_pod_of_kind("DaemonSet", "c");
    node.cordoned = 1;
    node.unready = (struct complaint){"NodeStatusUnknown", "", T0};
    put_node(&node);
    assert_quiet_at(T0, NONE, "Node", "node-1");
    put_pod_of_kind("StatefulSet", "left");
    assert_told_at(T0, NONE, "Node", "node-1",
                   (struct told){CLASS_NODE,
                                 "run pods: its kubelet does not report (NodeStatusUnknown); pods on it: 1",
                                 T0, 1});
}

static void every_pressure_has_words(void **state)
{
    (void)state;
    static const struct {
        const char *type, *words;
    } cases[] = {
        {"MemoryPressure", "take more: memory is short (MemoryPressure)"},
        {"DiskPressure", "take more: disk space is short (DiskPressure)"},
        {"PIDPressure", "take more: process numbers are short (PIDPressure)"},
        {"NetworkUnavailable", "take more: its network is not set up (NetworkUnavailable)"},
    };
    struct node_facts node = old_node();
    put_pod_of_kind("StatefulSet", "a");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        node.cordoned = 0;
        node.pressure = (struct complaint){cases[i].type, "", T0 - 5000};
        put_node(&node);
        assert_told_at(T0, NONE, "Node", "node-1",
                       (struct told){CLASS_PRESSURE, cases[i].words, T0 - 5000, 1});
        node.cordoned = 1; /* somebody sees to it */
        put_node(&node);
        assert_quiet_at(T0, NONE, "Node", "node-1");
    }
}

static void a_new_node_has_no_network_yet(void **state)
{
    (void)state;
    struct node_facts node = old_node();
    node.created_ms = T0;
    node.pressure = (struct complaint){"NetworkUnavailable", "", T0};
    put_node(&node);
    assert_told_from(
        T0 + PENDING_MS, NONE, "Node", "node-1",
        (struct told){CLASS_PRESSURE, "take more: its network is not set up (NetworkUnavailable)", T0, 0});
}

static void a_node_may_ask_to_be_ignored(void **state)
{
    (void)state;
    struct node_facts node = old_node();
    node.unready = (struct complaint){"NodeStatusUnknown", "", T0};
    node.ignored = 1;
    put_node(&node);
    assert_quiet_at(T0, NONE, "Node", "node-1");
}

/* ---- Namespaces ---- */

static void a_namespace_that_does_not_go_is_told_with_why(void **state)
{
    (void)state;
    static const struct {
        const char *reason, *words;
    } cases[] = {
        {"DiscoveryFailed", "finish its deletion: an API of the cluster does not answer"},
        {"GroupVersionParsingFailed",
         "finish its deletion: an API of the cluster has a version that is none"},
        {"ContentDeletionFailed", "finish its deletion: some of what is in it cannot be deleted"},
        {"SomeFinalizersRemain", "finish its deletion: finalizers hold some of what is in it"},
        {"SomeResourcesRemain", "finish its deletion: something is left in it"},
        {"", "finish its deletion: nothing says why"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct namespace_facts ns = {.name = "shop",
                                     .uid = "ns",
                                     .phase = "Terminating",
                                     .deleted_ms = T0,
                                     .stuck.reason = cases[i].reason};
        store_put(gaze.store, STORE_NAMESPACES, &ns);
        assert_told_from(T0 + STUCK_MS, NONE, "Namespace", "shop",
                         (struct told){CLASS_NAMESPACE, cases[i].words, T0, 0});
    }
}

static void a_namespace_that_stays_is_quiet(void **state)
{
    (void)state;
    struct namespace_facts ns = {.name = "shop", .uid = "ns", .phase = "Active"};
    store_put(gaze.store, STORE_NAMESPACES, &ns);
    assert_quiet_at(T0 + 100 * HOUR_MS, NONE, "Namespace", "shop");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_lost_node_is_one_incident_for_all_on_it),
        TEST(a_new_node_takes_its_time),
        TEST(one_without_pods_may_only_be_taken_away),
        TEST(one_that_was_told_of_is_so_until_it_is_well),
        TEST(a_node_that_was_emptied_may_be_switched_off),
        TEST(every_pressure_has_words),
        TEST(a_new_node_has_no_network_yet),
        TEST(a_node_may_ask_to_be_ignored),
        TEST(a_namespace_that_does_not_go_is_told_with_why),
        TEST(a_namespace_that_stays_is_quiet),
    };
    return cmocka_run_group_tests_name("observer/detect/nodes", tests, NULL, NULL);
}
