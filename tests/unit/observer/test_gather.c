/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather.h"

#include "tests/unit/observer/gathering.h"

static void say_deployment(void)
{
    say(200, "{'metadata':{'uid':'uid-of-web','resourceVersion':'42'},'spec':{'replicas':3,'selector':{'"
             "matchLabels':{'"
             "app':'web'}},"
             "'template':{'spec':{'containers':[{'name':'app','image':'nginx:1.99','resources':{'limits':"
             "{'memory':'64Mi'},'requests':{'memory':'32Mi'}}}]}}}}");
}

#define OWNED "'ownerReferences':[{'uid':'uid-of-web','controller':true}]"
#define NEW_SET                                                                                              \
    "{'metadata':{'name':'web-7c9','uid':'uid-of-new'," OWNED                                                \
    ",'labels':{'pod-template-hash':'7c9'},'annotations':"                                                   \
    "{'deployment.kubernetes.io/revision':'3'}},'spec':{'template':{'spec':{'containers':[{'name':'app',"    \
    "'image':'nginx:1.99','command':['run','--password=hunter2'],'env':[{'name':'A','value':'hunter2'},"     \
    "{'name':'B','value':'hunter2'}],'envFrom':[{'configMapRef':{'name':'c'}}]}]}}},'status':{'"             \
    "readyReplicas':1}}"
#define OLD_SET(ready)                                                                                       \
    "{'metadata':{'name':'web-5d8','uid':'uid-of-set'," OWNED                                                \
    ",'labels':{'pod-template-hash':'5d8'},'annotations':"                                                   \
    "{'deployment.kubernetes.io/revision':'2'}},'spec':{'template':{'spec':{'containers':[{'name':'app',"    \
    "'image':'nginx:1.25','env':[{'name':'A','value':'hunter1'}]}]}}},'status':{'readyReplicas':" ready "}}"

/* Makes pod i one of the new template. */
static void renew(int i)
{
    test.pods[i].template_hash = "7c9";
    test.pods[i].owner.name = "web-7c9";
    test.pods[i].owner.uid = "uid-of-new";
}

static json_t *gather_bad_image(const char *sets)
{
    renew(2);
    break_image(&test, 2);
    store_all();
    say_deployment();
    say(200, sets);
    return gather_now();
}

static void a_bad_image_after_a_good_revision(void **state)
{
    (void)state;
    AUTO_JSON *observed = gather_bad_image("{'items':[" OLD_SET("2") "," NEW_SET "]}");
    AUTO_FREE char *asked = stand_in_asked(server);
    assert_string_equal(asked, "/apis/apps/v1/namespaces/shop/deployments/web\n"
                               "/apis/apps/v1/namespaces/shop/replicasets?labelSelector=app%3Dweb\n");
    AUTO_JSON *expected = json_pack(
        "{s:s, s:s, s:n, s:s, s:{s:s, s:s, s:s, s:s, s:s, s:s}, s:[{s:s, s:s, s:s, s:s, s:s, s:n, s:i}], "
        "s:i, "
        "s:i, s:i, "
        "s:{s:s, s:s, s:s, s:b, s:{s:s, s:s, s:s}, s:[{s:s, s:s}, {s:s, s:s, s:s}]}, "
        "s:{s:s, s:s, s:s, s:s, s:{}, s:i, s:{s:s, s:s, s:s}}, s:n, "
        "s:n, "
        "s:n, s:n, s:[], s:[]}",
        "at", "2026-11-18T11:06:40.000Z", "class", CLASS_IMAGE_PULL, "detail", "summary",
        "1 of 3 pods of Deployment shop/web cannot pull image \"nginx:1.99\" since revision 3", "target",
        "api_version", "apps/v1", "kind", "Deployment", "namespace", "shop", "name", "web", "uid",
        "uid-of-web", "resource_version", "42", "pods", "name", "web-2", "uid", "u-2", "node", "node-1",
        "container", "app", "reason", "ImagePullBackOff", "exit_code", "restarts", 0, "affected", 1,
        "replicas", 3, "available", 2, "onset", "template_hash", "7c9", "revision", "3", "since",
        "2026-11-18T11:06:20.000Z", "new_revision", 1, "good", "template_hash", "5d8", "revision", "2",
        "replica_set", "web-5d8", "changed", "container", "app", "field", "image", "container", "app",
        "field", "env", "variable", "A", "before", "container", "app", "memory_limit", "64Mi",
        "memory_request", "32Mi", "image", "nginx:1.99", "probes", "replicas", 3, "revision", "template_hash",
        "7c9", "revision", "3", "replica_set", "web-7c9", "managed_by", "request", "verdict", "verified",
        "tried", "history");
    AUTO_JSON *without_evidence = json_copy(observed);
    json_object_del(without_evidence, "evidence");
    assert_true(json_equal(without_evidence, expected));
}

