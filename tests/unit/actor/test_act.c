/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/act.h"

#include "tests/unit/actor/decision.h"

/* What the stage wrote last, in place of Kafka's outbox. */
static struct {
    int count;
    enum topic topic;
    char *key, *id, *document;
} written;

void outbox_add(struct outbox *outbox, enum topic topic, const char *key, const char *id,
                const char *traceparent, const char *value, size_t len)
{
    (void)outbox, (void)traceparent;
    free(written.key);
    free(written.id);
    free(written.document);
    written.count++;
    written.topic = topic;
    written.key = xstrdup(key);
    written.id = xstrdup(id);
    written.document = xstrndup(value, len);
}

static const char *image(void)
{
    const json_t *containers = json_at(api_server_get(DEPLOYMENT), "spec.template.spec.containers");
    return json_string_at(json_array_get(containers, 1), "image");
}

static const char *annotation(const char *name)
{
    return json_string_value(
        json_object_get(json_at(api_server_get(DEPLOYMENT), "metadata.annotations"), name));
}

static struct incident open_raise(void)
{
    struct incident incident = decision_open(RAISE);
    decision_set(json_object_get(incident.root, "observed"), "class", "'OOMKilled'");
    return incident;
}

static void check_untouched(void)
{
    assert_int_equal(api_server_effects(), 0);
    assert_string_equal(image(), "web:2");
    assert_null(annotation("aegiops.io/action"));
}

static void test_rollback_as_kubectl_does_it(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    AUTO_OUTCOME outcome = decision_act(&incident);
    assert_int_equal(outcome.result, RESULT_DONE);
    assert_string_equal(strbuf_text(&outcome.detail),
                        "rolled back Deployment shop/web to ReplicaSet web-good (revision 3)");
    assert_string_equal(image(), "web:1");
    assert_null(json_at(api_server_get(DEPLOYMENT), "spec.template.metadata.labels.pod-template-hash"));
    assert_int_equal(json_integer_at(api_server_get(DEPLOYMENT), "spec.replicas", 0), 3);
    assert_string_equal(annotation("kubernetes.io/change-cause"), "v1");
    assert_string_equal(annotation("deployment.kubernetes.io/revision"), "4");
    assert_null(annotation("team"));
    assert_string_equal(annotation("aegiops.io/action"), decision_action_id());
    assert_int_equal(api_server_effects(), 1);
    assert_int_equal(api_server_count("PATCH", "dryRun=All"), 1);
    assert_int_equal(api_server_count("POST /api/v1/namespaces/shop/pods?", "dryRun=All"), 1);
    assert_int_equal(api_server_count("PATCH", "fieldManager=aegiops&fieldValidation=Strict"), 2);
}

/* Whatever else a patch does, it holds for the object that was read alone, and leaves its mark in the same write. */
static void check_fence(void)
{
    AUTO_JSON *uid = api_json("{'op':'test','path':'/metadata/uid','value':'d-uid'}");
    const json_t *version = json_array_get(api_server.patch, 1);
    const json_t *marked = json_array_get(api_server.patch, 2);
    assert_true(json_equal(json_array_get(api_server.patch, 0), uid));
    assert_string_equal(json_string_at(version, "op"), "test");
    assert_string_equal(json_string_at(version, "path"), "/metadata/resourceVersion");
    assert_string_equal(json_string_at(marked, "path"), "/metadata/annotations");
    assert_string_equal(json_string_value(json_object_get(json_at(marked, "value"), "aegiops.io/action")),
                        decision_action_id());
}

static void test_patches_are_fenced(void **state)
{
    (void)state;
    AUTO_INCIDENT rollback = decision_open(ROLLBACK);
    AUTO_INCIDENT raise = open_raise();
    decision_check(&rollback, RESULT_DONE, "rolled back");
    check_fence();
    decision_put_objects();
    decision_check(&raise, RESULT_DONE, "raised");
    check_fence();
}

