/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/detect/pods.h"

/* Pod 0 was to be gone, its grace included, so long ago. */
static void delete_first(int64_t ago_ms)
{
    test.pods[0].deleted_ms = T0 - ago_ms;
}

/* All the nodes there are: one, with this complaint (NULL = not even that). */
static void list_node(const char *unready)
{
    struct store *store = test_gaze()->store;
    store_list_begin(store, STORE_NODES);
    if (unready)
        store_put(store, STORE_NODES,
                  &(struct node_facts){.name = "node-1", .uid = "u", .unready = {.reason = unready}});
    store_list_end(store, STORE_NODES);
}

static int open_on_a_node(void **state)
{
    open_three(state);
    list_node("");
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
    test.pods[0].finalizers = 1;
    list_node(NULL);
    assert_told(CLASS_STUCK_DELETING, "be deleted: its node node-1 is gone", T0 - 6 * MINUTE_MS);
    store_set_blind(test_gaze()->store, STORE_NODES); /* nodes may not be read: then nobody knows */
    assert_told(CLASS_STUCK_DELETING, "be deleted: node node-1 does not end it", T0 - 6 * MINUTE_MS);
}

static void a_pod_on_a_lost_node_is_the_nodes_affair(void **state)
{
    (void)state;
    delete_first(6 * MINUTE_MS);
    list_node("NodeStatusUnknown");
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

#define TEST_HERE(name) cmocka_unit_test_setup(name, open_on_a_node)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_HERE(a_pod_that_does_not_go_fails_after_a_while),
        TEST_HERE(a_long_grace_is_waited_for),
        TEST_HERE(a_finalizer_holds_what_has_ended),
        TEST_HERE(a_node_that_is_gone_ends_nothing),
        TEST_HERE(a_pod_on_a_lost_node_is_the_nodes_affair),
        TEST_HERE(what_asks_to_be_left_alone_is),
        TEST_HERE(a_pod_that_has_succeeded_and_stays_is_nothing),
    };
    return cmocka_run_group_tests_name("observer/detect/stuck_deleting", tests, NULL, NULL);
}
