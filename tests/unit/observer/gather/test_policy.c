/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/gathering.h"

static void prepare(void)
{
    store_all();
    serve("/deployments/web", 200,
          "{'metadata':{'uid':'uid-of-web'},'spec':{'template':{'metadata':{'labels':{'app':'web'}},'spec':{}"
          "}}}");
}

static void autoscalers_and_budgets_are_told(void **state)
{
    (void)state;
    struct autoscaler_facts autoscaler = {
        .ns = "shop", .name = "web", .uid = "uid-of-hpa", .target_kind = "Deployment", .target_name = "web"};
    struct autoscaler_facts other = autoscaler;
    other.uid = other.name = "other";
    other.target_kind = "StatefulSet";
    prepare();
    store_put(store, STORE_AUTOSCALERS, &autoscaler);
    store_put(store, STORE_AUTOSCALERS, &other);
    strbuf_clear(&server->answers[0].body);
    fill_body(&server->answers[0],
              "{'items':[{'metadata':{'name':'web'},'spec':{'selector':{'matchLabels':{'app':'web'}},'"
              "minAvailable':2},"
              "'status':{'disruptionsAllowed':1,'currentHealthy':3,'desiredHealthy':2}},{'metadata':{'name':'"
              "api'},'spec':{"
              "'selector':{'matchLabels':{'app':'api'}}}},{'metadata':{'name':'all'},'spec':{'selector':{},"
              "'maxUnavailable':'10%'}}]}");
    AUTO_JSON *observed = gather_class(CLASS_OOM_KILLED, "shop", "Deployment", "web", 0);
    assert_string_equal(
        evidence(observed, "policy", "K", 0),
        "HorizontalPodAutoscaler web sets the number of replicas\n"
        "PodDisruptionBudget web protects its pods: 1 may be taken now; 3 of them well, 2 must be, "
        "minAvailable 2\n"
        "PodDisruptionBudget all protects its pods: 0 may be taken now; 0 of them well, 0 must be, "
        "maxUnavailable 10%");
}

static void where_there_are_none_nothing_is_said(void **state)
{
    (void)state;
    prepare();
    AUTO_JSON *observed = gather_class(CLASS_OOM_KILLED, "shop", "Deployment", "web", 0);
    assert_string_equal(evidence(observed, "policy", "K", 0), "");
    assert_asked("/poddisruptionbudgets?limit=200", 1);
}

static void budgets_that_may_not_be_read_are_missed(void **state)
{
    (void)state;
    prepare();
    server->answers[0].status = 403;
    AUTO_JSON *observed = gather_class(CLASS_OOM_KILLED, "shop", "Deployment", "web", 0);
    assert_holds(evidence(observed, "policy", "W", 0), "the PodDisruptionBudgets could not be read: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATHERING(autoscalers_and_budgets_are_told),
        GATHERING(where_there_are_none_nothing_is_said),
        GATHERING(budgets_that_may_not_be_read_are_missed),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/gather/policy", tests, NULL, NULL);
}
