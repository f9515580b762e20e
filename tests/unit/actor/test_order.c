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
    {RAISE, "cpu_limit", "'2'", "\"cpu_limit\""},
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
        ROLLBACK, RAISE, DELETE, "{'type':'rollback','to':{'template_hash':'g','replica_set':'r'}}",
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
        cmocka_unit_test(test_other_cluster_is_refused),
        cmocka_unit_test(test_reads_what_is_well),
        cmocka_unit_test(test_number_of_actions),
    };
    return cmocka_run_group_tests_name("actor/order", tests, NULL, NULL);
}