static void the_evidence_of_a_bad_image(void **state)
{
    (void)state;
    AUTO_JSON *observed = gather_bad_image("{'items':[" OLD_SET("2") "," NEW_SET "]}");
    const json_t *first = json_array_get(json_object_get(observed, "evidence"), 0);
    assert_string_equal(json_string_at(first, "ref"), "E1");
    assert_ptr_equal(evidence(observed, "status", "K", 0), json_string_at(first, "text"));
    assert_holds(json_string_at(first, "text"), "Deployment shop/web: 3 wanted, 3 exist");
    assert_holds(json_string_at(first, "text"), "waiting, ImagePullBackOff; restarts: 0");
    assert_string_equal(evidence(observed, "status", "W", 0),
                        "Pod web-2, container app: Back-off pulling image \"nginx:1.99\"");
    assert_string_equal(evidence(observed, "spec", "K", 0),
                        "name: app\nimage: nginx:1.99\ncommand: [\"run\",\"--password=<S1>\"]\n"
                        "env (names only): A, B\nenvFrom: [{\"configMapRef\":{\"name\":\"c\"}}]");
    assert_string_equal(evidence(observed, "diff", "K", 0),
                        "pod template, revision 2 → revision 3:\n"
                        "spec.containers[app].image: nginx:1.25 → nginx:1.99\n"
                        "spec.containers[app].env[A].value: changed (values are not shown)\n"
                        "spec.containers[app].env[B].name: (unset) → B\n"
                        "spec.containers[app].env[B].value: changed (values are not shown)\n"
                        "spec.containers[app].command: (unset) → [\"run\",\"--password=<S1>\"]\n"
                        "spec.containers[app].envFrom: (unset) → [{\"configMapRef\":{\"name\":\"c\"}}]");
    assert_string_equal(evidence(observed, "log", "W", 0), "");
    assert_nowhere(observed, "hunter");
}

static void a_first_revision_has_nothing_to_go_back_to(void **state)
{
    (void)state;
    AUTO_JSON *observed = gather_bad_image("{'items':[" NEW_SET "]}");
    assert_false(json_true_at(observed, "onset.new_revision"));
    assert_string_equal(json_string_at(observed, "onset.revision"), "3");
    assert_true(json_is_null(json_at(observed, "onset.good")));
    assert_string_equal(json_string_at(observed, "summary"),
                        "1 of 3 pods of Deployment shop/web cannot pull image \"nginx:1.99\"");
    assert_string_equal(evidence(observed, "diff", "K", 0), "");
}

static void an_older_revision_that_nobody_saw_well_is_not_good(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        renew(i);
    AUTO_JSON *observed = gather_bad_image("{'items':[" OLD_SET("0") "," NEW_SET "]}");
    assert_true(json_true_at(observed, "onset.new_revision"));
    assert_true(json_is_null(json_at(observed, "onset.good")));
    assert_holds(evidence(observed, "diff", "K", 0),
                 "nginx:1.25 → nginx:1.99"); /* still the one to compare with */
}

static void a_revision_that_was_seen_well_for_long_enough_is_good(void **state)
{
    (void)state;
    store_all();
    clock_fix(T0 + GOOD_AFTER_MS);
    test.deployment.generation = test.deployment.observed_generation = 3;
    test.deployment.revision = "3";
    test.deployment.available = 2;
    for (int i = 0; i < 3; i++)
        renew(i);
    AUTO_JSON *observed = gather_bad_image("{'items':[" OLD_SET("0") "," NEW_SET "]}");
    assert_string_equal(json_string_at(observed, "onset.good.template_hash"), "5d8");
}

