/* SPDX-License-Identifier: Apache-2.0 */
/* Over a store of its own, as what counts is how many workloads wait for one registry. */
#include "common/base/clock.h"
#include "common/schema/classes.h"
#include "tests/unit/observer/workload.h"

#define HOST "reg.example.com"

static struct gaze gaze;

static int open_store(void **state)
{
    (void)state;
    clock_fix(T0);
    gaze = (struct gaze){store_new(), {2 * MINUTE_MS, 5 * MINUTE_MS}, {"", "", 0}};
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    store_free(gaze.store);
    clock_fix(-1);
    return 0;
}

/* A pod of StatefulSet <set> that waits for its image from the host, or runs if that is "". */
static struct pod_facts put(const char *set, const char *uid, const char *host)
{
    struct container_facts app = healthy_container();
    struct pod_facts pod = healthy_pod(uid, uid);
    pod.owner.kind = "StatefulSet";
    pod.owner.name = pod.owner.uid = set;
    if (*host) {
        app.state = CONTAINER_WAITING;
        app.reason = "ErrImagePull";
        app.unreachable = host;
        app.ready = pod.ready = 0;
        pod.phase = "Pending";
        pod.ready_since_ms = T0 - 20 * SECOND_MS;
    }
    pod.containers = &app;
    pod.container_count = 1;
    store_put(gaze.store, STORE_PODS, &pod);
    return pod;
}

/* Looks at a subject that is there. */
static void see(const char *ns, const char *kind, const char *name, struct sighting *out)
{
    struct workload workload;
    sighting_free(out);
    store_lock(gaze.store);
    assert_true(store_find(gaze.store, ns, kind, name, &workload));
    detect(&gaze, &workload, clock_now_ms(), out);
    sighting_keep(out);
    store_unlock(gaze.store);
}

static enum condition outage_of(const char *host)
{
    AUTO_SIGHTING sighting = {0};
    see(STORE_NO_NAMESPACE, STORE_REGISTRY, host, &sighting);
    const struct finding *finding = sighting_worst(&sighting);
    assert_true(!finding || strcmp(finding->detector->class, CLASS_REGISTRY) == 0);
    return finding ? finding->condition : CONDITION_WELL;
}

static enum condition failure_of(const char *set)
{
    AUTO_SIGHTING sighting = {0};
    see("shop", "StatefulSet", set, &sighting);
    const struct finding *finding = sighting_worst(&sighting);
    assert_true(!finding || strcmp(finding->detector->class, CLASS_REGISTRY) == 0);
    return finding ? finding->condition : CONDITION_WELL;
}

static void two_workloads_are_coincidence_and_fail_each_by_itself(void **state)
{
    (void)state;
    put("one", "one-0", HOST);
    put("one", "one-1", HOST);
    put("one", "one-2", HOST);
    put("two", "two-0", HOST);
    put("three", "three-0", "elsewhere.example.com");
    assert_int_equal(outage_of(HOST), CONDITION_WELL);
    assert_int_equal(failure_of("one"), CONDITION_FAILING);
    assert_int_equal(failure_of("two"), CONDITION_FAILING);
    assert_int_equal(failure_of("three"), CONDITION_FAILING);
}

static void three_workloads_are_the_registrys_failure_and_not_theirs(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    AUTO_STRBUF text = {0}, name = {0};
    put("one", "one-0", HOST);
    put("one", "one-1", HOST);
    put("two", "two-0", HOST);
    struct pod_facts last = put("three", "three-0", HOST);
    assert_int_equal(failure_of("one"), CONDITION_WELL);
    assert_int_equal(failure_of("three"), CONDITION_WELL);
    see(STORE_NO_NAMESPACE, STORE_REGISTRY, HOST, &sighting);
    const struct finding *finding = sighting_worst(&sighting);
    assert_int_equal(finding->condition, CONDITION_FAILING);
    assert_int_equal(finding->affected, 4);
    assert_int_equal(finding->failed_ms, last.ready_since_ms);
    assert_string_equal(sighting.uid, HOST);
    finding->detector->describe(finding, &text);
    assert_string_equal(text.data, "serve images: 3 workloads wait for them, with 4 pods");
    sighting_name_pods(&sighting, 0, 0, &name);
    assert_string_equal(name.data, "Registry " HOST);
}

/* Their pods count as stranded, for what would say that the workload is incomplete. */
static void what_waits_in_an_outage_is_neither_sick_nor_available(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    put("one", "one-0", HOST);
    put("one", "one-1", "");
    put("two", "two-0", HOST);
    put("three", "three-0", HOST);
    see("shop", "StatefulSet", "one", &sighting);
    assert_int_equal(sighting.sick, 0);
    assert_int_equal(sighting.available, 1);
    assert_int_equal(sighting.unready, 1);
}

