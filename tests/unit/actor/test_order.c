/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/order.h"

#include "tests/unit/actor/decision.h"

/* A change to the action, and what the refusal says. */
static const struct refused_action {
    const char *action, *path, *json, *says;
} refused_actions[] = {
    {ROLLBACK, "type", "'delete_namespace'", "not an action that this actor knows"},
    {ROLLBACK, "type", "null", "not an action"},
    {ROLLBACK, "type", "['rollback']", "not an action"},
    {ROLLBACK, "force", "'true'", "\"force\""},
    {ROLLBACK, "to.force", "'true'", "\"to.force\""},
    {ROLLBACK, "to.template_hash", "{'a':'b'}", "\"to.template_hash\""},
    {ROLLBACK, "to.replica_set", "'../../secrets/x'", "\"to.replica_set\""},
    {ROLLBACK, "to.replica_set", "'web-good?force=true'", "\"to.replica_set\""},
    {ROLLBACK, "to.replica_set", "'web%2fgood'", "\"to.replica_set\""},
    {ROLLBACK, "to.replica_set", "'.'", "\"to.replica_set\""},
    {ROLLBACK, "to.replica_set", "''", "\"to.replica_set\""},
    {ROLLBACK, "to", "'web-good'", "\"to\""},
    {ROLLBACK, "to", "{}", "lacks its field \"to.template_hash\""},
    {ROLLBACK, "container", "'app'", "\"container\""},
    {ROLLBACK, "id", "'a-00112233445566778899aabbccddeeff'", "id"},
    {ROLLBACK, "id", "null", "id"},
    {DELETE, "pod.uid", "null", "\"pod.uid\""},
    {DELETE, "pod.name", "'web/../../x'", "\"pod.name\""},
    {DELETE, "pod.grace_period", "'0'", "\"pod.grace_period\""},
    {RAISE, "memory_limit", "128", "\"memory_limit\""},
    {RAISE, "memory_limit", "'-1'", "\"memory_limit\""},
    {RAISE, "memory_limit", "'1e99999 Mi'", "\"memory_limit\""},
    {RAISE, "cpu_limit", "'2'", "lacks its field \"from.cpu_limit\""},
    {RAISE, "from.cpu_request", "'2'", "lacks its field \"cpu_request\""},
    {RAISE, "container", "'a/b'", "\"container\""},
    {RAISE, "gpu_limit", "'2'", "\"gpu_limit\""},
    {SCALE, "replicas", "3", "\"replicas\""},
    {SCALE, "replicas", "'-3'", "\"replicas\""},
    {SCALE, "from.replicas", "null", "\"from.replicas\""},
    {SET_IMAGE, "image", "'evil'", "\"image\""},
    {SET_IMAGE, "to.image", "'evil'", "\"to.image\""},
    {SET_IMAGE, "to.replica_set", "'web_good'", "\"to.replica_set\""},
    {SET_ENV, "value", "'secret'", "\"value\""},
    {SET_ENV, "variable", "'A/../B'", "\"variable\""},
    {SET_ENV, "variable", "'A=B'", "\"variable\""},
    {SET_PROBE, "value", "30", "\"value\""},
    {RESTART, "container", "'app'", "\"container\""},
    {UNDO, "of", "'../x'", "\"of\""},
    {UNDO, "of", "null", "\"of\""},
    {QUARANTINE, "namespace", "'other'", "\"namespace\""},
    {RAISE, "from", "{}", "lacks its field \"from.memory_limit\""},
    {RAISE, "target.namespace", "'kube-system'", "not the workload that was observed"},
    {RAISE, "target", "null", "not the workload that was observed"},
    {RAISE, "target.extra", "'x'", "not the workload that was observed"},
};

static void check_refused(const struct incident *incident, const char *what, const char *says)
{
    AUTO_OUTCOME outcome = outcome_begin();
    struct order order;
    if (order_read(&order, incident, "prod", &outcome) != 1 || outcome.result != RESULT_REFUSED ||
        !strstr(strbuf_text(&outcome.detail), says))
        fail_msg("%s: %s: \"%s\" does not say \"%s\"", what, result_name(outcome.result),
                 strbuf_text(&outcome.detail), says);
}

static void test_fails_closed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused_actions); i++) {
        const struct refused_action *one = &refused_actions[i];
        AUTO_INCIDENT incident = decision_open(one->action);
        AUTO_JSON *action =
            json_deep_copy(decision_action(&incident)); /* the target is shared with observed */
        decision_set(action, one->path, one->json);
        json_array_set(json_at(incident.decided, "actions"), 0, action);
        check_refused(&incident, one->path, one->says);
    }
}

/* What is wrong on both sides alike is wrong, too. */
static void test_target_must_be_spelled_and_keyed(void **state)
{
    (void)state;
    static const char *const changes[][3] = {
        {"observed.target.namespace", "'kube-system'", "kube-system"},
        {"observed.target.namespace", "'a/../b'", "namespace"},
        {"observed.target.name", "'api'", "Deployment/api"},
        {"observed.target.name", "'web?x=y'", "name"},
        {"observed.target.uid", "null", "uid"},
        {"observed.target.kind", "'Secret'", "Secret"},
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        AUTO_INCIDENT incident = decision_open(ROLLBACK);
        decision_set(incident.root, changes[i][0], changes[i][1]);
        json_object_set(decision_action(&incident), "target", json_at(incident.observed, "target"));
        check_refused(&incident, changes[i][0], changes[i][2]);
    }
}

