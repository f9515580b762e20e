/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/gathering.h"

#define OWNED_BY(version, kind, name)                                                                        \
    "'ownerReferences':[{'apiVersion':'" version "','kind':'" kind "','name':'" name "','uid':'uid-of-" name \
    "','controller':true}]"

static void a_pod_is_followed_to_its_deployment(void **state)
{
    (void)state;
    store_all();
    serve(
        "/deployments/web", 200,
        "{'metadata':{'uid':'uid-of-web'},'spec':{'selector':{'matchLabels':{'app':'web'}},'template':{}}}");
    serve("/replicasets?", 200,
          "{'items':[{'metadata':{'name':'web-5d8','uid':'uid-of-set'," OWNED_BY("apps/v1", "Deployment",
                                                                                 "web") "}}]}");
    AUTO_JSON *observed = gather_class(CLASS_OOM_KILLED, "shop", "Deployment", "web", 0);
    assert_string_equal(evidence(observed, "owner", "K", 0),
                        "Pod web-0 ← ReplicaSet web-5d8 ← Deployment web");
    assert_true(json_is_null(json_object_get(observed, "managed_by")));
    assert_asked("/replicasets/", 0); /* it was listed */
}

static void what_keeps_the_workload_is_told(void **state)
{
    (void)state;
    store_all();
    serve("/deployments/web", 200,
          "{'metadata':{'uid':'uid-of-web','annotations':{'argocd.argoproj.io/"
          "tracking-id':'hunter2'}," OWNED_BY("shop.io/v1", "Shop", "main") "},'spec':{'template':{}}}");
    serve("/apis/apps/v1/namespaces/shop/replicasets/web-5d8", 200,
          "{'metadata':{" OWNED_BY("apps/v1", "Deployment", "web") "}}");
    serve("/apis/apps/v1", 200,
          "{'resources':[{'name':'replicasets','kind':'ReplicaSet','namespaced':true}]}");
    AUTO_JSON *observed = gather_class(CLASS_OOM_KILLED, "shop", "Deployment", "web", 0);
    assert_string_equal(
        evidence(observed, "owner", "K", 0),
        "Pod web-0 ← ReplicaSet web-5d8 ← Deployment web ← Shop main (shop.io/v1, a kind that AegiOps "
        "does not know)\nArgo CD keeps Deployment web as it is: annotation "
        "argocd.argoproj.io/tracking-id");
    assert_string_equal(json_string_at(observed, "managed_by"), "Argo CD");
    assert_nowhere(observed, "hunter2");
}

static void a_controller_keeps_what_it_owns(void **state)
{
    (void)state;
    store_all();
    serve("/deployments/web", 200,
          "{'metadata':{'uid':'uid-of-web'," OWNED_BY("shop.io/v1", "Shop",
                                                      "main") "},'spec':{'template':{}}}");
    AUTO_JSON *observed = gather_class(CLASS_OOM_KILLED, "shop", "Deployment", "web", 0);
    assert_string_equal(json_string_at(observed, "managed_by"), "Shop main");
    assert_holds(evidence(observed, "owner", "K", 0), "\nShop main keeps Deployment web as it is");
}

static void a_pod_that_nobody_owns_says_so(void **state)
{
    (void)state;
    test_workload_open(&test, 1);
    test.workload.controller = NULL;
    test.pods[0].owner.kind = test.pods[0].owner.name = test.pods[0].owner.uid = "";
    store_all();
    serve("/pods/web-0", 200, "{'metadata':{'uid':'u-0'}}");
    AUTO_JSON *observed = gather_class(CLASS_OOM_KILLED, "shop", "Pod", "web-0", 0);
    assert_string_equal(evidence(observed, "owner", "K", 0), "Pod web-0: nobody owns it");
}

/* Its pods are those of a ReplicaSet that it owns. */
static void adopt_for_rollout(void)
{
    static const struct owner rollout = {"argoproj.io/v1alpha1", "Rollout", "web", "uid-of-web"};
    test.workload.controller = NULL;
    store_all();
    store_adopt(store, "shop", "ReplicaSet", "web-5d8", &rollout);
    serve("/pods/web-0", 200,
          "{'metadata':{'uid':'u-0','labels':{'app':'web'}},'spec':{'containers':[{'name':'app'}]}}");
    serve("/apis/apps/v1/namespaces/shop/replicasets/web-5d8", 200,
          "{'metadata':{" OWNED_BY("argoproj.io/v1alpha1", "Rollout", "web") "}}");
    serve("/apis/apps/v1", 200,
          "{'resources':[{'name':'replicasets','kind':'ReplicaSet','namespaced':true}]}");
}