static void a_revision_that_ran_well_for_long_enough_is_not_to_blame(void **state)
{
    (void)state;
    test.deployment.revision = "3";
    for (int i = 0; i < 3; i++)
        renew(i);
    store_all();
    clock_fix(T0 + GOOD_AFTER_MS);
    test.deployment.available = 2;
    AUTO_JSON *observed = gather_bad_image("{'items':[" OLD_SET("0") "," NEW_SET "]}");
    assert_string_equal(json_string_at(observed, "onset.template_hash"), "7c9");
    assert_false(json_true_at(observed, "onset.new_revision"));
    assert_null(strstr(json_string_at(observed, "summary"), "since revision"));
}

static void a_revision_that_was_well_for_a_moment_is_not_good(void **state)
{
    (void)state;
    store_all();
    clock_fix(T0 + GOOD_AFTER_MS - 1000);
    test.deployment.generation = test.deployment.observed_generation = 3;
    test.deployment.available = 2;
    for (int i = 0; i < 3; i++)
        renew(i);
    AUTO_JSON *observed = gather_bad_image("{'items':[" OLD_SET("0") "," NEW_SET "]}");
    assert_true(json_is_null(json_at(observed, "onset.good")));
}

static void a_revision_with_a_sick_pod_is_not_good_however_ready(void **state)
{
    (void)state;
    renew(2);
    break_run(&test, 0, "Error", 1, 3);
    run_again(&test, 0, 1, SECOND_MS); /* ready for an instant */
    test.pods[1].template_hash = "";
    AUTO_JSON *observed = gather_bad_image("{'items':[" OLD_SET("1") "," NEW_SET "]}");
    assert_true(json_is_null(json_at(observed, "onset.good")));
}

static void a_failure_of_an_older_revision_is_no_new_one(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 1, 3);
    break_run(&test, 2, "Error", 1, 3);
    renew(2);
    store_all();
    say_deployment();
    say(200, "{'items':[" OLD_SET("1") "," NEW_SET "]}");
    AUTO_JSON *observed = gather_now();
    assert_string_equal(json_string_at(observed, "onset.template_hash"), "5d8");
    assert_false(json_true_at(observed, "onset.new_revision"));
}

static void a_crash_loop_brings_the_log_of_the_run_before(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 3, 5);
    store_all();
    say_deployment();
    say(200, "{'items':[" OLD_SET("2") "]}");
    say(200, "starting\nDATABASE_PASSWORD=hunter2\nFATAL: no database\n");
    AUTO_JSON *observed = gather_now();
    AUTO_FREE char *asked = stand_in_asked(server);
    assert_holds(asked, "/api/v1/namespaces/shop/pods/web-0/log?container=app&previous=true");
    assert_null(strstr(asked, "previous=false"));
    assert_string_equal(evidence(observed, "log", "W", 0),
                        "log of container app in pod web-0, the run before:\nstarting\n"
                        "DATABASE_PASSWORD=<S1>\nFATAL: no database");
    assert_string_equal(json_string_at(observed, "summary"),
                        "1 of 3 pods of Deployment shop/web cannot stay up: container app ends with exit "
                        "code 3 (restarts: 5)");
    const json_t *pod = json_array_get(json_object_get(observed, "pods"), 0);
    assert_int_equal(json_integer_at(pod, "exit_code", -1), 3);
    assert_int_equal(json_integer_at(pod, "restarts", -1), 5);
    assert_string_equal(json_string_at(pod, "reason"), "CrashLoopBackOff");
    assert_string_equal(json_string_at(observed, "onset.since"), "2026-11-18T11:06:40.000Z");
}

/* Of the run before its node has removed what it said. */
static void a_run_that_just_ended_is_the_present_one(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 3, 5);
    test.containers[0].state = CONTAINER_TERMINATED;
    test.containers[0].reason = "";
    test.containers[0].now = (struct termination){"OOMKilled", 137, T0 - SECOND_MS};
    store_all();
    say_deployment();
    say(200, "{'items':[" OLD_SET("2") "]}");
    say(200, "present");
    AUTO_JSON *observed = gather_now();
    assert_holds(evidence(observed, "log", "W", 0), "the present run:\npresent");
    assert_asked("previous=true", 0);
    const json_t *pod = json_array_get(json_object_get(observed, "pods"), 0);
    assert_string_equal(json_string_at(pod, "reason"), "OOMKilled");
    assert_int_equal(json_integer_at(pod, "exit_code", -1), 137);
}

