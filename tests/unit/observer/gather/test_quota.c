/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/gathering.h"

static void prepare(void)
{
    store_all();
    serve("/deployments/web", 200, "{'metadata':{'uid':'uid-of-web'},'spec':{}}");
}

static void what_the_namespace_may_use_is_told(void **state)
{
    (void)state;
    prepare();
    serve("/resourcequotas", 200,
          "{'items':[{'metadata':{'name':'team'},'status':{'hard':{'pods':'3','requests.cpu':'4'},'used':{'"
          "pods':'3'}}}]}");
    serve(
        "/limitranges", 200,
        "{'items':[{'metadata':{'name':'sizes'},'spec':{'limits':[{'type':'Container','max':{'memory':'1Gi'},"
        "'default':{'cpu':'1','memory':'64Mi'}},{'type':'Pod','min':{'cpu':'10m'}}]}}]}");
    AUTO_JSON *observed = gather_class(CLASS_FAILED_CREATE, "shop", "Deployment", "web", -1);
    assert_string_equal(
        evidence(observed, "quota", "K", 0),
        "ResourceQuota team: pods 3 of 3 used, requests.cpu ? of 4 used\n"
        "LimitRange sizes: Container, max memory 1Gi, default cpu 1, default memory 64Mi; Pod, min cpu "
        "10m");
}

static void that_there_is_none_is_told_too(void **state)
{
    (void)state;
    prepare();
    serve("/resourcequotas", 200, "{'items':[]}");
    serve_refusal("/limitranges", 403);
    AUTO_JSON *observed = gather_class(CLASS_FAILED_CREATE, "shop", "Deployment", "web", -1);
    assert_string_equal(evidence(observed, "quota", "K", 0), "ResourceQuota: there is none in the namespace");
    assert_holds(evidence(observed, "quota", "W", 0), "LimitRange could not be read: ");
}

static void where_it_cannot_be_the_cause_it_is_not_asked_for(void **state)
{
    (void)state;
    prepare();
    AUTO_JSON *observed = gather_class(CLASS_IMAGE_PULL, "shop", "Deployment", "web", 0);
    assert_string_equal(evidence(observed, "quota", "K", 0), "");
    assert_asked("resourcequotas", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATHERING(what_the_namespace_may_use_is_told),
        GATHERING(that_there_is_none_is_told_too),
        GATHERING(where_it_cannot_be_the_cause_it_is_not_asked_for),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/gather/quota", tests, NULL, NULL);
}
