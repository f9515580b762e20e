/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/gathering.h"

#define SERVICE                                                                                              \
    "{'metadata':{'uid':'uid-of-svc'},'spec':{'selector':{'app':'web'},'ports':[{'name':'http','port':80,'"  \
    "targetPort':"                                                                                           \
    "8080,'protocol':'TCP'},{'port':81,'targetPort':'metrics'}]}}"

static struct service_facts service = {.ns = "shop",
                                       .name = "front",
                                       .uid = "uid-of-svc",
                                       .type = "ClusterIP",
                                       .selector = "app=web\ntier=front\n",
                                       .ports = 2};

static void put_slice(int endpoints, int ready)
{
    struct slice_facts slice = {.ns = "shop",
                                .name = "front-1",
                                .uid = "uid-of-slice",
                                .service = "front",
                                .endpoints = endpoints,
                                .ready = ready};
    store_put(store, STORE_SLICES, &slice);
}

static void a_service_that_selects_nothing_says_what_is_near(void **state)
{
    (void)state;
    test.deployment.labels = "app=web2\ntier=front\n";
    store_all();
    store_put(store, STORE_SERVICES, &service);
    serve("/services/front", 200, SERVICE);
    AUTO_JSON *observed = gather_class(CLASS_ENDPOINTS, "shop", "Service", "front", -1);
    assert_string_equal(evidence(observed, "status", "K", 0),
                        "Service shop/front: type ClusterIP, 2 ports, 0 endpoints, 0 of them ready");
    assert_string_equal(evidence(observed, "service", "K", 0),
                        "Service front selects app=web, tier=front\n"
                        "port http 80/TCP is sent to port 8080\nport 81/TCP is sent to port metrics\n"
                        "it selects the pods of no workload that is known\n"
                        "Deployment web is nearly selected: it has app=web2 instead of app=web");
    assert_true(json_is_null(json_object_get(observed, "before")));
}

static void a_service_that_selects_tells_the_ports_on_the_other_side(void **state)
{
    (void)state;
    test.deployment.labels = "app=web\ntier=front\n";
    store_all();
    store_put(store, STORE_SERVICES, &service);
    put_slice(3, 1);
    serve("/services/front", 200, SERVICE);
    serve("/deployments/web", 200,
          "{'spec':{'template':{'spec':{'containers':[{'name':'app','ports':[{'name':'http','containerPort':"
          "8080},{"
          "'containerPort':9}]}]}}}}");
    AUTO_JSON *observed = gather_class(CLASS_ENDPOINTS, "shop", "Service", "front", -1);
    assert_holds(evidence(observed, "status", "K", 0), ", 3 endpoints, 1 of them ready");
    assert_holds(
        evidence(observed, "service", "K", 0),
        "\nit selects Deployment web, whose containers have the ports http 8080, 9; none of them is named "
        "metrics");
}

static void a_workload_tells_which_services_it_serves(void **state)
{
    (void)state;
    test.deployment.labels = "app=web\ntier=front\n";
    break_image(&test, 0);
    store_all();
    store_put(store, STORE_SERVICES, &service);
    put_slice(3, 2);
    struct service_facts other = service;
    other.name = other.uid = "other";
    other.selector = "app=api\n";
    store_put(store, STORE_SERVICES, &other);
    serve("/deployments/web", 200, "{'metadata':{'uid':'uid-of-web'},'spec':{}}");
    AUTO_JSON *observed = gather_now();
    assert_string_equal(evidence(observed, "service", "K", 0),
                        "Service front selects its pods: 2 of 3 endpoints ready");
}

static void a_service_that_is_gone_copes(void **state)
{
    (void)state;
    store_all();
    put_slice(2, 2);
    serve_refusal("/services/front", 404);
    AUTO_JSON *observed = gather_class(CLASS_SERVICE_GONE, "shop", "Service", "front", -1);
    assert_string_equal(evidence(observed, "status", "K", 0),
                        "Service shop/front: 2 endpoints, 2 of them ready");
    assert_string_equal(evidence(observed, "service", "K", 0), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATHERING(a_service_that_selects_nothing_says_what_is_near),
        GATHERING(a_service_that_selects_tells_the_ports_on_the_other_side),
        GATHERING(a_workload_tells_which_services_it_serves),
        GATHERING(a_service_that_is_gone_copes),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/gather/services", tests, NULL, NULL);
}
