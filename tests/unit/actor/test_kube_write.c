/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/kube_write.h"

#include "tests/unit/actor/api_server.h"

static void test_pod_is_only_ever_tried(void **state)
{
    (void)state;
    static const enum write_mode modes[] = {WRITE_DRY_RUN, WRITE_FOR_REAL};
    AUTO_JSON *pod = json_object();
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        AUTO_ANSWER answer = {0};
        struct error err;
        assert_int_equal(kube_write(api_server.kube, WRITE_TRY_POD, "/api/v1/namespaces/a/pods", pod,
                                    modes[i], &answer, &err),
                         0);
    }
    assert_int_equal(api_server_effects(), 0);
    assert_int_equal(api_server_count("POST", "dryRun=All"), 2);
}

static void test_answer_holds_what_was_said(void **state)
{
    (void)state;
    AUTO_ANSWER answer = {0};
    AUTO_JSON *patch = api_json("[{'op':'add','path':'/metadata/annotations','value':{'a':'b'}}]");
    struct error err;
    api_server_put("/x", "{'metadata':{}}");
    assert_int_equal(kube_write(api_server.kube, WRITE_PATCH, "/x", patch, WRITE_FOR_REAL, &answer, &err), 0);
    assert_string_equal(json_string_at(answer.object, "metadata.annotations.a"), "b");
    assert_string_equal(answer.audit_id, "audit-1");
    assert_string_equal(strbuf_text(&answer.warnings), "that is deprecated\n");
    api_server_refuse("/x", 1, 429, "{'message':'busy','code':429}");
    assert_int_equal(kube_write(api_server.kube, WRITE_PATCH, "/x", patch, WRITE_FOR_REAL, &answer, &err),
                     -1);
    assert_int_equal(err.status, 429);
    assert_int_equal(json_integer_at(answer.object, "code", 0), 429);
}

static void test_reads_what_there_is(void **state)
{
    (void)state;
    AUTO_JSON *object = NULL;
    struct error err;
    api_server_put("/x", "{'metadata':{'name':'y'}}");
    assert_int_equal(kube_get(api_server.kube, "/x", &object, &err), 1);
    assert_string_equal(json_string_at(object, "metadata.name"), "y");
    AUTO_JSON *none = NULL;
    assert_int_equal(kube_get(api_server.kube, "/z", &none, &err), 0);
    assert_null(none);
}

static void test_paths_keep_names_in_their_place(void **state)
{
    (void)state;
    AUTO_FREE char *plain = kube_path("/api/v1", "shop", "pods", "web-1", "eviction");
    AUTO_FREE char *list = kube_path("/apis/apps/v1", "shop", "deployments", NULL, NULL);
    AUTO_FREE char *hostile = kube_path("/api/v1", "a/../b", "pods", "x?dryRun=None#", NULL);
    assert_string_equal(plain, "/api/v1/namespaces/shop/pods/web-1/eviction");
    assert_string_equal(list, "/apis/apps/v1/namespaces/shop/deployments");
    assert_string_equal(hostile, "/api/v1/namespaces/a%2F..%2Fb/pods/x%3FdryRun%3DNone%23");
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, api_server_reset, api_server_clear)
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_pod_is_only_ever_tried),
        WITH_SERVER(test_answer_holds_what_was_said),
        WITH_SERVER(test_reads_what_there_is),
        WITH_SERVER(test_paths_keep_names_in_their_place),
    };
    return cmocka_run_group_tests_name("actor/kube_write", tests, api_server_open, api_server_close);
}