static void test_outcome_tells_all(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    AUTO_OUTCOME outcome = decision_act(&incident);
    AUTO_JSON *acted = outcome_section(&outcome);
    AUTO_JSON *audit_ids = api_json("['audit-1']");
    AUTO_JSON *warnings = api_json("['that is deprecated']");
    AUTO_JSON *undo =
        api_json("{'type':'rollback','to':{'template_hash':'bad','revision':'4','replica_set':'web-bad'}}");
    const char *diff = json_string_at(acted, "diff");
    assert_string_equal(json_string_at(acted, "result"), "done");
    assert_string_equal(json_string_at(acted, "mode"), "auto");
    assert_string_equal(json_string_at(acted, "action"), "rollback");
    assert_string_equal(json_string_at(acted, "action_id"), decision_action_id());
    assert_non_null(strstr(diff, "spec.template.spec.containers[app].image: \"web:2\" -> \"web:1\""));
    assert_non_null(strstr(diff, "metadata.annotations.team: (not shown) -> (unset)"));
    assert_int_equal(strlen(json_string_at(acted, "diff_sha256")), SHA256_HEX_SIZE - 1);
    assert_true(json_equal(json_at(acted, "audit_ids"), audit_ids));
    assert_true(json_equal(json_at(acted, "warnings"), warnings));
    assert_true(json_equal(json_at(acted, "undo"), undo));
    assert_true(json_is_integer(json_at(acted, "took_ms")));
}

static void test_second_time_finds_its_mark(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    decision_check(&incident, RESULT_DONE, "rolled back");
    decision_check(&incident, RESULT_ALREADY,
                   "rolled back Deployment shop/web to ReplicaSet web-good (revision 3)");
    assert_int_equal(api_server_effects(), 1);
    decision_put_objects();
    strbuf_clear(&api_server.requests);
    AUTO_INCIDENT raise = open_raise();
    decision_check(&raise, RESULT_DONE, "raised");
    decision_check(&raise, RESULT_ALREADY, "from 64Mi to 128Mi");
    assert_int_equal(api_server_effects(), 1);
}

static void test_observe_sends_no_write(void **state)
{
    (void)state;
    static const char *const actions_json[] = {ROLLBACK, RAISE, DELETE};
    decision_set_policy("--policy-mode", "observe", NULL);
    for (size_t i = 0; i < COUNT_OF(actions_json); i++) {
        AUTO_INCIDENT incident = decision_open(actions_json[i]);
        decision_check(&incident, RESULT_NONE, "would ");
    }
    assert_int_equal(
        api_server_count("PATCH", "") + api_server_count("POST", "") + api_server_count("DELETE", ""), 0);
}

static void test_review_only_dry_runs(void **state)
{
    (void)state;
    decision_set_policy("--policy-namespaces", "shop=review", NULL);
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    AUTO_OUTCOME outcome = decision_act(&incident);
    assert_int_equal(outcome.result, RESULT_PROPOSED);
    assert_int_equal(outcome.mode, MODE_REVIEW);
    assert_true(outcome.diff.len > 0);
    assert_null(outcome.undo);
    assert_non_null(strstr(strbuf_text(&outcome.detail), "policy.namespaces.shop, --policy-namespaces"));
    AUTO_INCIDENT eviction = decision_open(DELETE);
    decision_check(&eviction, RESULT_PROPOSED, "would evict pod shop/web-bad-x1");
    assert_int_equal(api_server_count("POST " POD "/eviction", "dryRun=All"), 1);
    check_untouched();
}

static void test_protected_namespace_is_not_even_read(void **state)
{
    (void)state;
    decision_set_policy("--policy-protected-namespaces", "shop", NULL);
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    decision_check(&incident, RESULT_REFUSED, "protected");
    assert_string_equal(strbuf_text(&api_server.requests), "");
}

static void test_no_action_needs_no_cluster(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    decision_set(incident.root, "decided.actions", "[]");
    decision_check(&incident, RESULT_NONE, "no change");
    assert_string_equal(strbuf_text(&api_server.requests), "");
}