static void a_run_that_goes_on_brings_both_logs(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 3, 5);
    run_again(&test, 0, 0, SECOND_MS);
    store_all();
    serve("/deployments/web", 200, "{'metadata':{'uid':'uid-of-web'}}");
    serve("previous=true", 200, "before");
    serve("previous=false", 200, "present");
    AUTO_JSON *observed = gather_now();
    assert_holds(evidence(observed, "log", "W", 0), "the run before:\nbefore");
    assert_holds(evidence(observed, "log", "W", 1), "the present run:\npresent");
}

static void a_long_log_keeps_its_end_and_says_that_it_was_cut(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 1, 5);
    store_all();
    say_deployment();
    say(200, "{'items':[]}");
    struct answer *log = stand_in_answer(server, 200);
    for (int i = 0; i < 500; i++)
        strbuf_printf(&log->body, "line %c%c \xC3\xA9\xFF\n", 'a' + i / 26, 'a' + i % 26);
    strbuf_puts(&log->body, "the last words\n");
    AUTO_JSON *observed = gather_now();
    const char *text = evidence(observed, "log", "W", 0);
    assert_true(strlen(text) <= LIMIT_LOG_TEXT_BYTES);
    assert_string_equal(text + strlen(text) - strlen("the last words"), "the last words");
    assert_holds(text, "the run before:\n\xE2\x80\xA6 461 lines left out\nline ");
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(observed, "evidence"), index, item)
        assert_int_equal(json_true_at(item, "cut"), json_string_at(item, "text") == text);
}

static void a_log_of_one_long_line_is_cut_between_characters(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 1, 5);
    store_all();
    say_deployment();
    say(200, "{'items':[]}");
    struct answer *log = stand_in_answer(server, 200);
    for (int i = 0; i < 2 * LIMIT_EVIDENCE_TEXT_BYTES; i++)
        strbuf_puts(&log->body, "\xE2\x82\xAC"); /* three bytes: one of the cuts would be within */
    AUTO_JSON *observed = gather_now();
    const char *text = evidence(observed, "log", "W", 0);
    assert_holds(text, "the run before:\n\xE2\x82\xAC");
    assert_null(strstr(text, "\xEF\xBF\xBD"));
    assert_string_equal(text + strlen(text) - 6, "\xE2\x82\xAC\xE2\x80\xA6");
}

static void a_secret_is_not_cut_in_half_but_hidden_first(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 1, 5);
    store_all();
    say_deployment();
    say(200, "{'items':[]}");
    struct answer *log = stand_in_answer(server, 200);
    strbuf_puts(&log->body, "-----BEGIN "
                            "PRIVATE KEY-----\n");
    for (int i = 0; i < 2 * LIMIT_EVIDENCE_TEXT_BYTES; i++)
        strbuf_putc(&log->body, i % 64 == 63 ? '\n' : 'k');
    strbuf_puts(&log->body, "\n-----END "
                            "PRIVATE KEY-----\nend");
    AUTO_JSON *observed = gather_now();
    assert_holds(evidence(observed, "log", "W", 0), ":\n<S1>\nend");
    assert_nowhere(observed, "kkkk");
}

static void an_api_server_that_is_away_is_waited_for(void **state)
{
    (void)state;
    struct error err;
    break_image(&test, 2);
    store_all(); /* the server has no answer: it cuts off */
    assert_null(try_to_gather(0, &err));
    assert_int_equal(err.kind, ERROR_RETRY);
    say(503, "{'kind':'Status','message':'not now'}");
    assert_null(try_to_gather(0, &err));
    say_deployment();
    say(500, "{'kind':'Status','message':'not now'}");
    assert_null(try_to_gather(0, &err));
}