/* A Namespace stands in none, and is where its actions work. */
static void test_namespace_as_a_target(void **state)
{
    (void)state;
    static const struct {
        const char *target, *key, *says;
    } cases[] = {
        {"{'api_version':'v1','kind':'Namespace','namespace':'','name':'shop','uid':'n'}",
         "prod//Namespace/shop", NULL},
        {"{'api_version':'v1','kind':'Namespace','namespace':'','name':'shop','uid':'n'}",
         "prod/shop/Namespace/shop", "prod//Namespace/shop"},
        {"{'api_version':'v1','kind':'Namespace','namespace':'','name':'','uid':'n'}", "prod//Namespace/",
         "no plain name"},
        {"{'api_version':'x/v1','kind':'Namespace','namespace':'','name':'shop','uid':'n'}",
         "prod//Namespace/shop", "namespace is missing"},
        {"{'api_version':'v1','kind':'Node','namespace':'','name':'shop','uid':'n'}", "prod//Node/shop",
         "namespace is missing"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_INCIDENT incident = decision_make(
            &(struct decision){.action = QUARANTINE, .target = cases[i].target, .key = cases[i].key});
        AUTO_OUTCOME outcome = outcome_begin();
        struct order order;
        if (cases[i].says) {
            check_refused(&incident, cases[i].key, cases[i].says);
            continue;
        }
        assert_int_equal(order_read(&order, &incident, "prod", &outcome), 0);
        assert_string_equal(order.ns, "shop");
    }
}

static void test_counts(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        long count;
    } cases[] = {
        {"'0'", 0},        {"'12'", 12},  {"'007'", 7},         {"'1000000'", 1000000},
        {"'1000001'", -1}, {"'1.5'", -1}, {"'9999999999'", -1}, {"'two'", -1},
        {"''", -1},        {"'1e3'", -1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_INCIDENT incident = decision_open(SCALE);
        decision_set(decision_action(&incident), "replicas", cases[i].json);
        struct order order = {.fields = decision_action(&incident)};
        assert_int_equal(order_count(&order, "replicas"), cases[i].count);
    }
}

static void test_other_cluster_is_refused(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    AUTO_OUTCOME outcome = outcome_begin();
    struct order order;
    assert_int_equal(order_read(&order, &incident, "staging", &outcome), 1);
    assert_int_equal(outcome.result, RESULT_REFUSED);
}

static void test_reads_what_is_well(void **state)
{
    (void)state;
    static const char *const actions_json[] = {
        ROLLBACK,
        RAISE,
        DELETE,
        RESTART,
        SET_IMAGE,
        SET_ENV,
        SET_PROBE,
        SCALE,
        UNDO,
        QUARANTINE,
        RESTORE,
        "{'type':'rollback','to':{'template_hash':'g','replica_set':'r'}}",
        "{'type':'rollback','to':{'template_hash':'g','replica_set':'r','revision':''}}"};
    for (size_t i = 0; i < COUNT_OF(actions_json); i++) {
        AUTO_INCIDENT incident = decision_open(actions_json[i]);
        AUTO_OUTCOME outcome = outcome_begin();
        struct order order;
        if (order_read(&order, &incident, "prod", &outcome))
            fail_msg("%s: %s", actions_json[i], strbuf_text(&outcome.detail));
        assert_string_equal(outcome.action, order.action->type);
        assert_string_equal(outcome.action_id, decision_action_id());
        assert_string_equal(order.ns, "shop");
        assert_string_equal(order.uid, "d-uid");
    }
}

static void test_number_of_actions(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    json_array_append(json_at(incident.decided, "actions"), decision_action(&incident));
    check_refused(&incident, "two", "2 actions");
    for (int i = 2; i < 10000; i++)
        json_array_append(json_at(incident.decided, "actions"), decision_action(&incident));
    check_refused(&incident, "many", "10000 actions");
    decision_set(incident.root, "decided.actions", "{'type':'rollback'}");
    check_refused(&incident, "no list", "no readable list");
    decision_set(incident.root, "decided.actions", "[null]");
    check_refused(&incident, "null", "not an action");
    decision_set(incident.root, "decided.actions", "[]");
    AUTO_OUTCOME outcome = outcome_begin();
    struct order order;
    assert_int_equal(order_read(&order, &incident, "prod", &outcome), 1);
    assert_int_equal(outcome.result, RESULT_NONE);
    assert_string_equal(outcome.action, ACTION_NONE);
    assert_null(outcome.action_id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fails_closed),
        cmocka_unit_test(test_target_must_be_spelled_and_keyed),
        cmocka_unit_test(test_namespace_as_a_target),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_other_cluster_is_refused),
        cmocka_unit_test(test_reads_what_is_well),
        cmocka_unit_test(test_number_of_actions),
    };
    return cmocka_run_group_tests_name("actor/order", tests, NULL, NULL);
}
