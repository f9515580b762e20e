/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/census.h"

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

static struct store *store;
static struct memory *memory;

static int set_up(void **state)
{
    (void)state;
    store = store_new();
    memory = memory_new("prod");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    memory_free(memory);
    store_free(store);
    return 0;
}

static void put(enum store_kind kind, const char *kind_name, int count)
{
    for (int i = 0; i < count; i++) {
        AUTO_FREE char *name = xasprintf("%s-%d", kind_name, i);
        struct controller_facts facts = {.kind = kind_name, .ns = "shop", .name = name, .uid = name};
        store_put(store, kind, &facts);
    }
}

static void fails(const char *kind, const char *name)
{
    memory_chart(memory, "shop", kind, name)->spells[0].since_ms = 1;
}

static void check(long long workloads, long long failing)
{
    AUTO_JSON *found = census(store, memory);
    assert_int_equal(json_integer_at(found, "workloads", -1), workloads);
    assert_int_equal(json_integer_at(found, "failing", -1), failing);
}

static void nothing_known_is_no_statement(void **state)
{
    (void)state;
    assert_null(census(store, memory));
    put(STORE_JOBS, "Job", 2);
    assert_null(census(store, memory));
}

static void what_keeps_pods_running_is_counted(void **state)
{
    (void)state;
    put(STORE_DEPLOYMENTS, "Deployment", 5);
    put(STORE_STATEFUL_SETS, "StatefulSet", 2);
    put(STORE_DAEMON_SETS, "DaemonSet", 1);
    put(STORE_CRON_JOBS, "CronJob", 4);
    check(8, 0);
    fails("Deployment", "Deployment-0");
    fails("Deployment", "Deployment-1");
    fails("DaemonSet", "DaemonSet-0");
    fails("CronJob", "CronJob-0");
    fails("Node", "node-1");
    check(8, 3);
    memory_chart(memory, "shop", "Deployment", "Deployment-2"); /* was ill, and is calm */
    check(8, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_known_is_no_statement, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_keeps_pods_running_is_counted, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("observer/census", tests, NULL, NULL);
}