static void but_not_for_ever(void **state)
{
    (void)state;
    struct error err;
    break_image(&test, 2);
    store_all();
    say(503, "{'kind':'Status','message':'not now'}");
    AUTO_JSON *observed = try_to_gather(1, &err);
    AUTO_FREE char *asked = stand_in_asked(server);
    assert_string_equal(asked, "/apis/apps/v1/namespaces/shop/deployments/web\n"); /* nothing after that */
    assert_string_equal(json_string_at(observed, "class"), CLASS_IMAGE_PULL);
    assert_string_equal(json_string_at(observed, "target.uid"), "uid-of-web");
    assert_true(json_is_null(json_at(observed, "target.resource_version")));
    assert_true(json_is_null(json_at(observed, "before")));
    assert_true(json_is_null(json_at(observed, "onset.good")));
    assert_holds(evidence(observed, "spec", "W", 0), "the Deployment could not be read: ");
    assert_holds(evidence(observed, "status", "K", 0), "ImagePullBackOff");
}

static void what_does_not_exist_is_no_reason_to_wait(void **state)
{
    (void)state;
    break_image(&test, 2);
    store_all();
    say(404, "{'kind':'Status','message':'deployments.apps not found'}");
    AUTO_JSON *observed = gather_now();
    assert_holds(evidence(observed, "spec", "W", 0), "the Deployment could not be read: ");
}

static void a_refusal_that_lasts_is_told(void **state)
{
    (void)state;
    struct error err;
    break_image(&test, 2);
    store_all();
    say_deployment();
    say(403, "{'kind':'Status','message':'replicasets is forbidden'}");
    assert_null(try_to_gather(0, &err)); /* it may be the forgetfulness of a server that has just started */
    assert_int_equal(err.kind, ERROR_RETRY);
    say_deployment();
    say(403, "{'kind':'Status','message':'replicasets is forbidden'}");
    AUTO_JSON *observed = try_to_gather(1, &err);
    assert_string_equal(json_string_at(observed, "target.resource_version"), "42");
    assert_holds(evidence(observed, "diff", "W", 0), "the earlier revisions could not be read: ");
    assert_false(json_true_at(observed, "onset.new_revision"));
    assert_string_equal(
        evidence(observed, "spec", "K", 0),
        "name: app\nimage: nginx:1.99\nresources: {\"limits\":{\"memory\":\"64Mi\"},\"requests\":"
        "{\"memory\":\"32Mi\"}}");
}

static void a_namesake_lends_no_resource_version(void **state)
{
    (void)state;
    break_image(&test, 2);
    store_all();
    say(200, "{'metadata':{'uid':'another','resourceVersion':'42'}}");
    AUTO_JSON *observed = gather_now();
    assert_true(json_is_null(json_at(observed, "target.resource_version")));
}

static void a_workload_of_another_kind_is_told_from_its_template(void **state)
{
    (void)state;
    test.workload.controller = NULL;
    test.workload.kind = "StatefulSet";
    test.workload.name = "db";
    for (int i = 0; i < 3; i++) {
        test.pods[i].owner.kind = "StatefulSet";
        test.pods[i].owner.name = "db";
        test.pods[i].owner.uid = "uid-of-db";
    }
    break_run(&test, 1, "OOMKilled", 137, 2);
    store_all();
    say(200,
        "{'metadata':{'uid':'uid-of-db','resourceVersion':'9'},'spec':{'selector':{},'template':{'spec':{"
        "'containers':[{'name':'app','image':'db:1','resources':{'limits':{'memory':'64Mi'}},'livenessProbe':"
        "{"
        "'timeoutSeconds':2,'periodSeconds':10,'tcpSocket':{'port':5432}},'readinessProbe':{'exec':{}}}]}}}"
        "}");
    say(200, "out of memory");
    AUTO_JSON *observed = gather_now();
    AUTO_FREE char *asked = stand_in_asked(server);
    assert_ptr_equal(strstr(asked, "/apis/apps/v1/namespaces/shop/statefulsets/db\n"), asked);
    assert_null(strstr(asked, "replicasets"));
    assert_string_equal(json_string_at(observed, "target.kind"), "StatefulSet");
    assert_string_equal(json_string_at(observed, "target.uid"), "uid-of-db");
    assert_string_equal(json_string_at(observed, "target.api_version"), "apps/v1");
    assert_string_equal(json_string_at(observed, "target.resource_version"), "9");
    assert_string_equal(json_string_at(observed, "before.memory_limit"), "64Mi");
    assert_true(json_is_null(json_at(observed, "before.memory_request")));
    AUTO_JSON *probes = json_pack("{s:{s:i, s:i}}", "liveness", "periodSeconds", 10, "timeoutSeconds", 2);
    assert_true(json_equal(json_at(observed, "before.probes"), probes));
    assert_false(json_true_at(observed, "onset.new_revision"));
    assert_true(json_is_null(json_at(observed, "onset.revision")));
}