static void an_unknown_kind_is_told_by_its_metadata(void **state)
{
    (void)state;
    adopt_for_rollout();
    serve("/rollouts/web", 200,
          "{'metadata':{'uid':'uid-of-web','resourceVersion':'77','labels':{'app.kubernetes.io/"
          "managed-by':'Helm'}}}");
    serve("/apis/argoproj.io/v1alpha1", 200,
          "{'resources':[{'name':'rollouts','kind':'Rollout','namespaced':true}]}");
    AUTO_JSON *observed = gather_class(CLASS_CRASH_LOOP, "shop", "Rollout", "web", 0);
    assert_string_equal(
        evidence(observed, "owner", "K", 0),
        "Pod web-0 ← ReplicaSet web-5d8 ← Rollout web (argoproj.io/v1alpha1, a kind that AegiOps does "
        "not know)\nHelm keeps Rollout web as it is: label app.kubernetes.io/managed-by");
    assert_string_equal(json_string_at(observed, "target.resource_version"), "77");
    assert_string_equal(json_string_at(observed, "target.uid"), "uid-of-web");
    assert_string_equal(json_string_at(observed, "target.api_version"), "argoproj.io/v1alpha1");
    assert_string_equal(evidence(observed, "spec", "K", 0), "name: app");
    assert_holds(evidence(observed, "status", "K", 0), "Rollout shop/web: 3 pods");
}

static void an_unknown_kind_that_may_not_be_read_is_told_by_name(void **state)
{
    (void)state;
    adopt_for_rollout();
    serve_refusal("/rollouts/web", 403);
    serve("/apis/argoproj.io/v1alpha1", 200,
          "{'resources':[{'name':'rollouts','kind':'Rollout','namespaced':true}]}");
    AUTO_JSON *observed = gather_class(CLASS_CRASH_LOOP, "shop", "Rollout", "web", 0);
    assert_holds(evidence(observed, "owner", "K", 0), "← ReplicaSet web-5d8 ← Rollout web (");
    assert_holds(evidence(observed, "owner", "W", 0), "the Rollout could not be read: ");
    assert_true(json_is_null(json_at(observed, "target.resource_version")));
}

static void a_job_of_a_cron_job_is_in_the_store(void **state)
{
    (void)state;
    struct controller_facts cron_job = {
        .kind = "CronJob", .ns = "shop", .name = "nightly", .uid = "uid-of-cron"};
    struct controller_facts job = {.kind = "Job",
                                   .ns = "shop",
                                   .name = "nightly-1",
                                   .uid = "uid-of-job",
                                   .owner = {"batch/v1", "CronJob", "nightly", "uid-of-cron"}};
    test_workload_open(&test, 1);
    test.workload.controller = NULL;
    test.pods[0].owner = (struct owner){"batch/v1", "Job", "nightly-1", "uid-of-job"};
    store_all();
    store_put(store, STORE_CRON_JOBS, &cron_job);
    store_put(store, STORE_JOBS, &job);
    serve("/cronjobs/nightly", 200, "{'metadata':{'uid':'uid-of-cron'},'spec':{}}");
    AUTO_JSON *observed = gather_class(CLASS_IMAGE_PULL, "shop", "CronJob", "nightly", 0);
    assert_string_equal(evidence(observed, "owner", "K", 0), "Pod web-0 ← Job nightly-1 ← CronJob nightly");
    assert_asked("/apis/batch/v1\n", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATHERING(a_pod_is_followed_to_its_deployment),
        GATHERING(what_keeps_the_workload_is_told),
        GATHERING(a_controller_keeps_what_it_owns),
        GATHERING(a_pod_that_nobody_owns_says_so),
        GATHERING(an_unknown_kind_is_told_by_its_metadata),
        GATHERING(an_unknown_kind_that_may_not_be_read_is_told_by_name),
        GATHERING(a_job_of_a_cron_job_is_in_the_store),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/gather/owners", tests, NULL, NULL);
}
