/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/detect/objects.h"

#define NO_MATCH "lead anywhere: its selector matches no workload"
#define NO_PORT "lead anywhere: none of its pods has a port of the name that it asks for"

static struct service_facts service_of(const char *selector)
{
    return (struct service_facts){.ns = "shop",
                                  .name = "web",
                                  .uid = "s",
                                  .type = "ClusterIP",
                                  .selector = selector,
                                  .ports = 1,
                                  .created_ms = T0};
}

static void put_service(const struct service_facts *service)
{
    store_put(gaze.store, STORE_SERVICES, service);
}

static void put_slice(int endpoints, int ready, int ports)
{
    struct slice_facts slice = {.ns = "shop",
                                .name = "web",
                                .uid = "e",
                                .service = "web",
                                .endpoints = endpoints,
                                .ready = ready,
                                .ports = ports};
    store_put(gaze.store, STORE_SLICES, &slice);
}

static void a_selector_that_matches_nothing_is_told(void **state)
{
    (void)state;
    struct controller_facts web = whole("Deployment", "web");
    struct service_facts service = service_of("app=wbe\n");
    struct told told = {CLASS_ENDPOINTS, NO_MATCH, T0, 0};
    put_controller(&web);
    put_service(&service);
    assert_told_from(T0 + PENDING_MS, "shop", "Service", "web", told); /* with no slice at all … */
    put_slice(0, 0, 0);
    assert_told_from(T0 + PENDING_MS, "shop", "Service", "web", told); /* … or an empty one */
    service.selector = "app=web\n";
    put_service(&service);
    assert_quiet_at(T0 + HOUR_MS, "shop", "Service",
                    "web"); /* why it has no pods is the Deployment's affair */
    web.replicas = 0;
    put_controller(&web);
    assert_quiet_at(T0 + HOUR_MS, "shop", "Service", "web"); /* … also when it wants none */
    service.selector = "app=wbe\n";
    put_service(&service);
    put_slice(1, 0, 1);
    assert_quiet_at(T0 + HOUR_MS, "shop", "Service", "web"); /* a pod is there and not ready */
}

static void pods_of_jobs_count_too(void **state)
{
    (void)state;
    struct controller_facts cron = {
        .kind = "CronJob", .ns = "shop", .name = "c", .uid = "c", .labels = "app=c\n"};
    struct service_facts service = service_of("app=c\n");
    put_controller(&cron);
    put_service(&service);
    assert_quiet_at(T0 + PENDING_MS, "shop", "Service", "web");
}

static void a_port_of_a_name_that_no_pod_has_is_told(void **state)
{
    (void)state;
    struct controller_facts web = whole("Deployment", "web");
    struct service_facts service = service_of("app=web\n");
    put_controller(&web);
    put_service(&service);
    put_slice(2, 2, 0);
    assert_told_from(T0 + PENDING_MS, "shop", "Service", "web",
                     (struct told){CLASS_ENDPOINTS, NO_PORT, T0, 0});
    put_slice(2, 2, 1);
    assert_quiet_at(T0 + HOUR_MS, "shop", "Service", "web");
    service.ports = 0; /* headless, without ports */
    put_service(&service);
    put_slice(2, 2, 0);
    assert_quiet_at(T0 + HOUR_MS, "shop", "Service", "web");
}

static void what_has_no_endpoints_of_its_own_is_quiet(void **state)
{
    (void)state;
    struct service_facts service = service_of("");
    put_service(&service);
    assert_quiet_at(T0 + PENDING_MS, "shop", "Service", "web");
    service.selector = "app=web\n";
    service.type = "ExternalName";
    put_service(&service);
    assert_quiet_at(T0 + PENDING_MS, "shop", "Service", "web");
    service.type = "ClusterIP";
    service.deleted_ms = T0;
    put_service(&service);
    assert_quiet_at(T0 + PENDING_MS, "shop", "Service", "web");
}

static void one_that_was_always_empty_is_history(void **state)
{
    (void)state;
    struct service_facts service = service_of("app=web\n");
    service.created_ms = T0 - 31 * MINUTE_MS;
    put_service(&service);
    assert_quiet("Service", "web");
    remember(CLASS_ENDPOINTS, "");
    assert_told("Service", "web", (struct told){CLASS_ENDPOINTS, NO_MATCH, T0 - 31 * MINUTE_MS, 0});
    remember("", "");
    put_slice(1, 1, 1);
    clock_fix(T0 + HOUR_MS);
    put_slice(0, 0, 0); /* this one led somewhere until now */
    assert_told_from(T0 + HOUR_MS + PENDING_MS, "shop", "Service", "web",
                     (struct told){CLASS_ENDPOINTS, NO_MATCH, T0 + HOUR_MS, 0});
}

static void a_label_that_no_template_has_may_come_while_pods_run(void **state)
{
    (void)state;
    struct controller_facts web = whole("StatefulSet", "web");
    struct service_facts service = service_of("app=web\nrole=leader\n");
    put_controller(&web);
    put_service(&service);
    assert_quiet_at(T0 + PENDING_MS, "shop", "Service", "web");
    put_slice(1, 1, 1);
    put_slice(0, 0, 0); /* there was a leader */
    assert_told_from(T0 + PENDING_MS, "shop", "Service", "web",
                     (struct told){CLASS_ENDPOINTS, NO_MATCH, T0, 0});
}

static void what_may_not_be_seen_proves_nothing(void **state)
{
    (void)state;
    static const enum store_kind kinds[] = {STORE_SLICES,      STORE_DEPLOYMENTS, STORE_STATEFUL_SETS,
                                            STORE_DAEMON_SETS, STORE_JOBS,        STORE_CRON_JOBS};
    struct service_facts service = service_of("app=web\n");
    put_service(&service);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        assert_told_at(T0 + PENDING_MS, "shop", "Service", "web",
                       (struct told){CLASS_ENDPOINTS, NO_MATCH, T0, 0});
        store_set_blind(gaze.store, kinds[i]);
        assert_quiet_at(T0 + PENDING_MS, "shop", "Service", "web");
        store_list_begin(gaze.store, kinds[i]);
        store_list_end(gaze.store, kinds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_selector_that_matches_nothing_is_told),
        TEST(pods_of_jobs_count_too),
        TEST(a_port_of_a_name_that_no_pod_has_is_told),
        TEST(what_has_no_endpoints_of_its_own_is_quiet),
        TEST(one_that_was_always_empty_is_history),
        TEST(a_label_that_no_template_has_may_come_while_pods_run),
        TEST(what_may_not_be_seen_proves_nothing),
    };
    return cmocka_run_group_tests_name("observer/detect/without_endpoints", tests, NULL, NULL);
}