static void a_pod_that_nobody_owns_stands_for_itself(void **state)
{
    (void)state;
    test_workload_open(&test, 1);
    test.workload.controller = NULL;
    test.workload.kind = "Pod";
    test.workload.name = "web-0";
    test.pods[0].owner.kind = test.pods[0].owner.name = test.pods[0].owner.uid = "";
    break_run(&test, 0, "Error", 3, 2);
    store_all();
    say(200, "{'metadata':{'uid':'u-0','resourceVersion':'9'}}");
    AUTO_JSON *observed = gather_now();
    assert_string_equal(json_string_at(observed, "target.resource_version"), "9");
    assert_string_equal(json_string_at(observed, "summary"),
                        "Pod shop/web-0 cannot stay up: container app ends with exit code 3 (restarts: 2)");
}

static void where_nothing_fails_little_is_asked(void **state)
{
    (void)state;
    store_all();
    say_deployment();
    AUTO_JSON *observed = gather_now();
    AUTO_FREE char *asked = stand_in_asked(server);
    assert_string_equal(asked, "/apis/apps/v1/namespaces/shop/deployments/web\n");
    assert_true(json_is_null(json_at(observed, "class")));
    assert_true(json_is_null(json_at(observed, "onset")));
    assert_int_equal(json_integer_at(observed, "affected", -1), 0);
    assert_int_equal(json_integer_at(observed, "available", -1), 3);
    assert_string_equal(json_string_at(observed, "target.resource_version"), "42");
    assert_holds(evidence(observed, "status", "K", 0), "failing pods: 0, ready and well: 3");
}

static void what_is_gone_is_not_asked_for(void **state)
{
    (void)state;
    struct error err;
    AUTO_SIGHTING sighting = {0};
    sighting_of_nothing("shop", "Deployment", "web", T0, &sighting);
    AUTO_JSON *observed = gather(&gatherer, &sighting, NULL, 1, &err);
    AUTO_FREE char *asked = stand_in_asked(server);
    assert_string_equal(asked, "");
    assert_string_equal(evidence(observed, "status", "K", 0), "Deployment shop/web: does not exist");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATHERING(a_bad_image_after_a_good_revision),
        GATHERING(the_evidence_of_a_bad_image),
        GATHERING(a_first_revision_has_nothing_to_go_back_to),
        GATHERING(an_older_revision_that_nobody_saw_well_is_not_good),
        GATHERING(a_revision_that_was_seen_well_for_long_enough_is_good),
        GATHERING(a_revision_that_ran_well_for_long_enough_is_not_to_blame),
        GATHERING(a_revision_that_was_well_for_a_moment_is_not_good),
        GATHERING(a_revision_with_a_sick_pod_is_not_good_however_ready),
        GATHERING(a_failure_of_an_older_revision_is_no_new_one),
        GATHERING(a_crash_loop_brings_the_log_of_the_run_before),
        GATHERING(a_run_that_just_ended_is_the_present_one),
        GATHERING(a_run_that_goes_on_brings_both_logs),
        GATHERING(a_long_log_keeps_its_end_and_says_that_it_was_cut),
        GATHERING(a_log_of_one_long_line_is_cut_between_characters),
        GATHERING(a_secret_is_not_cut_in_half_but_hidden_first),
        GATHERING(an_api_server_that_is_away_is_waited_for),
        GATHERING(but_not_for_ever),
        GATHERING(what_does_not_exist_is_no_reason_to_wait),
        GATHERING(a_refusal_that_lasts_is_told),
        GATHERING(a_namesake_lends_no_resource_version),
        GATHERING(a_workload_of_another_kind_is_told_from_its_template),
        GATHERING(a_pod_that_nobody_owns_stands_for_itself),
        GATHERING(where_nothing_fails_little_is_asked),
        GATHERING(what_is_gone_is_not_asked_for),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/gather", tests, NULL, NULL);
}
