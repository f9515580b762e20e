/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/gathering.h"

#define DEPLOYMENT                                                                                           \
    "{'metadata':{'uid':'uid-of-web'},'spec':{'replicas':3,'template':{'spec':{'initContainers':[{'name':'"  \
    "init'}],"                                                                                               \
    "'containers':[{'name':'app','resources':{'requests':{'cpu':'64','memory':'1Gi'}}}]}}}}"
#define SMALL(name, more)                                                                                    \
    "{'metadata':{'name':'" name "'},'spec':{" more                                                          \
    "},'status':{'allocatable':{'cpu':'4','memory':'16Gi','pods':"                                           \
    "'110','hugepages-2Mi':'0'}}}"

static void put_node(const char *name, const char *pressure, int cordoned)
{
    struct node_facts node = {.name = name, .uid = name, .cordoned = cordoned};
    if (*pressure)
        node.pressure = (struct complaint){pressure, "secret words", T0 - MINUTE_MS};
    store_put(store, STORE_NODES, &node);
}

static void the_nodes_of_the_pods_are_told_once_each(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        break_run(&test, i, "Error", 1, 5);
    test.pods[2].node = "node-2";
    store_all();
    put_node("node-1", "", 0);
    put_node("node-2", "MemoryPressure", 1);
    serve("/deployments/web", 200, DEPLOYMENT);
    serve("/log?", 200, "");
    serve("/apis/apps/v1", 404, "{}");
    AUTO_JSON *observed = gather_now();
    assert_string_equal(evidence(observed, "node", "K", 0),
                        "node node-1: ready, no pressure\n"
                        "node node-2: ready; MemoryPressure since 2026-11-18T11:05:40.000Z, cordoned");
    assert_asked("/api/v1/nodes", 0);
}

static void a_node_that_is_gone_is_told(void **state)
{
    (void)state;
    store_all();
    serve("/deployments/web", 200, DEPLOYMENT);
    AUTO_JSON *observed = gather_class(CLASS_STUCK_DELETING, "shop", "Deployment", "web", 0);
    assert_string_equal(evidence(observed, "node", "K", 0), "node node-1: does not exist");
}

static void unschedulable(void)
{
    test.pods[0].node = "";
    test.pods[0].unscheduled =
        (struct complaint){"Unschedulable", "0/3 nodes are available: 3 Insufficient cpu.", T0};
    store_all();
    serve("/deployments/web", 200, DEPLOYMENT);
}

static void a_pod_without_a_place_brings_the_room_there_is(void **state)
{
    (void)state;
    unschedulable();
    serve("/nodes?limit=50", 200,
          "{'items':[" SMALL("node-1", "") "," SMALL("node-2", "") "," SMALL(
              "node-3",
              "'unschedulable':true,'taints':[{'key':'gpu','value':'yes','effect':'NoSchedule'},{'key':'x',"
              "'effect':'NoExecute'}]") ",{'metadata':{'name':'node-4'}}]}");
    AUTO_JSON *observed = gather_class(CLASS_UNSCHEDULABLE, "shop", "Deployment", "web", 0);
    assert_string_equal(evidence(observed, "node", "K", 0),
                        "the scheduler says of Pod web-0: 0/3 nodes are available: 3 Insufficient cpu.\n"
                        "container init requests nothing\ncontainer app requests cpu 64, memory 1Gi\n"
                        "node node-1 and 1 like it: allocatable cpu 4, memory 16Gi, pods 110\n"
                        "node node-3: allocatable cpu 4, memory 16Gi, pods 110; taints: gpu=yes:NoSchedule, "
                        "x:NoExecute; cordoned\n"
                        "node node-4: allocatable nothing");
}

static void nodes_that_may_not_be_read_are_missed(void **state)
{
    (void)state;
    unschedulable();
    serve_refusal("/nodes?limit=50", 403);
    AUTO_JSON *observed = gather_class(CLASS_UNSCHEDULABLE, "shop", "Deployment", "web", 0);
    assert_holds(evidence(observed, "node", "W", 0), "the nodes could not be read: ");
    assert_holds(evidence(observed, "node", "K", 0), "Insufficient cpu");
}

static void many_kinds_of_nodes_are_not_all_told(void **state)
{
    (void)state;
    AUTO_STRBUF body = {0};
    unschedulable();
    strbuf_puts(&body, "{'items':[");
    for (int i = 0; i < 50; i++)
        strbuf_printf(&body, "%s{'metadata':{'name':'n%d'},'status':{'allocatable':{'cpu':'%d'}}}",
                      i ? "," : "", i, i);
    strbuf_puts(&body, "]}");
    serve("/nodes?limit=50", 200, body.data);
    AUTO_JSON *observed = gather_class(CLASS_UNSCHEDULABLE, "shop", "Deployment", "web", 0);
    const char *text = evidence(observed, "node", "K", 0);
    assert_holds(text, "node n7: allocatable cpu 7\n(no more than 50 nodes were looked at)");
    assert_null(strstr(text, "n8"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATHERING(the_nodes_of_the_pods_are_told_once_each),
        GATHERING(a_node_that_is_gone_is_told),
        GATHERING(a_pod_without_a_place_brings_the_room_there_is),
        GATHERING(nodes_that_may_not_be_read_are_missed),
        GATHERING(many_kinds_of_nodes_are_not_all_told),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/gather/nodes", tests, NULL, NULL);
}
