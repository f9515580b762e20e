/* SPDX-License-Identifier: Apache-2.0 */
/* What was there and no longer is: replicas, a ConfigMap, a Service. */
#include "tests/unit/observer/detect/objects.h"

static void put_service(const char *name, const char *uid, const char *selector, const char *type)
{
    struct service_facts service = {
        .ns = "shop", .name = name, .uid = uid, .selector = selector, .type = type, .ports = 1};
    store_put(gaze.store, STORE_SERVICES, &service);
}

static void put_slice(const char *service, int ready)
{
    struct slice_facts slice = {.ns = "shop",
                                .name = service,
                                .uid = service,
                                .service = service,
                                .endpoints = ready,
                                .ready = ready,
                                .ports = 1};
    store_put(gaze.store, STORE_SLICES, &slice);
}

/* ---- Scaled to zero ---- */

/* A workload of two ready pods. */
static struct controller_facts put_serving(const char *kind, const char *name)
{
    struct controller_facts controller = whole(kind, name);
    put_controller(&controller);
    for (int i = 0; i < 2; i++) {
        AUTO_FREE char *pod_name = xasprintf("%s-%d", name, i);
        struct pod_facts pod = pod_of(&controller, pod_name);
        put_pod(&pod);
    }
    return controller;
}

static void scale_to_zero(struct controller_facts *controller)
{
    controller->replicas = controller->status_replicas = controller->updated = 0;
    controller->ready = controller->available = 0;
    put_controller(controller);
    for (int i = 0; i < 2; i++) {
        AUTO_FREE char *pod_name = xasprintf("%s-%d", controller->name, i);
        store_remove(gaze.store, STORE_PODS, pod_name);
    }
}

#define TO_ZERO "serve: it was scaled to 0 replicas while Service web still leads to it"

static void what_served_and_is_scaled_to_zero_is_told(void **state)
{
    (void)state;
    static const char *const kinds[] = {"Deployment", "StatefulSet"};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        put_service("web", "s", "app=web\n", "ClusterIP");
        struct controller_facts web = put_serving(kinds[i], "web");
        assert_quiet(kinds[i], "web");
        clock_fix(T0 + HOUR_MS); /* it has served until now, though nothing was said of it meanwhile */
        scale_to_zero(&web);
        assert_told(kinds[i], "web", (struct told){CLASS_SCALED_TO_ZERO, TO_ZERO, T0 + HOUR_MS, 2});
        store_remove(gaze.store, STORE_SERVICES, "s");
        assert_quiet(kinds[i], "web"); /* nothing leads to it */
        put_service("web", "s", "app=web\ntier=front\n", "ClusterIP");
        assert_quiet(kinds[i], "web");
        put_service("web", "s", "app=web\n", "ExternalName");
        assert_quiet(kinds[i], "web");
        clock_fix(T0);
    }
}

static void what_never_served_may_be_at_zero(void **state)
{
    (void)state;
    put_service("web", "s", "app=web\n", "ClusterIP");
    struct controller_facts web = whole("Deployment", "web");
    scale_to_zero(&web);
    assert_quiet("Deployment", "web");
    remember(CLASS_SCALED_TO_ZERO, "web");
    assert_told("Deployment", "web", (struct told){CLASS_SCALED_TO_ZERO, TO_ZERO, 0, 0});
}

static void what_others_scale_is_theirs(void **state)
{
    (void)state;
    struct autoscaler_facts autoscaler = {
        .ns = "shop", .name = "web", .uid = "a", .target_kind = "Deployment", .target_name = "web"};
    put_service("web", "s", "app=web\n", "ClusterIP");
    struct controller_facts web = put_serving("Deployment", "web");
    scale_to_zero(&web);
    store_put(gaze.store, STORE_AUTOSCALERS, &autoscaler);
    assert_quiet("Deployment", "web");
    autoscaler.target_kind = "StatefulSet"; /* another web */
    store_put(gaze.store, STORE_AUTOSCALERS, &autoscaler);
    assert_told("Deployment", "web", (struct told){CLASS_SCALED_TO_ZERO, TO_ZERO, T0, 2});
    store_set_blind(gaze.store, STORE_AUTOSCALERS);
    assert_quiet("Deployment", "web");
    store_list_begin(gaze.store, STORE_AUTOSCALERS);
    store_list_end(gaze.store, STORE_AUTOSCALERS);
    assert_told("Deployment", "web", (struct told){CLASS_SCALED_TO_ZERO, TO_ZERO, T0, 2});
    web.owner = (struct owner){"serving.knative.dev/v1", "Revision", "web-1", "r"};
    put_controller(&web);
    assert_quiet("Deployment", "web");
}

