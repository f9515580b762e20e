/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/policy.h"

#include "tests/unit/actor/decision.h"

/* The mode of this action under the policy that was set. */
static void check_mode(const struct incident *incident, enum mode mode, const char *from)
{
    AUTO_OUTCOME outcome = outcome_begin();
    struct order order;
    if (order_read(&order, incident, "prod", &outcome) || policy_rule(&decision_policy, &order, &outcome))
        fail_msg("%s", strbuf_text(&outcome.detail));
    if (outcome.mode != mode || !strstr(strbuf_text(&outcome.mode_from), from))
        fail_msg("%s (%s), not %s (%s)", mode_name(outcome.mode), strbuf_text(&outcome.mode_from),
                 mode_name(mode), from);
}

static void test_most_careful_mode_wins(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    decision_set_policy(NULL);
    check_mode(&incident, MODE_AUTO, "");
    decision_set_policy("--policy-mode", "review", NULL);
    check_mode(&incident, MODE_REVIEW, "policy.mode");
    decision_set_policy("--policy-mode", "review", "--policy-namespaces", "shop=auto", NULL);
    check_mode(&incident, MODE_REVIEW, "policy.mode");
    decision_set_policy("--policy-namespaces", "shop=review,other=observe", NULL);
    check_mode(&incident, MODE_REVIEW, "policy.namespaces.shop, --policy-namespaces");
    decision_set_policy("--policy-namespaces", "shop=review", "--policy-actions", "rollback=observe", NULL);
    check_mode(&incident, MODE_OBSERVE, "policy.actions.rollback");
    decision_set_policy("--policy-mode", "observe", "--policy-actions", "rollback=auto",
                        "--policy-namespaces", "shop=auto", NULL);
    check_mode(&incident, MODE_OBSERVE, "policy.mode");
    decision_set_policy("--policy-actions", "delete_pod=observe", NULL);
    check_mode(&incident, MODE_AUTO, "");
}

/* Without a word of policy, an action is only done alone where the facts carry it. */
static void test_default_of_an_action_depends_on_the_facts(void **state)
{
    (void)state;
    static const struct {
        const char *action, *path, *json;
        enum mode mode;
    } cases[] = {
        {ROLLBACK, "class", "'CrashLoopBackOff'", MODE_AUTO},
        {ROLLBACK, "onset.new_revision", "false", MODE_REVIEW},
        {ROLLBACK, "onset.good", "null", MODE_REVIEW},
        {ROLLBACK, "onset.good.template_hash", "'other'", MODE_REVIEW},
        {ROLLBACK, "onset.good.replica_set", "'web-other'", MODE_REVIEW},
        {RAISE, "class", "'OOMKilled'", MODE_AUTO},
        {RAISE, "class", "'CrashLoopBackOff'", MODE_REVIEW},
        {RAISE, "before.container", "'side'", MODE_REVIEW},
        {DELETE, "class", "'CrashLoopBackOff'", MODE_AUTO},
        {DELETE, "pods", "[{'name':'web-bad-x1','uid':'other'}]", MODE_REVIEW},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_INCIDENT incident = decision_open(cases[i].action);
        decision_set(json_object_get(incident.root, "observed"), "class", "'OOMKilled'");
        decision_set(json_object_get(incident.root, "observed"), cases[i].path, cases[i].json);
        decision_set_policy(NULL);
        check_mode(&incident, cases[i].mode, "");
        AUTO_FREE char *word = xasprintf("%s=auto", json_string_at(decision_action(&incident), "type"));
        decision_set_policy("--policy-actions", word, NULL);
        check_mode(&incident, MODE_AUTO, "");
    }
}

static void test_no_action_alone_without_vouched_evidence(void **state)
{
    (void)state;
    static const char *const quotes[] = {"[]", "null", "[{'ref':'E2','quote':'t'}]",
                                         "[{'ref':'E9','quote':'t'}]", "[{'quote':'t'}]"};
    decision_set_policy("--policy-actions", "rollback=auto", NULL);
    for (size_t i = 0; i < COUNT_OF(quotes); i++) {
        AUTO_INCIDENT incident = decision_open(ROLLBACK);
        decision_set(incident.root, "decided.evidence", quotes[i]);
        check_mode(&incident, MODE_REVIEW, "vouches");
    }
}

static void test_protected_namespaces_are_refused(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    AUTO_OUTCOME outcome = outcome_begin();
    struct order order;
    decision_set_policy("--policy-protected-namespaces", "bank,shop", NULL);
    assert_int_equal(order_read(&order, &incident, "prod", &outcome), 0);
    assert_int_equal(policy_rule(&decision_policy, &order, &outcome), 1);
    assert_int_equal(outcome.result, RESULT_REFUSED);
    assert_non_null(strstr(strbuf_text(&outcome.detail), "shop"));
}

static void test_system_namespaces_are_protected_by_default(void **state)
{
    (void)state;
    static const char *const names[] = {"kube-system",   "kube-public",  "kube-node-lease", "argocd",
                                        "flux-system",   "cert-manager", "istio-system",    "monitoring",
                                        "ingress-nginx", "aegiops"};
    decision_set_policy(NULL);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_true(option_list_has(&decision_policy.protected_namespaces, names[i]));
    assert_int_equal(policy_max_memory(&decision_policy), INT64_C(8) << 30);
}

static void test_what_cannot_be_read_stops_the_actor(void **state)
{
    (void)state;
    const struct {
        struct option_pair namespace, action;
        const char *max_memory, *says;
    } cases[] = {
        {{(char[]){"shop"}, (char[]){"Auto"}, (char[]){"f.yaml:7"}},
         {0},
         "8Gi",
         "f.yaml:7: policy.namespaces.shop: \"Auto\""},
        {{(char[]){"Shop"}, (char[]){"auto"}, (char[]){"f.yaml:7"}},
         {0},
         "8Gi",
         "f.yaml:7: policy.namespaces: \"Shop\""},
        {{(char[]){"*"}, (char[]){"auto"}, (char[]){"f.yaml:7"}}, {0}, "8Gi", "\"*\""},
        {{0}, {(char[]){"scale"}, (char[]){"auto"}, (char[]){"f.yaml:9"}}, "8Gi", "unknown action \"scale\""},
        {{0}, {(char[]){"rollback"}, (char[]){""}, (char[]){"f.yaml:9"}}, "8Gi", "policy.actions.rollback"},
        {{0}, {0}, "a lot", "policy.max_memory"},
        {{0}, {0}, "0", "policy.max_memory"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct option_pair namespace = cases[i].namespace, action = cases[i].action;
        struct policy policy = {.namespaces = {&namespace, namespace.name != NULL},
                                .actions = {&action, action.name != NULL},
                                .max_memory = (char *)(uintptr_t)cases[i].max_memory};
        struct error err = {0};
        assert_int_equal(policy_check(&policy, &err), -1);
        assert_int_equal(err.kind, ERROR_FATAL);
        if (!strstr(err.text, cases[i].says))
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].says);
    }
}

static int forget(void **state)
{
    (void)state;
    decision_forget_policy();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_most_careful_mode_wins),
        cmocka_unit_test(test_default_of_an_action_depends_on_the_facts),
        cmocka_unit_test(test_no_action_alone_without_vouched_evidence),
        cmocka_unit_test(test_protected_namespaces_are_refused),
        cmocka_unit_test(test_system_namespaces_are_protected_by_default),
        cmocka_unit_test(test_what_cannot_be_read_stops_the_actor),
    };
    return cmocka_run_group_tests_name("actor/policy", tests, NULL, forget);
}
