/* SPDX-License-Identifier: Apache-2.0 */
/* What holds an action back although its mode is auto: act() from end to end, and what the API server saw of it. */
#include "actor/act.h"

#include "tests/unit/actor/decision.h"

static void freeze(int frozen)
{
    struct error err;
    const char *value = frozen ? "{\"frozen\":true,\"by\":\"alice\"}" : "{\"frozen\":false}";
    assert_int_equal(control_note(decision_actor.control, "freeze", value, strlen(value), &err), 0);
}

static void check_deferred(const char *says)
{
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    decision_check(&incident, RESULT_DEFERRED, says);
    assert_int_equal(api_server_effects(), 0);
}

static void check_done(void)
{
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    decision_check(&incident, RESULT_DONE, "rolled back");
    assert_int_equal(api_server_effects(), 1);
}

static void test_frozen(void **state)
{
    (void)state;
    freeze(1);
    check_deferred("frozen by alice");
    assert_int_equal(api_server_count("PATCH", ""), 0);
    freeze(0);
    check_done();
}

/* Its record is read again after a crash: what it did is not undone by a freeze. */
static void test_what_was_done_before_the_freeze_is_said(void **state)
{
    (void)state;
    check_done();
    freeze(1);
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    decision_check(&incident, RESULT_ALREADY, "an earlier try had done it");
}

static void test_frozen_between_the_dry_run_and_the_write(void **state)
{
    (void)state;
    api_server.on_dry_run = freeze;
    check_deferred("frozen by alice");
    assert_int_equal(api_server_count("PATCH", "dryRun=All"), 1);
    assert_int_equal(api_server_count("PATCH", ""), 1);
    api_server.on_dry_run = NULL;
    freeze(0);
    check_done();
}

/* The lane has begun with the policy before. */
static void test_frozen_by_the_file_meanwhile(void **state)
{
    (void)state;
    struct error err;
    decision_arguments.argv[1] = "--policy-freeze=true";
    decision_arguments.argc = 2;
    assert_int_equal(policies_renew(decision_actor.policies, &err), 0);
    assert_int_equal(decision_actor.policy->freeze, 0);
    check_deferred("frozen (policy.freeze, --policy-freeze)");
}

/* Nothing is applied in these modes; what would be done is said all the same. */
static void test_frozen_proposals_are_still_made(void **state)
{
    (void)state;
    freeze(1);
    decision_set_policy("--policy-mode", "review", NULL);
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    decision_check(&incident, RESULT_PROPOSED, "the dry run went well");
    decision_set_policy("--policy-mode", "observe", NULL);
    decision_check(&incident, RESULT_NONE, "would roll back");
    assert_int_equal(api_server_effects(), 0);
}

static void test_breaker(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    decision_set(incident.root, "observed.cluster", "{'workloads':40,'failing':12}");
    decision_check(&incident, RESULT_DEFERRED, "12 of 40 workloads fail");
    assert_int_equal(api_server_count("PATCH", ""), 0);
    decision_set(incident.root, "observed.cluster", "{'workloads':400,'failing':12}");
    decision_check(&incident, RESULT_DONE, "rolled back");
}

static void test_ill_api_server(void **state)
{
    (void)state;
    struct error err;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    AUTO_OUTCOME outcome = outcome_begin();
    reach_note(decision_actor.reach, &(struct error){.kind = ERROR_RETRY, .text = "etcd failed"});

    assert_int_equal(act(&decision_actor, &incident, &outcome, &err), -1);
    assert_int_equal(err.kind, ERROR_RETRY);
    assert_non_null(strstr(err.text, "away or ill: etcd failed"));
    assert_int_equal(api_server_count("PATCH", ""), 0);
    reach_note(decision_actor.reach, NULL);
    check_done();
}

/* What the stage wrote, in place of Kafka's outbox. */
static char *written;

void outbox_add(struct outbox *outbox, enum topic topic, const char *key, const char *id,
                const char *traceparent, const char *value, size_t len)
{
    (void)outbox, (void)topic, (void)key, (void)id, (void)traceparent;
    free(written);
    written = xstrndup(value, len);
}

static void check_given_up(const char *result)
{
    static const struct error why = {.kind = ERROR_RETRY, .status = 403, .text = "cannot get namespaces"};
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    AUTO_STRBUF text = {0};
    json_write(incident.root, &text);
    struct record record = {
        .topic = TOPIC_DECISIONS, .key = incident.key, .value = text.data, .len = text.len};
    act_stage.give_up(&decision_actor, &record, &why, NULL);
    AUTO_JSON *document = json_loads(written, 0, NULL);
    assert_string_equal(json_string_at(document, "acted.result"), result);
}

/* One that has just started forbids everything, and says that it is not ready. */
static void test_missing_right_is_believed_of_an_api_server_that_is_well(void **state)
{
    (void)state;
    check_given_up("failed");
    reach_note(decision_actor.reach,
               &(struct error){.kind = ERROR_RETRY, .text = "rbac/bootstrap-roles failed"});
    check_given_up("deferred");
    free(written);
}

