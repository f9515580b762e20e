/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/gathering.h"

static const char *const map_entries[][2] = {{"host", "hunter2"}, {"port", "hunter2"}, {NULL, NULL}};
static const char *const no_entries[][2] = {{NULL, NULL}};

#define REFERRING                                                                                            \
    "{'metadata':{'uid':'uid-of-web'},'spec':{'template':{'spec':{'imagePullSecrets':[{'name':'reg'}],'"     \
    "containers':"                                                                                           \
    "[{'name':'app','env':[{'name':'URL','valueFrom':{'configMapKeyRef':{'name':'web','key':'url'}}},{'"     \
    "name':'HOST',"                                                                                          \
    "'valueFrom':{'configMapKeyRef':{'name':'web','key':'host'}}},{'name':'PW','valueFrom':{'secretKeyRef':" \
    "{'name':"                                                                                               \
    "'db','key':'host'}}}],'envFrom':[{'configMapRef':{'name':'more','optional':true}},{'configMapRef':{'"   \
    "name':"                                                                                                 \
    "'empty'}}]}],'volumes':[{'name':'data','persistentVolumeClaim':{'claimName':'web-data'}}]}}}}"

static void prepare(void)
{
    store_all();
    serve("/deployments/web", 200, REFERRING);
    serve_map("/configmaps/web", 2, map_entries);
    serve_map("/configmaps/empty", 2, no_entries);
    serve_refusal("/configmaps/more", 404);
}

static void keys_are_told_and_those_that_are_missing(void **state)
{
    (void)state;
    prepare();
    serve_map("/secrets/db", 2, map_entries);
    AUTO_JSON *observed = gather_class(CLASS_CONFIG, "shop", "Deployment", "web", 0);
    assert_string_equal(evidence(observed, "reference", "K", 0),
                        "ConfigMap web: exists, has no key \"url\", which env URL needs; keys: host, port\n"
                        "Secret db: exists; keys: host, port\n"
                        "ConfigMap more (optional): does not exist\n"
                        "ConfigMap empty: exists; it has no keys");
    assert_nowhere(observed, "hunter2");
    assert_asked("persistentvolumeclaims", 0);
}

static void secrets_that_may_not_be_seen_are_told(void **state)
{
    (void)state;
    prepare();
    serve_refusal("/secrets/db", 403);
    AUTO_JSON *observed = gather_class(CLASS_CRASH_LOOP, "shop", "Deployment", "web", 0);
    assert_holds(evidence(observed, "reference", "K", 0),
                 "Secret db: AegiOps may not look whether it exists\n");
    assert_string_equal(evidence(observed, "reference", "W", 0), "");
}

static void where_they_cannot_be_the_cause_they_are_not_asked_for(void **state)
{
    (void)state;
    prepare();
    AUTO_JSON *observed = gather_class(CLASS_OOM_KILLED, "shop", "Deployment", "web", 0);
    assert_string_equal(evidence(observed, "reference", "K", 0), "");
    AUTO_FREE char *asked = stand_in_asked(server);
    assert_null(strstr(asked, "/configmaps/"));
    assert_null(strstr(asked, "/secrets/"));
}

static void for_images_the_secrets_to_pull_with_matter(void **state)
{
    (void)state;
    prepare();
    serve_refusal("/secrets/reg", 404);
    AUTO_JSON *observed = gather_class(CLASS_IMAGE_PULL, "shop", "Deployment", "web", 0);
    assert_string_equal(evidence(observed, "reference", "K", 0), "Secret reg: does not exist");
    assert_asked("/configmaps/", 0);
}

static void claims_are_told_where_volumes_matter(void **state)
{
    (void)state;
    prepare();
    serve("/persistentvolumeclaims/web-data", 200,
          "{'spec':{'storageClassName':'fast','accessModes':['ReadWriteOnce'],'resources':{'requests':{'"
          "storage':'10Gi'}}},"
          "'status':{'phase':'Pending'}}");
    serve("/nodes?", 200, "{'items':[]}");
    serve("/resourcequotas", 200, "{'items':[]}");
    serve("/limitranges", 200, "{'items':[]}");
    struct claim_facts claim = {.ns = "shop", .name = "web-data", .uid = "uid-of-claim", .phase = "Pending"};
    store_put(store, STORE_CLAIMS, &claim);
    put_event_about("PersistentVolumeClaim", "web-data", "uid-of-claim", "e1", "ProvisioningFailed",
                    "no class", 3);
    AUTO_JSON *observed = gather_class(CLASS_UNSCHEDULABLE, "shop", "Deployment", "web", 0);
    assert_string_equal(evidence(observed, "reference", "K", 0),
                        "PersistentVolumeClaim web-data: Pending, class fast, asks for 10Gi, ReadWriteOnce");
    assert_holds(evidence(observed, "event", "K", 0),
                 "ProvisioningFailed ×3, PersistentVolumeClaim web-data");
}

static void what_is_missing_is_no_reason_to_stop(void **state)
{
    (void)state;
    prepare();
    serve_map("/secrets/db", 2, map_entries);
    serve_refusal("/persistentvolumeclaims/web-data", 404);
    AUTO_JSON *observed = gather_class(CLASS_VOLUME, "shop", "Deployment", "web", 0);
    assert_holds(evidence(observed, "reference", "K", 0), "\nPersistentVolumeClaim web-data: does not exist");
}

static void an_api_server_that_goes_away_is_asked_no_more(void **state)
{
    (void)state;
    store_all();
    serve("/deployments/web", 200, REFERRING);
    serve_refusal("/configmaps/web", 503);
    AUTO_JSON *observed = gather_class(CLASS_CONFIG, "shop", "Deployment", "web", 0);
    assert_holds(evidence(observed, "reference", "W", 0), "ConfigMap web could not be read: ");
    assert_string_equal(evidence(observed, "reference", "K", 0), "");
    assert_asked("/secrets/", 0);
}

static void no_more_are_asked_for_than_people_would(void **state)
{
    (void)state;
    AUTO_STRBUF body = {0};
    store_all();
    strbuf_puts(&body,
                "{'metadata':{'uid':'uid-of-web'},'spec':{'template':{'spec':{'containers':[{'name':'app',"
                "'envFrom':[");
    for (int i = 0; i < LIMIT_REFERENCES + 2; i++)
        strbuf_printf(&body, "%s{'configMapRef':{'name':'c%d'}}", i ? "," : "", i);
    strbuf_puts(&body, "]}]}}}}");
    serve("/deployments/web", 200, body.data);
    serve_map("/configmaps/", 3, map_entries);
    AUTO_JSON *observed = gather_class(CLASS_CONFIG, "shop", "Deployment", "web", 0);
    assert_holds(evidence(observed, "reference", "K", 0),
                 "ConfigMap c7: exists; keys: host, port\n2 more were not looked at");
    assert_asked("/configmaps/c8", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATHERING(keys_are_told_and_those_that_are_missing),
        GATHERING(secrets_that_may_not_be_seen_are_told),
        GATHERING(where_they_cannot_be_the_cause_they_are_not_asked_for),
        GATHERING(for_images_the_secrets_to_pull_with_matter),
        GATHERING(claims_are_told_where_volumes_matter),
        GATHERING(what_is_missing_is_no_reason_to_stop),
        GATHERING(an_api_server_that_goes_away_is_asked_no_more),
        GATHERING(no_more_are_asked_for_than_people_would),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/gather/references", tests, NULL, NULL);
}
