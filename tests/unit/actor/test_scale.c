/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of replicas: of one workload, and of all in a namespace. */
#include "actor/scaler.h"
#include "common/schema/limits.h"

#include "tests/unit/actor/decision.h"

#define APPS "/apis/apps/v1/namespaces/shop/"
#define AUTOSCALER "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/h"
#define SCALED_OBJECT "/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects/k"
#define NAMESPACE "/api/v1/namespaces/shop"
#define DATABASE APPS "statefulsets/db"
#define PREVIOUS "aegiops.io/previous-replicas"

static int setup(void **state)
{
    decision_setup(state);
    api_server_put(NAMESPACE, "{'kind':'Namespace','metadata':{'name':'shop','uid':'n-uid'}}");
    api_server_put(DATABASE, "{'kind':'StatefulSet','metadata':{'name':'db','uid':'s-uid'},"
                             "'spec':{'replicas':2,'template':{}}}");
    decision_set_policy("--policy-actions", "scale=auto,quarantine_namespace=auto,restore_namespace=auto",
                        NULL);
    return 0;
}

static struct incident open_namespace(const char *action, int lap)
{
    return decision_make(&(struct decision){
        .action = action,
        .target = "{'api_version':'v1','kind':'Namespace','namespace':'','name':'shop','uid':'n-uid'}",
        .key = "prod//Namespace/shop",
        .lap = lap});
}

static long long replicas(const char *path)
{
    return json_integer_at(api_server_get(path), "spec.replicas", -1);
}

static const char *annotation(const char *path, const char *name)
{
    return json_string_value(json_object_get(json_at(api_server_get(path), "metadata.annotations"), name));
}

static void put_scaler(const char *path, const char *kind, const char *name)
{
    AUTO_FREE char *json =
        xasprintf("{'metadata':{'name':'h'},'spec':{'scaleTargetRef':{%s'name':'%s'}}}", kind, name);
    api_server_put(path, json);
}

static void test_scales_through_the_subresource(void **state)
{
    (void)state;
    AUTO_JSON *undo = api_json("{'type':'scale','replicas':'3','from':{'replicas':'5'}}");
    AUTO_INCIDENT incident = decision_open(SCALE);
    AUTO_OUTCOME outcome = decision_act(&incident);
    assert_int_equal(outcome.result, RESULT_DONE);
    assert_string_equal(strbuf_text(&outcome.detail), "scaled Deployment shop/web from 3 to 5 replicas");
    assert_non_null(strstr(strbuf_text(&outcome.diff), "spec.replicas: 3 -> 5"));
    assert_int_equal(replicas(DEPLOYMENT), 5);
    assert_string_equal(annotation(DEPLOYMENT, "aegiops.io/action"), decision_action_id());
    assert_string_equal(annotation(DEPLOYMENT, "team"), "x");
    assert_true(json_equal(outcome.undo, undo));
    assert_int_equal(json_array_size(outcome.audit_ids), 2);
    assert_int_equal(api_server_count("PATCH " DEPLOYMENT "/scale?", "dryRun=All"), 1);
    assert_int_equal(api_server_count("PATCH " DEPLOYMENT "/scale?", ""), 2);
    assert_int_equal(api_server_count("POST", ""), 0);
    assert_int_equal(api_server_effects(), 2);
    decision_check(&incident, RESULT_ALREADY, "its mark is on the object");
    assert_int_equal(api_server_effects(), 2);
}

/* As if it was killed between its two writes. */
static void test_number_that_stands_already(void **state)
{
    (void)state;
    decision_set(api_server_get(DEPLOYMENT), "spec.replicas", "5");
    AUTO_INCIDENT incident = decision_open(SCALE);
    decision_check(&incident, RESULT_ALREADY, "has 5 replicas already");
    assert_int_equal(api_server_effects(), 0);
}