static void an_incident_that_is_open_is_left_to_its_course(void **state)
{
    (void)state;
    put("one", "one-0", HOST);
    put("two", "two-0", HOST);
    put("three", "three-0", HOST);
    gaze.open.class = CLASS_REGISTRY;
    assert_int_equal(failure_of("one"), CONDITION_FAILING);
    gaze.open.class = "";
    assert_int_equal(failure_of("one"), CONDITION_WELL);
}

/* For a while after the third has gone on, the first two are still the registry's; then each speaks for itself, and the
 * registry's failure is over. */
static void the_border_does_not_flap(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    put("one", "one-0", HOST);
    put("two", "two-0", HOST);
    put("three", "three-0", HOST);
    assert_int_equal(outage_of(HOST), CONDITION_FAILING);
    clock_fix(T0 + 10 * SECOND_MS);
    put("three", "three-0", "");
    clock_fix(T0 + 2 * MINUTE_MS);
    assert_int_equal(outage_of(HOST), CONDITION_UNPROVEN);
    assert_int_equal(failure_of("one"), CONDITION_WELL);
    see("shop", "StatefulSet", "two", &sighting);
    assert_int_equal(sighting.look_again_ms, T0 + 2 * MINUTE_MS + 10 * SECOND_MS);
    clock_fix(T0 + 2 * MINUTE_MS + 10 * SECOND_MS);
    assert_int_equal(outage_of(HOST), CONDITION_WELL);
    assert_int_equal(failure_of("one"), CONDITION_FAILING);
    put("three", "three-0", HOST);
    assert_int_equal(outage_of(HOST), CONDITION_FAILING);
    assert_int_equal(failure_of("one"), CONDITION_WELL);
}

/* Nothing is left of it then: its incident recovers as that of a subject that is gone. */
static void a_registry_that_nobody_waits_for_is_no_subject(void **state)
{
    (void)state;
    struct workload workload;
    put("one", "one-0", HOST);
    put("one", "one-0", "");
    store_lock(gaze.store);
    assert_false(store_find(gaze.store, STORE_NO_NAMESPACE, STORE_REGISTRY, HOST, &workload));
    assert_int_equal(store_outage_ms(gaze.store, HOST), 0);
    store_unlock(gaze.store);
}

static void pods_that_are_ignored_or_going_do_not_count(void **state)
{
    (void)state;
    put("one", "one-0", HOST);
    put("two", "two-0", HOST);
    struct pod_facts pod = put("three", "three-0", HOST);
    struct container_facts app = healthy_container();
    app.state = CONTAINER_WAITING;
    app.reason = "ErrImagePull";
    app.unreachable = HOST;
    pod.containers = &app;
    pod.ignored = 1;
    store_put(gaze.store, STORE_PODS, &pod);
    assert_int_equal(outage_of(HOST), CONDITION_UNPROVEN);
    pod.ignored = 0;
    store_put(gaze.store, STORE_PODS, &pod);
    assert_int_equal(outage_of(HOST), CONDITION_FAILING);
    pod.deleted_ms = T0;
    store_put(gaze.store, STORE_PODS, &pod);
    assert_int_equal(outage_of(HOST), CONDITION_UNPROVEN);
}

/* Two containers that wait for the same registry are one pod; one that waits for two is in both. */
static void a_pod_is_filed_once_with_each_registry(void **state)
{
    (void)state;
    static const char *const hosts[] = {HOST, "other.example.com", HOST};
    AUTO_SIGHTING sighting = {0};
    struct container_facts containers[3];
    struct pod_facts pod = healthy_pod("web-0", "u-0");
    pod.container_count = 3;
    pod.containers = containers;
    for (size_t i = 0; i < 3; i++) {
        containers[i] = healthy_container();
        containers[i].state = CONTAINER_WAITING;
        containers[i].reason = "ErrImagePull";
        containers[i].unreachable = hosts[i];
    }
    store_put(gaze.store, STORE_PODS, &pod);
    put("two", "two-0", HOST);
    put("three", "three-0", HOST);
    see(STORE_NO_NAMESPACE, STORE_REGISTRY, HOST, &sighting);
    assert_int_equal(sighting_worst(&sighting)->affected, 3);
    assert_int_equal(outage_of("other.example.com"), CONDITION_WELL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(two_workloads_are_coincidence_and_fail_each_by_itself),
        TEST(three_workloads_are_the_registrys_failure_and_not_theirs),
        TEST(what_waits_in_an_outage_is_neither_sick_nor_available),
        TEST(an_incident_that_is_open_is_left_to_its_course),
        TEST(the_border_does_not_flap),
        TEST(a_registry_that_nobody_waits_for_is_no_subject),
        TEST(pods_that_are_ignored_or_going_do_not_count),
        TEST(a_pod_is_filed_once_with_each_registry),
    };
    return cmocka_run_group_tests_name("observer/detect/registry_outage", tests, NULL, NULL);
}