/* ---- A ConfigMap that is gone ---- */

#define SETTINGS_GONE "start a pod again: ConfigMap settings was deleted, and its template still refers to it"

static void put_config_map(const char *ns, const char *name)
{
    AUTO_FREE char *uid = xasprintf("%s/%s", ns, name);
    store_put(gaze.store, STORE_CONFIG_MAPS, &(struct config_map_facts){ns, name, uid});
}

static void lose_config_map(const char *ns, const char *name)
{
    AUTO_FREE char *uid = xasprintf("%s/%s", ns, name);
    store_remove(gaze.store, STORE_CONFIG_MAPS, uid);
}

static void a_config_map_that_is_still_referred_to_is_missed(void **state)
{
    (void)state;
    struct controller_facts web = whole("Deployment", "web");
    web.references = "Secret/key\nConfigMap/other\nConfigMap/settings\n";
    put_controller(&web);
    put_config_map("shop", "settings");
    put_config_map("elsewhere", "other");
    lose_config_map("elsewhere", "other");
    assert_quiet("Deployment", "web");
    lose_config_map("shop", "settings");
    struct told told = {CLASS_CONFIG_MAP_GONE, SETTINGS_GONE, T0, 2};
    assert_told("Deployment", "web", told);
    put_config_map("shop", "settings");
    assert_quiet("Deployment", "web"); /* it is back */
    lose_config_map("shop", "settings");
    web.references = "ConfigMap/settings-7f9\n"; /* a rollout with a hashed name prunes the old one */
    put_controller(&web);
    assert_quiet("Deployment", "web");
    web.references = "ConfigMap/settings\n";
    web.replicas = web.status_replicas = web.updated = web.ready = web.available = 0;
    put_controller(&web);
    assert_quiet("Deployment", "web"); /* nothing runs that could start again */
}

static void a_config_map_that_was_never_seen_is_not_gone(void **state)
{
    (void)state;
    struct controller_facts web = whole("Deployment", "web");
    web.references = "ConfigMap/settings\n";
    put_controller(&web);
    assert_quiet("Deployment", "web");
    remember(CLASS_CONFIG_MAP_GONE, "settings");
    assert_told("Deployment", "web", (struct told){CLASS_CONFIG_MAP_GONE, SETTINGS_GONE, T0, 2});
    remember(CLASS_CONFIG_MAP_GONE, "another");
    assert_quiet("Deployment", "web");
    remember(CLASS_CONFIG_MAP_GONE, "settings");
    put_config_map("elsewhere", "settings");
    assert_told("Deployment", "web", (struct told){CLASS_CONFIG_MAP_GONE, SETTINGS_GONE, T0, 2});
    put_config_map("shop", "settings");
    assert_quiet("Deployment", "web");
}

static void a_cron_job_will_start_pods_and_a_job_has(void **state)
{
    (void)state;
    struct controller_facts cron = {
        .kind = "CronJob", .ns = "shop", .name = "backup", .uid = "c", .references = "ConfigMap/settings\n"};
    struct controller_facts job = cron;
    job.kind = "Job";
    job.name = "import";
    job.uid = "j";
    put_controller(&cron);
    put_controller(&job);
    put_config_map("shop", "settings");
    lose_config_map("shop", "settings");
    assert_told("CronJob", "backup", (struct told){CLASS_CONFIG_MAP_GONE, SETTINGS_GONE, T0, 0});
    assert_quiet("Job", "import");
    cron.paused = 1;
    put_controller(&cron);
    assert_quiet("CronJob", "backup");
}

