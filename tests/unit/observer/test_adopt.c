/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/adopt.h"

#include "tests/unit/observer/gathering.h"

#define SETS "{'resources':[{'name':'replicasets','kind':'ReplicaSet','namespaced':true}]}"
#define ROLLOUTS "{'resources':[{'name':'rollouts','kind':'Rollout','namespaced':true}]}"
#define OWNER(version, kind, name)                                                                           \
    "'ownerReferences':[{'apiVersion':'" version "','kind':'" kind "','name':'" name "','uid':'uid-of-" name \
    "','controller':true}]"
#define ROLLOUT OWNER("argoproj.io/v1alpha1", "Rollout", "rollout")

/* Pods of a ReplicaSet that no Deployment of its name owns. */
static void prepare(void)
{
    test.workload.controller = NULL;
    for (int i = 0; i < 3; i++)
        break_run(&test, i, "Error", 1, 5);
    store_all();
}

static void serve_set(int status, const char *metadata)
{
    AUTO_FREE char *body = xasprintf("{'metadata':{'uid':'uid-of-set'%s%s}}", *metadata ? "," : "", metadata);
    serve("/replicasets/web-5d8", status, body);
    serve("/apis/apps/v1", 200, SETS);
}

static int ask(const char *kind, const char *name, int siblings, int insist, struct error *err)
{
    AUTO_SIGHTING sighting = {0};
    sighting_of_nothing("shop", kind, name, T0, &sighting);
    return adopt(gatherer.reader, store, &sighting, siblings, insist, err);
}

static int is_there(const char *kind, const char *name)
{
    struct workload workload;
    store_lock(store);
    int is_found = store_find(store, "shop", kind, name, &workload) && workload.pod_count > 0;
    store_unlock(store);
    return is_found;
}

static void a_replica_set_is_filed_with_its_rollout(void **state)
{
    (void)state;
    struct error err;
    prepare();
    serve_set(200, ROLLOUT);
    serve_refusal("/rollouts/rollout", 403); /* as far as people let us look */
    serve("/apis/argoproj.io/v1alpha1", 200, ROLLOUTS);
    assert_int_equal(ask("ReplicaSet", "web-5d8", 0, 0, &err), 1);
    assert_false(is_there("ReplicaSet", "web-5d8"));
    assert_true(is_there("Rollout", "rollout"));
    assert_int_equal(ask("ReplicaSet", "web-5d8", 0, 0, &err), 0);
    assert_int_equal(ask("Rollout", "rollout", 0, 0, &err), 0); /* nor is the top asked for again */
    assert_int_equal(ask("Rollout", "rollout", 1, 0, &err), 0);
}

static void it_is_followed_to_the_top(void **state)
{
    (void)state;
    struct error err;
    prepare();
    serve_set(200, ROLLOUT);
    serve("/rollouts/rollout", 200,
          "{'metadata':{'uid':'uid-of-rollout'," OWNER("shop.io/v1", "App", "app") "}}");
    serve("/apis/argoproj.io/v1alpha1", 200, ROLLOUTS);
    serve("/apps/app", 200, "{'metadata':{'uid':'uid-of-app'}}");
    serve("/apis/shop.io/v1", 200, "{'resources':[{'name':'apps','kind':'App','namespaced':true}]}");
    assert_int_equal(ask("ReplicaSet", "web-5d8", 0, 0, &err), 1);
    assert_true(is_there("App", "app"));
    AUTO_SIGHTING sighting = {0};
    see("shop", "App", "app", &sighting);
    assert_string_equal(sighting.uid, "uid-of-app");
    assert_string_equal(sighting.api_version, "shop.io/v1");
    assert_int_equal(sighting.sick, 3);
}

static void a_kind_that_is_watched_ends_the_way(void **state)
{
    (void)state;
    struct error err;
    prepare();
    serve_set(200, OWNER("apps/v1", "StatefulSet", "db"));
    assert_int_equal(ask("ReplicaSet", "web-5d8", 0, 0, &err), 1);
    assert_true(is_there("StatefulSet", "db"));
    assert_int_equal(ask("StatefulSet", "db", 1, 0, &err), 0);
    assert_asked("/statefulsets/", 0);
}

static void one_that_nobody_owns_is_asked_for_once(void **state)
{
    (void)state;
    struct error err;
    prepare();
    serve_set(200, "");
    assert_int_equal(ask("ReplicaSet", "web-5d8", 0, 0, &err), 1);
    assert_asked("/replicasets/web-5d8", 1);
    assert_int_equal(ask("ReplicaSet", "web-5d8", 0, 0, &err), 0);
    AUTO_FREE char *asked = stand_in_asked(server);
    assert_string_equal(asked, "");
    assert_true(is_there("ReplicaSet", "web-5d8"));
}

static void what_is_gone_or_a_namesake_tells_nothing(void **state)
{
    (void)state;
    struct error err;
    prepare();
    serve("/replicasets/web-5d8", 200, "{'metadata':{'uid':'another'," ROLLOUT "}}");
    serve("/apis/apps/v1", 200, SETS);
    assert_int_equal(ask("ReplicaSet", "web-5d8", 0, 0, &err), 1);
    assert_true(is_there("ReplicaSet", "web-5d8"));
}

static void an_api_server_that_is_away_is_asked_again(void **state)
{
    (void)state;
    struct error err;
    prepare();
    assert_int_equal(ask("ReplicaSet", "web-5d8", 0, 1, &err), -1);
    assert_int_equal(err.kind, ERROR_RETRY);
    serve_set(200, ROLLOUT);
    serve_refusal("/apis/argoproj.io/v1alpha1", 404);
    assert_int_equal(ask("ReplicaSet", "web-5d8", 0, 0, &err), 1);
    assert_true(is_there("Rollout", "rollout"));
}

static void a_refusal_of_what_should_be_allowed_is_doubted_first(void **state)
{
    (void)state;
    struct error err;
    prepare();
    serve_refusal("/replicasets/web-5d8", 403);
    serve("/apis/apps/v1", 200, SETS);
    assert_int_equal(ask("ReplicaSet", "web-5d8", 0, 0, &err), -1);
    assert_int_equal(err.kind, ERROR_RETRY);
    assert_int_equal(ask("ReplicaSet", "web-5d8", 0, 1, &err), 1);
    assert_true(is_there("ReplicaSet", "web-5d8"));
}

static void what_was_known_before_a_restart_finds_its_pods_again(void **state)
{
    (void)state;
    struct error err;
    prepare();
    serve_set(200, ROLLOUT);
    serve_refusal("/apis/argoproj.io/v1alpha1", 404);
    assert_int_equal(ask("Rollout", "rollout", 0, 0, &err), 0);
    assert_int_equal(ask("Rollout", "rollout", 1, 0, &err), 1);
    assert_true(is_there("Rollout", "rollout"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATHERING(a_replica_set_is_filed_with_its_rollout),
        GATHERING(it_is_followed_to_the_top),
        GATHERING(a_kind_that_is_watched_ends_the_way),
        GATHERING(one_that_nobody_owns_is_asked_for_once),
        GATHERING(what_is_gone_or_a_namesake_tells_nothing),
        GATHERING(an_api_server_that_is_away_is_asked_again),
        GATHERING(a_refusal_of_what_should_be_allowed_is_doubted_first),
        GATHERING(what_was_known_before_a_restart_finds_its_pods_again),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/adopt", tests, NULL, NULL);
}