static void test_bounds_of_a_number(void **state)
{
    static const struct {
        const char *replicas, *from, *says;
        enum result result;
    } cases[] = {
        {"4", "2", "has 3 replicas by now, not 2", RESULT_REFUSED},
        {"0", "3", "not between 1 and 1000", RESULT_REFUSED},
        {"1001", "3", "not between 1 and 1000", RESULT_REFUSED},
        {"99999999999", "3", "is no count", RESULT_REFUSED},
        {"many", "3", "is no count", RESULT_REFUSED},
        {"4", "x", "is no count", RESULT_REFUSED},
        {"1", "3", "scaled", RESULT_DONE},
        {"1000", "3", "scaled", RESULT_DONE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        api_server_reset(state);
        decision_put_objects();
        AUTO_FREE char *action = xasprintf("{'type':'scale','replicas':'%s','from':{'replicas':'%s'}}",
                                           cases[i].replicas, cases[i].from);
        AUTO_INCIDENT incident = decision_open(action);
        decision_check(&incident, cases[i].result, cases[i].says);
        if (cases[i].result != RESULT_DONE)
            assert_int_equal(api_server_effects(), 0);
    }
}

static void test_what_else_scales(void **state)
{
    static const struct {
        const char *path, *kind, *name, *says;
    } cases[] = {
        {AUTOSCALER, "'kind':'Deployment',", "web", "HorizontalPodAutoscaler h sets"},
        {SCALED_OBJECT, "'kind':'Deployment',", "web", "ScaledObject h sets"},
        {SCALED_OBJECT, "", "web", "ScaledObject h sets"},
        {AUTOSCALER, "'kind':'StatefulSet',", "web", NULL},
        {AUTOSCALER, "'kind':'Deployment',", "api", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        api_server_reset(state);
        decision_put_objects();
        put_scaler(cases[i].path, cases[i].kind, cases[i].name);
        AUTO_INCIDENT incident = decision_open(SCALE);
        decision_check(&incident, cases[i].says ? RESULT_REFUSED : RESULT_DONE,
                       cases[i].says ? cases[i].says : "scaled");
    }
}

static void test_kinds_that_have_no_number(void **state)
{
    (void)state;
    AUTO_INCIDENT daemons = decision_make(&(struct decision){
        .action = SCALE,
        .target = "{'api_version':'apps/v1','kind':'DaemonSet','namespace':'shop','name':'a','uid':'u'}",
        .key = "prod/shop/DaemonSet/a"});
    AUTO_INCIDENT job = decision_make(&(struct decision){
        .action = SCALE,
        .target = "{'api_version':'batch/v1','kind':'Job','namespace':'shop','name':'a','uid':'u'}",
        .key = "prod/shop/Job/a"});
    decision_check(&daemons, RESULT_REFUSED, "DaemonSet");
    decision_check(&job, RESULT_REFUSED, "kind");
    assert_int_equal(api_server_effects(), 0);
}

static void test_quarantine_and_back(void **state)
{
    (void)state;
    AUTO_JSON *undo = api_json("{'type':'restore_namespace'}");
    AUTO_INCIDENT quarantine = open_namespace(QUARANTINE, 1);
    AUTO_INCIDENT restore = open_namespace(RESTORE, 2);
    AUTO_OUTCOME outcome = decision_act(&quarantine);
    assert_int_equal(outcome.result, RESULT_DONE);
    assert_string_equal(strbuf_text(&outcome.detail),
                        "quarantined namespace shop: its Deployments and StatefulSets to 0 replicas");
    assert_non_null(strstr(outcome.diff.data, "Deployment web.spec.replicas: 3 -> 0"));
    assert_non_null(strstr(outcome.diff.data, "StatefulSet db.spec.replicas: 2 -> 0"));
    assert_true(json_equal(outcome.undo, undo));
    assert_int_equal(replicas(DEPLOYMENT) + replicas(DATABASE), 0);
    assert_string_equal(annotation(DEPLOYMENT, PREVIOUS), "3");
    assert_string_equal(annotation(DATABASE, PREVIOUS), "2");
    assert_string_equal(annotation(DATABASE, "aegiops.io/action"), decision_action_id());
    AUTO_OUTCOME again = decision_act(&quarantine);
    assert_int_equal(again.result, RESULT_ALREADY);
    assert_non_null(strstr(strbuf_text(&again.detail), "nothing is left"));
    assert_true(json_equal(again.undo, undo));
    assert_int_equal(api_server_effects(), 2);
    decision_check(&restore, RESULT_DONE, "restored namespace shop");
    assert_int_equal(replicas(DEPLOYMENT), 3);
    assert_int_equal(replicas(DATABASE), 2);
    assert_null(annotation(DEPLOYMENT, PREVIOUS));
    decision_check(&restore, RESULT_ALREADY, "nothing is left");
    assert_int_equal(api_server_effects(), 4);
}

/* Killed after the first write: the repeat does the second, and the first only once. */
static void test_quarantine_goes_on_where_it_was_cut_off(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = open_namespace(QUARANTINE, 1);
    AUTO_FREE char *annotations =
        xasprintf("{'aegiops.io/action':'%s','" PREVIOUS "':'3'}", decision_action_id());
    decision_set(api_server_get(DEPLOYMENT), "metadata.annotations", annotations);
    decision_check(&incident, RESULT_DONE, "quarantined");
    assert_int_equal(replicas(DEPLOYMENT), 3); /* somebody has woken it since, and the repeat leaves it so */
    assert_int_equal(replicas(DATABASE), 0);
    assert_int_equal(api_server_effects(), 1);
}

/* The answers of both writes are lost: each is looked for, and the way back is known all the same. */
static void test_quarantine_whose_answers_are_lost(void **state)
{
    (void)state;
    api_server.lose = 2;
    AUTO_INCIDENT incident = open_namespace(QUARANTINE, 1);
    AUTO_OUTCOME outcome = decision_act(&incident);
    assert_int_equal(outcome.result, RESULT_ALREADY);
    assert_non_null(outcome.undo);
    assert_int_equal(replicas(DEPLOYMENT) + replicas(DATABASE), 0);
    assert_int_equal(api_server_effects(), 2);
}

static void test_restore_leaves_what_was_woken(void **state)
{
    (void)state;
    decision_set(api_server_get(DEPLOYMENT), "metadata.annotations", "{'" PREVIOUS "':'9'}");
    decision_set(api_server_get(DATABASE), "metadata.annotations", "{'" PREVIOUS "':'4000'}");
    decision_set(api_server_get(DATABASE), "spec.replicas", "0");
    AUTO_INCIDENT incident = open_namespace(RESTORE, 1);
    decision_check(&incident, RESULT_ALREADY, "nothing is left");
    assert_int_equal(api_server_effects(), 0);
}

static void test_quarantine_names_what_it_leaves(void **state)
{
    static const struct {
        const char *path, *json, *says;
    } cases[] = {
        {"metadata.labels", "{'kustomize.toolkit.fluxcd.io/name':'x'}", "managed by Flux"},
        {"metadata.annotations", "{'aegiops.io/ignore':'true'}", "marked aegiops.io/ignore"},
        {"metadata.ownerReferences", "[{'kind':'Shop','name':'s','uid':'o','controller':true}]", "Shop s"},
        {NULL, NULL, "HorizontalPodAutoscaler h sets its replicas"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        api_server_reset(state);
        setup(state);
        if (cases[i].path)
            decision_set(api_server_get(DEPLOYMENT), cases[i].path, cases[i].json);
        else
            put_scaler(AUTOSCALER, "'kind':'Deployment',", "web");
        AUTO_INCIDENT incident = open_namespace(QUARANTINE, 1);
        AUTO_OUTCOME outcome = decision_act(&incident);
        AUTO_FREE char *warnings = json_dumps(outcome.warnings, 0);
        assert_int_equal(outcome.result, RESULT_DONE);
        assert_non_null(strstr(strbuf_text(&outcome.detail), "; left alone: Deployment web"));
        if (!strstr(warnings, cases[i].says))
            fail_msg("%s does not say %s", warnings, cases[i].says);
        assert_int_equal(replicas(DEPLOYMENT), 3);
        assert_int_equal(replicas(DATABASE), 0);
    }
}

static void test_namespace_guards(void **state)
{
    static const struct {
        const char *object, *path, *json;
        enum result result;
        const char *says;
    } cases[] = {
        {NAMESPACE, "metadata.uid", "'other'", RESULT_FAILED, "replaced"},
        {NAMESPACE, "metadata.deletionTimestamp", "'t'", RESULT_REFUSED, "being deleted"},
        {NAMESPACE, "metadata.annotations", "{'aegiops.io/ignore':'true'}", RESULT_REFUSED,
         "aegiops.io/ignore"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        api_server_reset(state);
        setup(state);
        decision_set(api_server_get(cases[i].object), cases[i].path, cases[i].json);
        AUTO_INCIDENT incident = open_namespace(QUARANTINE, 1);
        decision_check(&incident, cases[i].result, cases[i].says);
        assert_int_equal(api_server_effects(), 0);
    }
    api_server_reset(state);
    setup(state);
    AUTO_INCIDENT deployment = decision_open(QUARANTINE);
    decision_check(&deployment, RESULT_REFUSED, "is no Namespace");
    AUTO_INCIDENT rollback = open_namespace(ROLLBACK, 1);
    decision_check(&rollback, RESULT_REFUSED, "does not patch");
    decision_set_policy("--policy-protected-namespaces", "shop", NULL);
    AUTO_INCIDENT protected = open_namespace(QUARANTINE, 1);
    decision_check(&protected, RESULT_REFUSED, "protected");
}

static void test_nothing_may_be_scaled(void **state)
{
    (void)state;
    json_object_del(api_server.objects, DATABASE);
    put_scaler(AUTOSCALER, "'kind':'Deployment',", "web");
    AUTO_INCIDENT incident = open_namespace(QUARANTINE, 1);
    decision_check(&incident, RESULT_REFUSED, "not Deployment web");
}

static void test_too_much_to_look_at(void **state)
{
    (void)state;
    AUTO_INCIDENT quarantine = open_namespace(QUARANTINE, 1);
    AUTO_INCIDENT scale = decision_open(SCALE);
    api_server.rest = "more";
    decision_check(&quarantine, RESULT_FAILED, "too many to look through");
    decision_check(&scale, RESULT_FAILED, "too many to look through");
    api_server.rest = "";
    for (int i = 0; i < LIMIT_NAMESPACE_WORKLOADS; i++) {
        AUTO_FREE char *path = xasprintf(APPS "deployments/d%d", i);
        AUTO_FREE char *json = xasprintf("{'metadata':{'name':'d%d','uid':'u'},'spec':{'replicas':1}}", i);
        api_server_put(path, json);
    }
    decision_check(&quarantine, RESULT_REFUSED, "102 workloads");
    assert_int_equal(api_server_effects(), 0);
}

/* The second of two writes fails for good: people learn what was done, and how to get back. */
static void test_half_of_it(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = open_namespace(QUARANTINE, 1);
    AUTO_OUTCOME outcome = outcome_begin();
    struct error err;
    api_server.skip = 1; /* the dry run goes well */
    api_server_refuse("statefulsets", 1, 400, "{'message':'no'}");
    assert_int_equal(act(&decision_actor, &incident, &outcome, &err), 0);
    assert_int_equal(outcome.result, RESULT_FAILED);
    assert_non_null(strstr(strbuf_text(&outcome.detail), "1 of 2 writes had been made"));
    assert_non_null(outcome.undo);
    assert_int_equal(replicas(DEPLOYMENT), 0);
    assert_int_equal(replicas(DATABASE), 2);
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, decision_teardown)
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_scales_through_the_subresource),
        WITH_SERVER(test_number_that_stands_already),
        WITH_SERVER(test_bounds_of_a_number),
        WITH_SERVER(test_what_else_scales),
        WITH_SERVER(test_kinds_that_have_no_number),
        WITH_SERVER(test_quarantine_and_back),
        WITH_SERVER(test_quarantine_goes_on_where_it_was_cut_off),
        WITH_SERVER(test_quarantine_whose_answers_are_lost),
        WITH_SERVER(test_restore_leaves_what_was_woken),
        WITH_SERVER(test_quarantine_names_what_it_leaves),
        WITH_SERVER(test_namespace_guards),
        WITH_SERVER(test_nothing_may_be_scaled),
        WITH_SERVER(test_too_much_to_look_at),
        WITH_SERVER(test_half_of_it),
    };
    return cmocka_run_group_tests_name("actor/scale", tests, api_server_open, api_server_close);
}