/* Something about the objects forbids the rollback. */
static void test_rollback_guards(void **state)
{
    static const struct {
        const char *object, *path, *json;
        enum result result;
        const char *says;
    } cases[] = {
        {DEPLOYMENT, "metadata.uid", "'other'", RESULT_FAILED, "replaced"},
        {DEPLOYMENT, "metadata.deletionTimestamp", "'t'", RESULT_REFUSED, "being deleted"},
        {DEPLOYMENT, "metadata.labels", "{'kustomize.toolkit.fluxcd.io/name':'x'}", RESULT_REFUSED, "Flux"},
        {DEPLOYMENT, "spec.paused", "true", RESULT_REFUSED, "paused"},
        {DEPLOYMENT, "spec.template.spec.hostname", "'x'", RESULT_REFUSED, "somebody is at work"},
        {GOOD_SET, "metadata.labels", "{'pod-template-hash':'other'}", RESULT_REFUSED, "is not the one"},
        {GOOD_SET, "metadata.labels", "null", RESULT_REFUSED, "is not the one"},
        {GOOD_SET, "metadata.ownerReferences", "[{'kind':'Deployment','uid':'other','controller':true}]",
         RESULT_REFUSED, "is not the one"},
        {GOOD_SET, "metadata.ownerReferences", "[]", RESULT_REFUSED, "is not the one"},
        {BAD_SET, "metadata.ownerReferences", "[]", RESULT_REFUSED, "is not the one"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        api_server_reset(state);
        decision_put_objects();
        decision_set(api_server_get(cases[i].object), cases[i].path, cases[i].json);
        AUTO_INCIDENT incident = decision_open(ROLLBACK);
        decision_check(&incident, cases[i].result, cases[i].says);
        assert_int_equal(api_server_count("PATCH", ""), 0);
    }
}

static void test_gone_targets(void **state)
{
    static const struct {
        const char *action, *path;
        enum result result;
        const char *says;
    } cases[] = {
        {ROLLBACK, DEPLOYMENT, RESULT_FAILED, "Deployment shop/web is gone"},
        {ROLLBACK, GOOD_SET, RESULT_FAILED, "web-good is gone"},
        {ROLLBACK, BAD_SET, RESULT_FAILED, "web-bad is gone"},
        {RAISE, DEPLOYMENT, RESULT_FAILED, "is gone"},
        {DELETE, POD, RESULT_ALREADY, "is gone already"},
        {DELETE, DEPLOYMENT, RESULT_FAILED, "is gone"},
        {DELETE, BAD_SET, RESULT_REFUSED, "no controller that belongs"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        api_server_reset(state);
        decision_put_objects();
        json_object_del(api_server.objects, cases[i].path);
        AUTO_INCIDENT incident = decision_open(cases[i].action);
        decision_check(&incident, cases[i].result, cases[i].says);
        assert_int_equal(api_server_effects(), 0);
    }
}

static void test_template_that_is_good_already(void **state)
{
    (void)state;
    AUTO_JSON *template = json_deep_copy(json_at(api_server_get(GOOD_SET), "spec.template"));
    json_object_del(json_at(template, "metadata.labels"), "pod-template-hash");
    json_object_set(json_at(api_server_get(DEPLOYMENT), "spec"), "template", template);
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    decision_check(&incident, RESULT_ALREADY, "has the template of ReplicaSet web-good already");
    assert_int_equal(api_server_count("PATCH", ""), 0);
}

static void test_object_that_changes_is_read_again(void **state)
{
    (void)state;
    api_server.disturb = 3;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    decision_check(&incident, RESULT_DONE, "rolled back");
    assert_int_equal(api_server_count("GET " DEPLOYMENT, ""), 4);
    assert_string_equal(image(), "web:1");
}

static int act_fails(const char *action, struct error *err)
{
    AUTO_INCIDENT incident = decision_open(action);
    AUTO_OUTCOME outcome = outcome_begin();
    return act(&decision_actor, &incident, &outcome, err);
}

static void test_object_that_never_rests_is_left_for_later(void **state)
{
    (void)state;
    struct error err;
    api_server.disturb = 100;
    assert_int_equal(act_fails(ROLLBACK, &err), -1);
    assert_int_equal(err.kind, ERROR_RETRY);
    check_untouched();
}

/* Before the dry run, and between it and the write. */
static void test_pod_that_changes_is_read_again(void **state)
{
    for (int disturb = 1; disturb <= 2; disturb++) {
        api_server_reset(state);
        decision_put_objects();
        api_server.disturb = disturb;
        AUTO_INCIDENT incident = decision_open(DELETE);
        decision_check(&incident, RESULT_DONE, "evicted pod");
        assert_int_equal(api_server_count("GET " POD, ""), disturb + 1);
    }
}

static void test_write_that_is_not_answered_is_looked_for(void **state)
{
    static const char *const repairs[] = {ROLLBACK, DELETE};
    for (size_t i = 0; i < COUNT_OF(repairs); i++) {
        api_server_reset(state);
        decision_put_objects();
        api_server.lose = 1;
        AUTO_INCIDENT incident = decision_open(repairs[i]);
        decision_check(&incident, RESULT_ALREADY, i ? "is gone already" : "its mark is on the object");
        assert_int_equal(api_server_effects(), 1);
    }
}

/* It may still come: whoever reads of it must not take it for undone. */
static void test_write_that_is_not_found_either_is_in_doubt(void **state)
{
    (void)state;
    struct error err;
    api_server_refuse("deployments", 1, 504, "{'message':'timeout'}");
    api_server.skip = 1; /* the dry run */
    assert_int_equal(act_fails(ROLLBACK, &err), -1);
    assert_int_equal(err.kind, ERROR_RETRY);
    assert_non_null(strstr(err.text, "whether it was done is not known: "));
    assert_int_equal(api_server_count("GET " DEPLOYMENT, ""), 2);
    assert_string_equal(image(), "web:2");
}

/* The answer of the API server to the dry run, and what becomes of it. */
static void test_refusals_of_the_api_server(void **state)
{
    static const struct {
        const char *action, *part;
        unsigned status;
        const char *body;
        enum result result;
        const char *says;
    } cases[] = {
        {ROLLBACK, "deployments", 422, "{'message':'spec.template is invalid'}", RESULT_FAILED, "is invalid"},
        {ROLLBACK, "deployments", 400, "{'message':'strict decoding error'}", RESULT_FAILED,
         "strict decoding"},
        {ROLLBACK, "deployments", 404, "{'message':'not found'}", RESULT_FAILED, "not found"},
        {ROLLBACK, "/pods", 403, "{'message':'pods is forbidden: violates PodSecurity'}", RESULT_FAILED,
         "violates PodSecurity"},
        {ROLLBACK, "/pods", 422, "{'message':'Pod is invalid'}", RESULT_FAILED, "no pod could be made"},
        {ROLLBACK, "/pods", 403, "{'message':'User x cannot create resource pods'}", RESULT_DONE,
         "rolled back"},
        {ROLLBACK, "/pods", 403, "{'message':'forbidden: exceeded quota: q'}", RESULT_DONE, "rolled back"},
        {DELETE, "eviction", 429,
         "{'message':'Cannot evict','details':{'causes':[{'reason':'DisruptionBudget'}]}}", RESULT_DEFERRED,
         "disruption budget"},
        {DELETE, "eviction", 404, "{}", RESULT_ALREADY, "gone already"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        api_server_reset(state);
        decision_put_objects();
        api_server_refuse(cases[i].part, 100, cases[i].status, cases[i].body);
        AUTO_INCIDENT incident = decision_open(cases[i].action);
        decision_check(&incident, cases[i].result, cases[i].says);
        assert_int_equal(api_server_effects(), cases[i].result == RESULT_DONE);
    }
}

static void test_busy_api_server_is_asked_again_later(void **state)
{
    static const unsigned statuses[] = {403, 429, 500, 503, 504}; /* 403: see workload_refusal() */
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        struct error err;
        api_server_reset(state);
        decision_put_objects();
        api_server_refuse("deployments", 1, statuses[i], "{'message':'busy'}");
        assert_int_equal(act_fails(ROLLBACK, &err), -1);
        assert_int_equal(err.kind, ERROR_RETRY);
        check_untouched();
    }
}

static void test_pod_that_could_not_be_tried_is_a_warning(void **state)
{
    (void)state;
    api_server_refuse("/pods", 1, 403, "{'message':'User x cannot create resource pods'}");
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    AUTO_OUTCOME outcome = decision_act(&incident);
    assert_int_equal(outcome.result, RESULT_DONE);
    assert_int_equal(json_array_size(outcome.warnings), 2);
}

/* A document as the lane hands it in. */
static struct record record_of(const struct incident *incident, struct strbuf *text)
{
    json_write(incident->root, text);
    return (struct record){
        .topic = TOPIC_DECISIONS, .key = incident->key, .value = text->data, .len = text->len};
}

static void test_stage_appends_its_section(void **state)
{
    (void)state;
    struct error err;
    AUTO_STRBUF text = {0};
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    struct record record = record_of(&incident, &text);
    written.count = 0;
    assert_int_equal(act_stage.run(&decision_actor, &record, NULL, &err), 0);
    assert_int_equal(written.count, 1);
    assert_int_equal(written.topic, TOPIC_OUTCOMES);
    assert_string_equal(written.key, "prod/shop/Deployment/web");
    assert_string_equal(written.id, DECISION_ID ".1");
    assert_memory_equal(written.document, text.data, text.len - 1);
    assert_non_null(strstr(written.document + text.len - 1, ",\"acted\":{\"at\":"));
}

static void test_stage_refuses_what_is_not_its_turn(void **state)
{
    (void)state;
    static const char *const changes[][2] = {{"acted", "{}"}, {"decided", "null"}};
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct error err;
        AUTO_STRBUF text = {0};
        AUTO_INCIDENT incident = decision_open(ROLLBACK);
        decision_set(incident.root, changes[i][0], changes[i][1]);
        struct record record = record_of(&incident, &text);
        assert_int_equal(act_stage.run(&decision_actor, &record, NULL, &err), -1);
        assert_int_equal(err.kind, ERROR_REJECT);
    }
    check_untouched();
}

/* No incident ends in silence, and people learn why. */
static void test_stage_gives_up_with_an_outcome(void **state)
{
    (void)state;
    static const struct {
        struct error why;
        const char *result;
    } cases[] = {
        {{.kind = ERROR_RETRY, .text = "cannot connect"}, "deferred"},
        {{.kind = ERROR_RETRY, .status = 503, .text = "busy"}, "deferred"},
        {{.kind = ERROR_RETRY, .status = 403, .text = "cannot patch resource"}, "failed"},
        {{.kind = ERROR_REJECT, .text = "the headers are missing"}, "failed"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_STRBUF text = {0};
        AUTO_INCIDENT incident = decision_open(ROLLBACK);
        struct record record = record_of(&incident, &text);
        act_stage.give_up(&decision_actor, &record, &cases[i].why, NULL);
        AUTO_JSON *document = json_loads(written.document, 0, NULL);
        assert_string_equal(json_string_at(document, "acted.result"), cases[i].result);
        assert_string_equal(json_string_at(document, "acted.action"), "rollback");
        assert_string_equal(json_string_at(document, "acted.action_id"), decision_action_id());
        assert_non_null(strstr(json_string_at(document, "acted.detail"), cases[i].why.text));
    }
    assert_string_equal(strbuf_text(&api_server.requests), "");
}

static void test_stage_tells_of_what_it_cannot_read(void **state)
{
    (void)state;
    static const struct error why = {.kind = ERROR_REJECT, .text = "JSON: byte 1: no"};
    struct record unreadable = {
        .topic = TOPIC_DECISIONS, .key = "prod/shop/Deployment/web", .value = "{{", .len = 2};
    struct record tombstone = {.topic = TOPIC_DECISIONS, .key = "prod/shop/Deployment/web"};
    struct record nameless = {.topic = TOPIC_DECISIONS, .key = "", .value = "{{", .len = 2};
    written.count = 0;
    act_stage.give_up(&decision_actor, &unreadable, &why, NULL);
    assert_string_equal(written.key, "prod/shop/Deployment/web");
    AUTO_JSON *document = json_loads(written.document, 0, NULL);
    assert_string_equal(json_string_at(document, "decided.status"), "FATAL");
    assert_string_equal(json_string_at(document, "acted.action"), "none");
    act_stage.give_up(&decision_actor, &tombstone, &why, NULL);
    assert_int_equal(written.count, 2);
    act_stage.give_up(&decision_actor, &nameless, &why, NULL);
    assert_int_equal(written.count, 2);
}

static void test_raises_one_limit(void **state)
{
    (void)state;
    AUTO_JSON *undo = api_json(
        "{'type':'set_resources','container':'app','memory_limit':'64Mi','from':{'memory_limit':'128Mi'}}");
    AUTO_INCIDENT incident = open_raise();
    AUTO_OUTCOME outcome = decision_act(&incident);
    assert_int_equal(outcome.result, RESULT_DONE);
    assert_true(json_equal(outcome.undo, undo));
    assert_string_equal(annotation("aegiops.io/action"), decision_action_id());
    assert_string_equal(annotation("team"), "x");
    const json_t *container =
        json_array_get(json_at(api_server_get(DEPLOYMENT), "spec.template.spec.containers"), 1);
    assert_string_equal(json_string_at(container, "resources.limits.memory"), "128Mi");
    assert_string_equal(json_string_at(container, "resources.requests.memory"), "32Mi");
    assert_non_null(
        strstr(outcome.diff.data, "containers[app].resources.limits.memory: \"64Mi\" -> \"128Mi\""));
}

static void set_container(const char *path, const char *json)
{
    json_t *container =
        json_array_get(json_at(api_server_get(DEPLOYMENT), "spec.template.spec.containers"), 1);
    decision_set(container, path, json);
}

static void test_bounds_of_a_raise(void **state)
{
    static const struct {
        const char *now, *request, *from, *wanted;
        enum result result;
        const char *says;
    } cases[] = {
        {"'64Mi'", "'32Mi'", "'64Mi'", "'96Mi'", RESULT_DONE, "raised"},
        {"'65536Ki'", "'32Mi'", "'64Mi'", "'128Mi'", RESULT_DONE, "raised"},
        {"'64Mi'", "'32Mi'", "'64Mi'", "'129Mi'", RESULT_REFUSED, "twice"},
        {"'64Mi'", "'32Mi'", "'64Mi'", "'134217729'", RESULT_REFUSED, "twice"},
        {"'64Mi'", "'32Mi'", "'64Mi'", "'32Mi'", RESULT_REFUSED, "between"},
        {"'64Mi'", "'32Mi'", "'64Mi'", "'many'", RESULT_REFUSED, "between"},
        {"'64Mi'", "'100Mi'", "'64Mi'", "'96Mi'", RESULT_REFUSED, "request"},
        {"'96Mi'", "'32Mi'", "'64Mi'", "'128Mi'", RESULT_REFUSED, "by now"},
        {"'128Mi'", "'32Mi'", "'64Mi'", "'128Mi'", RESULT_ALREADY, "already"},
        {"null", "'32Mi'", "'64Mi'", "'128Mi'", RESULT_REFUSED, "no memory limit"},
        {"'5Gi'", "'32Mi'", "'5Gi'", "'10Gi'", RESULT_REFUSED, "policy.max_memory"},
        {"'4Gi'", "'32Mi'", "'4Gi'", "'8Gi'", RESULT_DONE, "raised"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        api_server_reset(state);
        decision_put_objects();
        set_container("resources.limits.memory", cases[i].now);
        set_container("resources.requests.memory", cases[i].request);
        AUTO_INCIDENT incident = open_raise();
        decision_set(decision_action(&incident), "memory_limit", cases[i].wanted);
        decision_set(decision_action(&incident), "from.memory_limit", cases[i].from);
        decision_check(&incident, cases[i].result, cases[i].says);
        assert_int_equal(api_server_effects(), cases[i].result == RESULT_DONE);
    }
}

static void test_raise_of_an_unknown_container(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = open_raise();
    decision_set(decision_action(&incident), "container", "'other'");
    decision_set_policy("--policy-actions", "set_resources=auto", NULL);
    decision_check(&incident, RESULT_FAILED, "has no container other");
}

static void test_evicts_the_very_pod(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(DELETE);
    decision_check(&incident, RESULT_DONE, "evicted pod shop/web-bad-x1 of Deployment web");
    assert_null(api_server_get(POD));
    assert_int_equal(api_server_effects(), 1);
    assert_int_equal(api_server_count("POST " POD "/eviction", "dryRun=All"), 1);
    decision_check(&incident, RESULT_ALREADY, "gone already");
    assert_int_equal(api_server_effects(), 1);
}

static void test_guards_of_a_pod(void **state)
{
    static const struct {
        const char *object, *path, *json;
        enum result result;
        const char *says;
    } cases[] = {
        {POD, "metadata.uid", "'newer'", RESULT_ALREADY, "is gone already"},
        {POD, "metadata.deletionTimestamp", "'t'", RESULT_ALREADY, "is being deleted already"},
        {POD, "metadata.annotations", "{'aegiops.io/ignore':'true'}", RESULT_REFUSED, "aegiops.io/ignore"},
        {POD, "spec.priorityClassName", "'system-cluster-critical'", RESULT_REFUSED, "critical"},
        {POD, "metadata.ownerReferences", "[]", RESULT_REFUSED, "no controller"},
        {POD, "metadata.ownerReferences", "[{'kind':'Node','name':'n','uid':'n','controller':true}]",
         RESULT_REFUSED, "no controller"},
        {POD, "metadata.ownerReferences", "[{'kind':'ReplicaSet','name':'web-bad','uid':'b'}]",
         RESULT_REFUSED, "no controller"},
        {BAD_SET, "metadata.ownerReferences",
         "[{'kind':'Deployment','name':'x','uid':'x','controller':true}]", RESULT_REFUSED,
         "no controller that belongs to Deployment web"},
        {DEPLOYMENT, "metadata.annotations", "{'aegiops.io/ignore':'true'}", RESULT_REFUSED,
         "aegiops.io/ignore"},
        {DEPLOYMENT, "metadata.deletionTimestamp", "'t'", RESULT_REFUSED, "being deleted"},
        {DEPLOYMENT, "metadata.labels", "{'argocd.argoproj.io/instance':'x'}", RESULT_DONE, "evicted"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        api_server_reset(state);
        decision_put_objects();
        decision_set(api_server_get(cases[i].object), cases[i].path, cases[i].json);
        AUTO_INCIDENT incident = decision_open(DELETE);
        decision_check(&incident, cases[i].result, cases[i].says);
        assert_int_equal(api_server_effects(), cases[i].result == RESULT_DONE);
    }
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, decision_setup, decision_teardown)
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_rollback_as_kubectl_does_it),
        WITH_SERVER(test_patches_are_fenced),
        WITH_SERVER(test_outcome_tells_all),
        WITH_SERVER(test_second_time_finds_its_mark),
        WITH_SERVER(test_observe_sends_no_write),
        WITH_SERVER(test_review_only_dry_runs),
        WITH_SERVER(test_protected_namespace_is_not_even_read),
        WITH_SERVER(test_no_action_needs_no_cluster),
        WITH_SERVER(test_rollback_guards),
        WITH_SERVER(test_gone_targets),
        WITH_SERVER(test_template_that_is_good_already),
        WITH_SERVER(test_object_that_changes_is_read_again),
        WITH_SERVER(test_object_that_never_rests_is_left_for_later),
        WITH_SERVER(test_pod_that_changes_is_read_again),
        WITH_SERVER(test_write_that_is_not_answered_is_looked_for),
        WITH_SERVER(test_write_that_is_not_found_either_is_in_doubt),
        WITH_SERVER(test_refusals_of_the_api_server),
        WITH_SERVER(test_busy_api_server_is_asked_again_later),
        WITH_SERVER(test_pod_that_could_not_be_tried_is_a_warning),
        WITH_SERVER(test_stage_appends_its_section),
        WITH_SERVER(test_stage_refuses_what_is_not_its_turn),
        WITH_SERVER(test_stage_gives_up_with_an_outcome),
        WITH_SERVER(test_stage_tells_of_what_it_cannot_read),
        WITH_SERVER(test_raises_one_limit),
        WITH_SERVER(test_bounds_of_a_raise),
        WITH_SERVER(test_raise_of_an_unknown_container),
        WITH_SERVER(test_evicts_the_very_pod),
        WITH_SERVER(test_guards_of_a_pod),
    };
    return cmocka_run_group_tests_name("actor/act", tests, api_server_open, api_server_close);
}