/* What was not done gives its place back. */
static void test_budget(void **state)
{
    (void)state;
    decision_set_policy("--policy-max-per-hour-workload", "1", NULL);
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    struct order other = {.incident = &incident,
                          .id = "a-00000000000000000000000000000001",
                          .kind = "Deployment",
                          .ns = "shop",
                          .name = "web"};
    AUTO_OUTCOME outcome = outcome_begin();
    api_server_refuse("deployments", 1, 400, "{'message':'no'}");
    decision_check(&incident, RESULT_FAILED, "no");
    assert_int_equal(budget_take(decision_actor.budget, &decision_policy, &other, &outcome), 0);
    budget_settle(decision_actor.budget, other.id, 0);
    check_done();
    assert_int_equal(budget_take(decision_actor.budget, &decision_policy, &other, &outcome), 1);
    assert_int_equal(outcome.result, RESULT_DEFERRED);
}

/* What may have been done keeps it. */
static void test_budget_of_what_was_not_answered(void **state)
{
    (void)state;
    decision_set_policy("--policy-max-per-hour-workload", "1", NULL);
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    struct order other = {.incident = &incident,
                          .id = "a-00000000000000000000000000000001",
                          .kind = "Deployment",
                          .ns = "shop",
                          .name = "web"};
    AUTO_OUTCOME outcome = outcome_begin();
    api_server.lose = 1;
    decision_check(&incident, RESULT_ALREADY, "its mark is on the object");
    assert_int_equal(budget_take(decision_actor.budget, &decision_policy, &other, &outcome), 1);
}

static void test_over_budget(void **state)
{
    (void)state;
    AUTO_INCIDENT earlier = decision_open(ROLLBACK);
    struct order other = {.incident = &earlier,
                          .id = "a-00000000000000000000000000000001",
                          .kind = "Deployment",
                          .ns = "shop",
                          .name = "web"};
    AUTO_OUTCOME outcome = outcome_begin();
    decision_set_policy("--policy-max-per-hour-workload", "1", NULL);
    assert_int_equal(budget_take(decision_actor.budget, &decision_policy, &other, &outcome), 0);
    check_deferred("the budget of this workload is used up");
    assert_int_equal(api_server_count("PATCH", ""), 0);
}

static void test_mode_by_label(void **state)
{
    (void)state;
    decision_set_policy("--policy-namespaces", "env=prod=review", NULL);
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    decision_check(&incident, RESULT_PROPOSED, "policy.namespaces.env=prod, --policy-namespaces");
    decision_set(api_server_get(NAMESPACE), "metadata.labels", "null");
    decision_check(&incident, RESULT_DONE, "rolled back");
}

static void test_mode_by_switch(void **state)
{
    (void)state;
    static const char value[] = "{\"mode\":\"review\"}";
    struct error err;
    assert_int_equal(control_note(decision_actor.control, "mode/shop", value, strlen(value), &err), 0);
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    decision_check(&incident, RESULT_PROPOSED, "mode review: the record mode/shop of the topic control");
}

/* Whose policy cannot be known is left alone. */
static void test_namespace_must_be_read(void **state)
{
    (void)state;
    struct error err;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    AUTO_OUTCOME outcome = outcome_begin();
    decision_set(api_server_get(NAMESPACE), "metadata.annotations", "{'aegiops.io/ignore':'true'}");
    decision_check(&incident, RESULT_REFUSED, "the namespace shop is marked aegiops.io/ignore");
    decision_set(api_server_get(NAMESPACE), "metadata.deletionTimestamp", "'t'");
    decision_check(&incident, RESULT_REFUSED, "the namespace shop is being deleted");
    json_object_del(api_server.objects, NAMESPACE);
    decision_check(&incident, RESULT_FAILED, "the namespace shop is gone");
    api_server.refuse_reads = 403;
    assert_int_equal(act(&decision_actor, &incident, &outcome, &err), -1);
    assert_int_equal(err.kind, ERROR_RETRY);
    assert_int_equal(err.status, 403); /* becomes "the actor lacks a right" */
    assert_non_null(strstr(err.text, "the namespace shop cannot be read, so its policy is not known"));
    assert_int_equal(api_server_count("PATCH", ""), 0);
    assert_int_equal(api_server_count("GET", "deployments"), 0);
}

static void test_helm_release(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(ROLLBACK), eviction = decision_open(DELETE);
    json_t *annotations = json_at(api_server_get(DEPLOYMENT), "metadata.annotations");
    json_object_set_new(annotations, "meta.helm.sh/release-name", json_string("shop"));
    decision_check(&incident, RESULT_REFUSED, "Deployment shop/web belongs to Helm, release shop");
    assert_int_equal(api_server_count("PATCH", ""), 0);
    decision_check(&eviction, RESULT_DONE, "evicted");
    decision_set_policy("--policy-patch-helm-releases", "true", NULL);
    decision_check(&incident, RESULT_DONE, "rolled back");
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, decision_setup, decision_teardown)
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_frozen),
        WITH_SERVER(test_what_was_done_before_the_freeze_is_said),
        WITH_SERVER(test_frozen_between_the_dry_run_and_the_write),
        WITH_SERVER(test_frozen_by_the_file_meanwhile),
        WITH_SERVER(test_frozen_proposals_are_still_made),
        WITH_SERVER(test_breaker),
        WITH_SERVER(test_ill_api_server),
        WITH_SERVER(test_missing_right_is_believed_of_an_api_server_that_is_well),
        WITH_SERVER(test_budget),
        WITH_SERVER(test_budget_of_what_was_not_answered),
        WITH_SERVER(test_over_budget),
        WITH_SERVER(test_mode_by_label),
        WITH_SERVER(test_mode_by_switch),
        WITH_SERVER(test_namespace_must_be_read),
        WITH_SERVER(test_helm_release),
    };
    return cmocka_run_group_tests_name("actor/act: hold", tests, api_server_open, api_server_close);
}
