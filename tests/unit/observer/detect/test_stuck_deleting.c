/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/detect/pods.h"

/* Pod 0 was to be gone, its grace included, so long ago. */
static void delete_first(int64_t ago_ms)
{
    test.pods[0].deleted_ms = T0 - ago_ms;
}

static void put_node(const char *name, const char *unready)
{
    store_put(
        test_gaze()->store, STORE_NODES,
        &(struct node_facts){
            .name = name, .uid = name, .created_ms = T0 - 60 * MINUTE_MS, .unready = {.reason = unready}});
}

static int forget_nodes(void **state)
{
    (void)state;
    store_list_begin(test_gaze()->store, STORE_NODES);
    store_list_end(test_gaze()->store, STORE_NODES);
    return 0;
}

static void a_pod_that_does_not_go_fails_after_a_while(void **state)
{
    (void)state;
    delete_first(MINUTE_MS);
    assert_fails_from(T0 - MINUTE_MS + STUCK_MS, CLASS_STUCK_DELETING);
    delete_first(6 * MINUTE_MS);
    assert_told(CLASS_STUCK_DELETING, "be deleted: node node-1 does not end it", T0 - 6 * MINUTE_MS);
}

static void a_long_grace_is_waited_for(void **state)
{
    (void)state;
    delete_first(-60 * MINUTE_MS); /* until then it may finish its work */
    assert_quiet();
}

static void a_finalizer_holds_what_has_ended(void **state)
{
    (void)state;
    delete_first(6 * MINUTE_MS);
    test.pods[0].finalizers = 1; /* while it runs, that is not why */
    assert_told(CLASS_STUCK_DELETING, "be deleted: node node-1 does not end it", T0 - 6 * MINUTE_MS);
    test.pods[0].phase = "Succeeded";
    assert_told(CLASS_STUCK_DELETING, "be deleted: 1 finalizer has not been removed", T0 - 6 * MINUTE_MS);
    test.pods[0].phase = "Failed";
    test.pods[0].finalizers = 2;
    assert_told(CLASS_STUCK_DELETING, "be deleted: 2 finalizers have not been removed", T0 - 6 * MINUTE_MS);
    test.pods[0].phase = "Pending";
    test.pods[0].node = ""; /* nobody runs it */
    assert_told(CLASS_STUCK_DELETING, "be deleted: 2 finalizers have not been removed", T0 - 6 * MINUTE_MS);
}

static void a_node_that_is_gone_ends_nothing(void **state)
{
    (void)state;
    delete_first(6 * MINUTE_MS);
    test.workload.newest_node_ms = T0 - 60 * MINUTE_MS;
    put_node("node-1", "");
    assert_told(CLASS_STUCK_DELETING, "be deleted: node node-1 does not end it", T0 - 6 * MINUTE_MS);
    forget_nodes(NULL);
    assert_told(CLASS_STUCK_DELETING, "be deleted: its node node-1 is gone", T0 - 6 * MINUTE_MS);
    test.workload.newest_node_ms = 0; /* nodes may not be read: then nobody knows */
    assert_told(CLASS_STUCK_DELETING, "be deleted: node node-1 does not end it", T0 - 6 * MINUTE_MS);
}

static void a_pod_on_a_lost_node_is_the_nodes_affair(void **state)
{
    (void)state;
    delete_first(6 * MINUTE_MS);
    put_node("node-1", "NodeStatusUnknown");
    assert_quiet();
}

static void what_asks_to_be_left_alone_is(void **state)
{
    (void)state;
    delete_first(6 * MINUTE_MS);
    test.pods[0].ignored = 1;
    assert_quiet();
    test.pods[0].ignored = 0;
    test.ns.phase = "Terminating"; /* the namespace tells of what keeps it */
    assert_quiet();
}

static void a_pod_that_has_succeeded_and_stays_is_nothing(void **state)
{
    (void)state;
    test.pods[0].phase = "Succeeded"; /* a Job's, kept for its log */
    test.pods[0].finalizers = 1;
    assert_quiet();
}

#define TEST_NODES(name) cmocka_unit_test_setup_teardown(name, open_three, forget_nodes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pod_that_does_not_go_fails_after_a_while),
        TEST(a_long_grace_is_waited_for),
        TEST(a_finalizer_holds_what_has_ended),
        TEST_NODES(a_node_that_is_gone_ends_nothing),
        TEST_NODES(a_pod_on_a_lost_node_is_the_nodes_affair),
        TEST(what_asks_to_be_left_alone_is),
        TEST(a_pod_that_has_succeeded_and_stays_is_nothing),
    };
    return cmocka_run_group_tests_name("observer/detect/stuck_deleting", tests, NULL, NULL);
}