/* ---- A Service that is gone ---- */

#define WEB_GONE "be reached: it was deleted while 2 pods that it led to (app=web) are still there"

static void lose_service(void)
{
    store_remove(gaze.store, STORE_SERVICES, "s");
    store_remove(gaze.store, STORE_SLICES, "web");
}

static void a_service_whose_pods_are_left_behind_is_missed(void **state)
{
    (void)state;
    struct controller_facts web = put_serving("Deployment", "web");
    put_service("web", "s", "app=web\n", "ClusterIP");
    put_slice("web", 2);
    assert_quiet("Service", "web");
    lose_service();
    struct told told = {CLASS_SERVICE_GONE, WEB_GONE, T0, 2};
    assert_told("Service", "web", told);
    AUTO_SIGHTING sighting = {0};
    look_at_object("shop", "Service", "web", T0, &sighting);
    assert_string_equal(sighting.uid, "s");
    assert_false(sighting.gone);
    put_service("web-v2", "s2", "app=web\n", "ClusterIP");
    assert_quiet("Service", "web"); /* another leads there */
    store_remove(gaze.store, STORE_SERVICES, "s2");
    assert_told("Service", "web", told);
    web.ready = 0;
    put_controller(&web);
    assert_quiet("Service", "web");
    web.ready = 2;
    web.ignored = 1;
    put_controller(&web);
    assert_quiet("Service", "web");
    web.ignored = 0;
    put_controller(&web);
    put_service("web", "s3", "app=web\n", "ClusterIP"); /* it is back */
    assert_quiet("Service", "web");
}

static void a_service_that_goes_with_its_pods_is_not_missed(void **state)
{
    (void)state;
    struct controller_facts web = put_serving("StatefulSet", "web");
    put_service("web", "s", "app=web\n", "ClusterIP");
    put_slice("web", 2);
    lose_service();
    store_remove(gaze.store, STORE_STATEFUL_SETS, web.uid);
    assert_quiet("Service", "web");
}

static void one_that_never_led_anywhere_is_not_missed(void **state)
{
    (void)state;
    put_serving("Deployment", "web");
    put_service("web", "s", "app=web\n", "ClusterIP");
    store_remove(gaze.store, STORE_SERVICES, "s");
    assert_quiet("Service", "web");
}

static void an_open_incident_knows_what_the_service_led_to(void **state)
{
    (void)state;
    put_serving("Deployment", "web");
    assert_quiet("Service", "gone-before"); /* nobody says that it ever was */
    remember(CLASS_SERVICE_GONE, "app=web");
    assert_told("Service", "gone-before", (struct told){CLASS_SERVICE_GONE, WEB_GONE, 0, 2});
    AUTO_SIGHTING sighting = {0};
    look_at_object("shop", "Service", "gone-before", T0, &sighting);
    assert_string_equal(sighting.uid, "uid-of-old");
    assert_false(sighting.gone);
    remember(CLASS_SERVICE_GONE, "app=web,tier=front");
    look_at_object("shop", "Service", "gone-before", T0, &sighting);
    assert_true(sighting.gone); /* what it led to is gone, too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_served_and_is_scaled_to_zero_is_told),
        TEST(what_never_served_may_be_at_zero),
        TEST(what_others_scale_is_theirs),
        TEST(a_config_map_that_is_still_referred_to_is_missed),
        TEST(a_config_map_that_was_never_seen_is_not_gone),
        TEST(a_cron_job_will_start_pods_and_a_job_has),
        TEST(a_service_whose_pods_are_left_behind_is_missed),
        TEST(a_service_that_goes_with_its_pods_is_not_missed),
        TEST(one_that_never_led_anywhere_is_not_missed),
        TEST(an_open_incident_knows_what_the_service_led_to),
    };
    return cmocka_run_group_tests_name("observer/detect/absence", tests, NULL, NULL);
}
