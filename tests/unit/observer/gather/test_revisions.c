/* SPDX-License-Identifier: Apache-2.0 */
/* ReplicaSets are judged in test_gather.c; here are the ControllerRevisions of the other kinds. */
#include "tests/unit/observer/gathering.h"

#define REVISION(name, labels, number, image)                                                                \
    "{'metadata':{'name':'" name "','uid':'uid-of-" name "','labels':{" labels                               \
    "},'ownerReferences':[{'uid':'uid-of-db',"                                                               \
    "'controller':true}]},'revision':" number                                                                \
    ",'data':{'spec':{'template':{'$patch':'replace','spec':{'containers':["                                 \
    "{'name':'app','image':'" image "','env':[{'name':'PW','value':'hunter" number "'}]}]}}}}}"

/* A workload db of another kind, whose pods 0 and 1 run an old template and whose pod 2 a new one, which fails. */
static void open_kind(const char *kind, enum store_kind kept_as, const char *old_hash, const char *new_hash)
{
    test.workload.kind = kind;
    test.workload.name = "db";
    test.workload.controller = NULL;
    for (int i = 0; i < 3; i++) {
        test.pods[i].owner = (struct owner){"apps/v1", kind, "db", "uid-of-db"};
        test.pods[i].template_hash = i == 2 ? new_hash : old_hash;
    }
    break_image(&test, 2);
    store_all();
    struct controller_facts controller = healthy_deployment(3);
    controller.kind = kind;
    controller.name = "db";
    controller.uid = "uid-of-db";
    controller.progressing_reason = "";
    controller.revision = "";
    controller.available = 2;
    store_put(store, kept_as, &controller);
}

static void assert_judged(const char *failing, const char *good)
{
    AUTO_JSON *observed = gather_now();
    assert_string_equal(json_string_at(observed, "onset.template_hash"), failing);
    assert_string_equal(json_string_at(observed, "onset.revision"), "3");
    assert_true(json_true_at(observed, "onset.new_revision"));
    assert_string_equal(json_string_at(observed, "onset.good.template_hash"), good);
    assert_string_equal(json_string_at(observed, "onset.good.revision"), "2");
    assert_string_equal(json_string_at(observed, "onset.good.replica_set"), "db-5d8");
    assert_string_equal(json_string_at(observed, "before.revision.replica_set"), "db-7c9");
    assert_string_equal(evidence(observed, "diff", "K", 0),
                        "pod template, revision 2 → revision 3:\n"
                        "spec.containers[app].image: db:1 → db:2\n"
                        "spec.containers[app].env[PW].value: changed (values are not shown)");
    assert_holds(json_string_at(observed, "summary"), "since revision 3");
    assert_string_equal(evidence(observed, "spec", "K", 0), "name: app\nimage: db:2\nenv (names only): PW");
    assert_nowhere(observed, "hunter");
}

static void of_a_stateful_set_pods_carry_the_name(void **state)
{
    (void)state;
    open_kind("StatefulSet", STORE_STATEFUL_SETS, "db-5d8", "db-7c9");
    serve("/statefulsets/db", 200,
          "{'metadata':{'uid':'uid-of-db'},'spec':{'replicas':3,'selector':{'matchLabels':{'app':'db'}},'"
          "template':{'spec':{"
          "'containers':[{'name':'app','image':'db:2'}]}}}}");
    serve("/controllerrevisions?labelSelector=app%3Ddb", 200,
          "{'items':[" REVISION("db-5d8", "'controller.kubernetes.io/hash':'5d8'", "2", "db:1") "," REVISION(
              "db-7c9", "'controller.kubernetes.io/hash':'7c9'", "3", "db:2") "]}");
    serve_refusal("/apis/policy", 404);
    assert_judged("db-7c9", "db-5d8");
}

static void of_a_daemon_set_pods_carry_the_hash(void **state)
{
    (void)state;
    open_kind("DaemonSet", STORE_DAEMON_SETS, "5d8", "7c9");
    serve("/daemonsets/db", 200,
          "{'metadata':{'uid':'uid-of-db'},'spec':{'selector':{'matchLabels':{'app':'db'}},'template':{'spec'"
          ":{'containers'"
          ":[{'name':'app','image':'db:2'}]}}}}");
    serve("/controllerrevisions?labelSelector=app%3Ddb", 200,
          "{'items':[" REVISION("db-5d8", "'controller-revision-hash':'5d8'", "2", "db:1") "," REVISION(
              "db-7c9", "'controller-revision-hash':'7c9'", "3", "db:2") "]}");
    assert_judged("7c9", "5d8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATHERING(of_a_stateful_set_pods_carry_the_name),
        GATHERING(of_a_daemon_set_pods_carry_the_hash),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/gather/revisions", tests, NULL, NULL);
}
