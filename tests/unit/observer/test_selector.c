/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/selector.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/strbuf.h"
#include "tests/unit/unit.h"

static void a_selector_takes_labels_that_have_all_of_it(void **state)
{
    (void)state;
    static const struct {
        const char *selector, *labels;
        enum match expected;
    } cases[] = {
        {"app=web\n", "app=web\n", MATCH_FULLY},
        {"app=web\n", "app=web\ntier=front\n", MATCH_FULLY},
        {"tier=front\napp=web\n", "app=web\ntier=front\n", MATCH_FULLY},
        {"app=web,tier=front", "app=web\ntier=front\n", MATCH_FULLY},
        {"empty=\n", "empty=\n", MATCH_FULLY},
        {"app=web\nrole=leader\n", "app=web\n", MATCH_PARTLY},
        {"app=web\ntier=back\n", "app=web\ntier=front\n", MATCH_NOT},
        {"app=web\n", "app=web2\n", MATCH_NOT},
        {"app=web2\n", "app=web\n", MATCH_NOT},
        {"ap=web\n", "app=web\n", MATCH_NOT},
        {"app=web\n", "my-app=web\n", MATCH_NOT},
        {"app=web\n", "", MATCH_NOT},
        {"", "app=web\n", MATCH_NOT},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (selector_match(cases[i].selector, cases[i].labels) != cases[i].expected)
            fail_msg("%s takes %s", cases[i].selector, cases[i].labels);
}

static void put_service(struct store *store, const char *ns, const char *name, const char *type,
                        int64_t deleted_ms)
{
    AUTO_FREE char *uid = xasprintf("%s/%s", ns, name);
    struct service_facts service = {
        .ns = ns, .name = name, .uid = uid, .type = type, .selector = "app=web\n", .deleted_ms = deleted_ms};
    store_put(store, STORE_SERVICES, &service);
}

static const char *leads_to(struct store *store, const char *labels)
{
    store_lock(store);
    const struct service_facts *service = selector_service(store, "shop", labels);
    const char *name = service ? service->name : "";
    store_unlock(store);
    return name;
}

static void the_service_that_leads_to_labels_is_found(void **state)
{
    (void)state;
    struct store *store = store_new();
    put_service(store, "other", "a", "ClusterIP", 0);
    put_service(store, "shop", "b", "ExternalName", 0);
    put_service(store, "shop", "c", "ClusterIP", 7);
    assert_string_equal(leads_to(store, "app=web\n"), "");
    put_service(store, "shop", "d", "ClusterIP", 0);
    assert_string_equal(leads_to(store, "app=web\ntier=front\n"), "d");
    assert_string_equal(leads_to(store, "app=api\n"), "");
    store_free(store);
}

static int add_kind(void *context, const struct controller_facts *maker)
{
    strbuf_printf(context, "%s/%s ", maker->kind, maker->name);
    return strcmp(maker->kind, "StatefulSet") == 0;
}

static void put(struct store *store, enum store_kind kind, const char *name, const char *ns)
{
    static const char *const kinds[] = {[STORE_DEPLOYMENTS] = "Deployment",
                                        [STORE_STATEFUL_SETS] = "StatefulSet",
                                        [STORE_CRON_JOBS] = "CronJob"};
    AUTO_FREE char *uid = xasprintf("%s/%s", ns, name);
    struct controller_facts maker = {.kind = kinds[kind], .ns = ns, .name = name, .uid = uid};
    store_put(store, kind, &maker);
}

static void all_that_make_pods_are_visited_until_one_is_wanted(void **state)
{
    (void)state;
    AUTO_STRBUF seen = {0};
    struct store *store = store_new();
    put(store, STORE_CRON_JOBS, "c", "shop");
    put(store, STORE_DEPLOYMENTS, "d", "shop");
    put(store, STORE_DEPLOYMENTS, "e", "other");
    store_lock(store);
    assert_int_equal(selector_each_maker(store, "shop", add_kind, &seen), 0);
    store_unlock(store);
    assert_string_equal(strbuf_text(&seen), "Deployment/d CronJob/c ");
    put(store, STORE_STATEFUL_SETS, "s", "shop");
    strbuf_clear(&seen);
    store_lock(store);
    assert_int_equal(selector_each_maker(store, "shop", add_kind, &seen), 1);
    store_unlock(store);
    assert_string_equal(strbuf_text(&seen), "Deployment/d StatefulSet/s ");
    store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_selector_takes_labels_that_have_all_of_it),
        cmocka_unit_test(the_service_that_leads_to_labels_is_found),
        cmocka_unit_test(all_that_make_pods_are_visited_until_one_is_wanted),
    };
    return cmocka_run_group_tests_name("observer/selector", tests, NULL, NULL);
}
