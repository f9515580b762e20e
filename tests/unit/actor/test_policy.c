/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/policy.h"

#include "tests/unit/actor/decision.h"

/* The mode of this action under the policy that was set. */
static void check_mode(const struct incident *incident, enum mode mode, const char *from)
{
    AUTO_OUTCOME outcome = outcome_begin();
    struct order order;
    if (order_read(&order, incident, "prod", &outcome) || policy_protects(&decision_policy, &order, &outcome))
        fail_msg("%s", strbuf_text(&outcome.detail));
    AUTO_JSON *around = api_json("{'metadata':{'labels':{'env':'prod','example.com/team':'web'}}}");
    policy_rule(&decision_policy, &order, around, &outcome);
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

/* Whatever policy allows, and whatever the brain wrote there. */
static void test_a_decision_may_ask_for_a_person(void **state)
{
    (void)state;
    static const char *const reviews[][2] = {{"'text gives orders'", "asks for a person: text gives orders"},
                                             {"true", "asks for a person: it does not say why"},
                                             {"{}", "asks for a person"}};
    decision_set_policy("--policy-actions", "rollback=auto", NULL);
    for (size_t i = 0; i < COUNT_OF(reviews); i++) {
        AUTO_INCIDENT incident = decision_open(ROLLBACK);
        decision_set(incident.root, "decided.review", reviews[i][0]);
        check_mode(&incident, MODE_REVIEW, reviews[i][1]);
    }
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    decision_set(incident.root, "decided.review", "null");
    check_mode(&incident, MODE_AUTO, "");
}

static void test_protected_namespaces_are_refused(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(ROLLBACK);
    AUTO_OUTCOME outcome = outcome_begin();
    struct order order;
    decision_set_policy("--policy-protected-namespaces", "bank,shop", NULL);
    assert_int_equal(order_read(&order, &incident, "prod", &outcome), 0);
    assert_int_equal(policy_protects(&decision_policy, &order, &outcome), 1);
    assert_int_equal(outcome.result, RESULT_REFUSED);
    assert_string_equal(strbuf_text(&outcome.detail),
                        "the namespace shop is protected (policy.protected_namespaces, "
                        "--policy-protected-namespaces)");
    assert_string_equal(policy_namespace(&(struct order){.kind = "Deployment", .ns = "shop", .name = "web"}),
                        "shop");
    assert_string_equal(policy_namespace(&(struct order){.kind = "Namespace", .ns = "", .name = "shop"}),
                        "shop");
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

/* policy.namespaces, policy.actions, and what becomes of a rollback of shop, which has env=prod and example.com/team=web. */
static const struct {
    const char *namespaces, *actions;
    enum mode mode;
    const char *from;
} tables_of_lines[] = {
    {"shop=review", "", MODE_REVIEW, "policy.namespaces.shop, --policy-namespaces"},
    {"shopping=observe,sho=observe", "", MODE_AUTO, ""},
    {"env=prod=review", "", MODE_REVIEW, "policy.namespaces.env=prod, --policy-namespaces"},
    {"example.com/team=web=observe", "", MODE_OBSERVE, "policy.namespaces.example.com/team=web"},
    {"env=test=observe,env==observe,team=web=observe", "", MODE_AUTO, ""},
    {"shop/rollback=observe", "", MODE_OBSERVE, "policy.namespaces.shop/rollback"},
    {"shop/delete_pod=observe,other/rollback=observe", "", MODE_AUTO, ""},
    {"env=prod/rollback=review", "", MODE_REVIEW, "policy.namespaces.env=prod/rollback"},
    {"example.com/team=web/rollback=review", "", MODE_REVIEW,
     "policy.namespaces.example.com/team=web/rollback"},
    {"env=prod/delete_pod=review", "", MODE_AUTO, ""},
    {"shop=auto,env=prod=review,shop/rollback=observe", "rollback=auto", MODE_OBSERVE, "shop/rollback"},
    {"shop=auto,env=prod=review", "rollback=observe", MODE_OBSERVE, "policy.actions.rollback"},
    {"shop=review,env=prod=review", "rollback=review", MODE_REVIEW, "policy.namespaces.shop,"},
};

static void test_namespace_label_and_action(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(tables_of_lines); i++) {
        AUTO_INCIDENT incident = decision_open(ROLLBACK);
        decision_set_policy("--policy-namespaces", tables_of_lines[i].namespaces, "--policy-actions",
                            tables_of_lines[i].actions, NULL);
        check_mode(&incident, tables_of_lines[i].mode, tables_of_lines[i].from);
    }
}

/* A line that names the action in this place is a word about it: the facts need not carry it alone. */
static void test_line_that_names_the_action_takes_the_place_of_the_default(void **state)
{
    (void)state;
    static const struct {
        const char *namespaces;
        enum mode mode;
    } cases[] = {
        {"shop=auto", MODE_REVIEW},
        {"shop/rollback=auto", MODE_AUTO},
        {"env=prod/rollback=auto", MODE_AUTO},
        {"env=test/rollback=auto", MODE_REVIEW},
        {"shop/delete_pod=auto", MODE_REVIEW},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_INCIDENT incident = decision_open(ROLLBACK);
        decision_set(json_object_get(incident.root, "observed"), "onset.good", "null");
        decision_set_policy("--policy-namespaces", cases[i].namespaces, NULL);
        check_mode(&incident, cases[i].mode, "");
    }
}

static void test_what_cannot_be_read_stops_the_actor(void **state)
{
    (void)state;
    static const struct {
        const char *flag, *value, *says;
    } cases[] = {
        {"--policy-namespaces", "shop=Auto", "policy.namespaces.shop must be one of observe, review, auto"},
        {"--policy-namespaces", "Shop=auto", "--policy-namespaces: policy.namespaces: \"Shop\" is neither"},
        {"--policy-namespaces", "*=auto", "\"*\""},
        {"--policy-namespaces", "-a=auto", "\"-a\""},
        {"--policy-namespaces", "a b=c=auto", "\"a b=c\""},
        {"--policy-namespaces", "env=pr/od=auto", "unknown action \"od\""},
        {"--policy-namespaces", "env=-prod=auto", "\"env=-prod\""},
        {"--policy-namespaces", "/env=prod=auto", "\"/env=prod\""},
        {"--policy-namespaces", "==auto", "\"=\" is neither"},
        {"--policy-namespaces", "shop/rolback=auto", "unknown action \"rolback\"; there are delete_pod, "},
        {"--policy-namespaces", "shop/=auto", "unknown action \"\""},
        {"--policy-actions", "scael=auto", "--policy-actions: policy.actions: unknown action \"scael\""},
        {"--policy-actions", "rollback=", "policy.actions.rollback must be one of"},
        {"--policy-protected-namespaces", "kube-system,a/b", "\"a/b\" is no name of a namespace"},
        {"--policy-max-memory", "a lot", "--policy-max-memory: policy.max_memory"},
        {"--policy-max-memory", "0", "policy.max_memory"},
        {"--policy-max-per-hour-cluster", "0", "policy.max_per_hour.cluster must be a number from 1"},
        {"--policy-breaker-percent", "101", "policy.breaker.percent must be a number from 1 to 100"},
        {"--policy-freeze", "maybe", "policy.freeze must be true or false"},
        {"--policy-breaker-percnt", "20", "did you mean --policy-breaker-percent?"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct policy policy = {0};
        struct error err = {0};
        decision_arguments.argv[1] = cases[i].flag;
        decision_arguments.argv[2] = cases[i].value;
        decision_arguments.argc = 3;
        int refused = decision_read_policy(&policy, &err);
        policy_free(&policy);
        if (!refused || err.kind != ERROR_FATAL || !strstr(err.text, cases[i].says))
            fail_msg("%s %s: \"%s\" does not say \"%s\"", cases[i].flag, cases[i].value, err.text,
                     cases[i].says);
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
        cmocka_unit_test(test_a_decision_may_ask_for_a_person),
        cmocka_unit_test(test_protected_namespaces_are_refused),
        cmocka_unit_test(test_system_namespaces_are_protected_by_default),
        cmocka_unit_test(test_namespace_label_and_action),
        cmocka_unit_test(test_line_that_names_the_action_takes_the_place_of_the_default),
        cmocka_unit_test(test_what_cannot_be_read_stops_the_actor),
    };
    return cmocka_run_group_tests_name("actor/policy", tests, NULL, forget);
}
