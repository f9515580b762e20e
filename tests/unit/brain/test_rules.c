/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/rules.h"

#include "common/base/alloc.h"
#include "tests/unit/brain/document.h"

/* Which rule settles a document that was changed at some places. */
struct change {
    const char *path, *json;
};

#define CHANGES 6

struct rule_case {
    const char *what;
    struct incident (*open)(void);
    struct change changes[CHANGES];
    const char *rule;
};

static void check_cases(const struct rule_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_INCIDENT incident = cases[i].open();
        struct facts facts;
        for (size_t j = 0; j < CHANGES && cases[i].changes[j].path; j++)
            document_set(&incident, cases[i].changes[j].path, cases[i].changes[j].json);
        facts_read(&facts, &incident);
        const char *rule = rules[rules_pick(&facts)]->name;
        if (strcmp(rule, cases[i].rule) != 0)
            fail_msg("%s: %s spoke, not %s", cases[i].what, rule, cases[i].rule);
    }
}

static void test_rollback(void **state)
{
    (void)state;
    static const struct rule_case cases[] = {
        {"image pull", document_open, {{0}}, "rollback_new_revision"},
        {"crash loop", document_open, {{"class", "\"CrashLoopBackOff\""}}, "rollback_new_revision"},
        {"out of memory", document_open, {{"class", "\"OOMKilled\""}}, "rollback_new_revision"},
        {"a probe that kills",
         document_open,
         {{"class", "\"LivenessProbeFailed\""}},
         "rollback_new_revision"},
        {"no registry", document_open, {{"class", "\"RegistryUnavailable\""}}, "rollback_new_revision"},
        {"a class that no template brings", document_open, {{"class", "\"Evicted\""}}, "escalate"},
        {"unknown class", document_open, {{"class", "\"SomethingNew\""}}, "escalate"},
        {"no good revision", document_open, {{"onset.good", "null"}}, "escalate"},
        {"good without a hash", document_open, {{"onset.good.template_hash", "\"\""}}, "escalate"},
        {"good without a ReplicaSet", document_open, {{"onset.good.replica_set", "null"}}, "escalate"},
        {"ReplicaSet that is a path", document_open, {{"onset.good.replica_set", "\"../x\""}}, "escalate"},
        {"failing template unknown", document_open, {{"onset.template_hash", "null"}}, "escalate"},
        {"not new", document_open, {{"onset.new_revision", "false"}}, "escalate"},
        {"new is a word", document_open, {{"onset.new_revision", "\"true\""}}, "escalate"},
        {"StatefulSet", document_open, {{"target.kind", "\"StatefulSet\""}}, "rollback_new_revision"},
        {"DaemonSet", document_open, {{"target.kind", "\"DaemonSet\""}}, "rollback_new_revision"},
        {"Job", document_open, {{"target.kind", "\"Job\""}}, "escalate"},
        {"never ready", document_open, {{"class", "\"ReadinessProbeFailed\""}}, "rollback_new_revision"},
        {"stuck rollout",
         document_open,
         {{"class", "\"ProgressDeadlineExceeded\""}},
         "rollback_new_revision"},
        {"no room for it", document_open, {{"class", "\"Unschedulable\""}}, "escalate"},
        {"no uid", document_open, {{"target.uid", "null"}}, "escalate"},
        {"no target", document_open, {{"target", "null"}}, "escalate"},
        {"onset missing", document_open, {{"onset", "[]"}}, "escalate"},
    };
    check_cases(cases, COUNT_OF(cases));
}

/* Text that a workload wrote moves nothing. */
static void test_no_action_without_a_vouched_status(void **state)
{
    (void)state;
#define ITEM(kind, trust)                                                                                    \
    "[{\"ref\":\"E1\",\"kind\":\"" kind "\",\"trust\":\"" trust "\",\"text\":\"OOMKilled\"}]"
    static const struct rule_case cases[] = {
        {"no evidence", document_open, {{"evidence", "[]"}}, "escalate"},
        {"evidence is no list", document_open, {{"evidence", "{\"trust\":\"K\"}"}}, "escalate"},
        {"only a log", document_open, {{"evidence", ITEM("log", "W")}}, "escalate"},
        {"status, but untrusted", document_open, {{"evidence", ITEM("status", "W")}}, "escalate"},
        {"trusted, but no status", document_open, {{"evidence", ITEM("diff", "K")}}, "escalate"},
        {"trust misspelt", document_open, {{"evidence", ITEM("status", "k")}}, "escalate"},
        {"vouched", document_open, {{"evidence", ITEM("status", "K")}}, "rollback_new_revision"},
        {"memory", document_out_of_memory, {{"evidence", ITEM("status", "W")}}, "escalate"},
        {"pod", document_lone_crash, {{"evidence", ITEM("event", "K")}}, "escalate"},
    };
#undef ITEM
    check_cases(cases, COUNT_OF(cases));
}

static void test_memory(void **state)
{
    (void)state;
    static const struct rule_case cases[] = {
        {"plain", document_out_of_memory, {{0}}, "raise_memory_limit"},
        {"many pods", document_out_of_memory, {{"affected", "3"}}, "raise_memory_limit"},
        {"new, but no good one",
         document_out_of_memory,
         {{"onset.new_revision", "true"}},
         "raise_memory_limit"},
        {"no request", document_out_of_memory, {{"before.memory_request", "null"}}, "raise_memory_limit"},
        {"DaemonSet", document_out_of_memory, {{"target.kind", "\"DaemonSet\""}}, "raise_memory_limit"},
        {"ReplicaSet", document_out_of_memory, {{"target.kind", "\"ReplicaSet\""}}, "escalate"},
        {"limit unset", document_out_of_memory, {{"before.memory_limit", "null"}}, "escalate"},
        {"limit 0", document_out_of_memory, {{"before.memory_limit", "\"0\""}}, "escalate"},
        {"limit is prose", document_out_of_memory, {{"before.memory_limit", "\"64 megabytes\""}}, "escalate"},
        {"limit negative", document_out_of_memory, {{"before.memory_limit", "\"-64Mi\""}}, "escalate"},
        {"twice would overflow", document_out_of_memory, {{"before.memory_limit", "\"5Ei\""}}, "escalate"},
        {"limit is a number", document_out_of_memory, {{"before.memory_limit", "67108864"}}, "escalate"},
        {"request over it", document_out_of_memory, {{"before.memory_request", "\"129Mi\""}}, "escalate"},
        {"request unreadable", document_out_of_memory, {{"before.memory_request", "\"many\""}}, "escalate"},
        {"container unknown", document_out_of_memory, {{"before.container", "null"}}, "escalate"},
        {"nothing known", document_out_of_memory, {{"before", "null"}}, "escalate"},
    };
    check_cases(cases, COUNT_OF(cases));
}

static void test_lone_pod(void **state)
{
    (void)state;
#define PAST(class, action, result)                                                                          \
    "[{\"id\":\"i-1\",\"class\":\"" class "\",\"action\":\"" action "\",\"result\":\"" result "\"}]"
    static const struct rule_case cases[] = {
        {"plain", document_lone_crash, {{0}}, "replace_lone_pod"},
        {"only replica", document_lone_crash, {{"replicas", "1"}}, "replace_lone_pod"},
        {"two pods", document_lone_crash, {{"affected", "2"}}, "escalate"},
        {"wants none", document_lone_crash, {{"replicas", "0"}}, "escalate"},
        {"counts unknown", document_lone_crash, {{"affected", "null"}}, "escalate"},
        {"bare pod", document_lone_crash, {{"target.kind", "\"Pod\""}}, "escalate"},
        {"new revision", document_lone_crash, {{"onset.new_revision", "true"}}, "escalate"},
        {"pod without uid", document_lone_crash, {{"pods", "[{\"name\":\"a\"}]"}}, "escalate"},
        {"pod is a path", document_lone_crash, {{"pods", "[{\"name\":\"a/b\",\"uid\":\"1\"}]"}}, "escalate"},
        {"no pods", document_lone_crash, {{"pods", "[]"}}, "escalate"},
        {"image pull", document_lone_crash, {{"class", "\"ImagePullBackOff\""}}, "escalate"},
        {"was replaced",
         document_lone_crash,
         {{"history", PAST("CrashLoopBackOff", "delete_pod", "done")}},
         "came_back"},
        {"found done",
         document_lone_crash,
         {{"history", PAST("CrashLoopBackOff", "delete_pod", "already")}},
         "came_back"},
        {"was refused",
         document_lone_crash,
         {{"history", PAST("CrashLoopBackOff", "delete_pod", "refused")}},
         "replace_lone_pod"},
        {"was rolled back",
         document_lone_crash,
         {{"history", PAST("CrashLoopBackOff", "rollback", "done")}},
         "replace_lone_pod"},
        {"other class then",
         document_lone_crash,
         {{"history", PAST("OOMKilled", "delete_pod", "done")}},
         "replace_lone_pod"},
        {"replaced, now a new revision",
         document_open,
         {{"class", "\"CrashLoopBackOff\""}, {"history", PAST("CrashLoopBackOff", "delete_pod", "done")}},
         "rollback_new_revision"},
    };
#undef PAST
    check_cases(cases, COUNT_OF(cases));
}

/* What the others show is of this pod alone. */
static void test_one_pod_among_well_ones(void **state)
{
    (void)state;
    static const struct rule_case cases[] = {
        {"not ready, others are",
         document_lone_crash,
         {{"class", "\"ReadinessProbeFailed\""}, {"available", "2"}},
         "replace_lone_pod"},
        {"not ready, nor are others",
         document_lone_crash,
         {{"class", "\"ReadinessProbeFailed\""}, {"available", "0"}},
         "escalate"},
        {"not ready, others unknown",
         document_lone_crash,
         {{"class", "\"ReadinessProbeFailed\""}, {"available", "null"}},
         "escalate"},
        {"a member that is not ready",
         document_lone_crash,
         {{"class", "\"ReadinessProbeFailed\""}, {"available", "2"}, {"target.kind", "\"StatefulSet\""}},
         "escalate"},
        {"no sandbox on one node",
         document_lone_crash,
         {{"class", "\"FailedCreatePodSandBox\""}, {"available", "2"}},
         "replace_lone_pod"},
        {"configuration is missing",
         document_lone_crash,
         {{"class", "\"CreateContainerConfigError\""}, {"available", "2"}},
         "escalate"},
    };
    check_cases(cases, COUNT_OF(cases));
}

static void test_laps(void **state)
{
    (void)state;
#define LAP(result)                                                                                          \
    "{\"lap\":1,\"status\":\"CONFIG\",\"action\":\"rollback\",\"result\":\"" result "\",\"detail\":\"d\"}"
    static const struct rule_case cases[] = {
        {"recovered",
         document_open,
         {{"verdict", "\"recovered\""}, {"tried", "[" LAP("done") "]"}},
         "recovered"},
        {"recovered by itself", document_open, {{"verdict", "\"recovered\""}}, "recovered"},
        {"unchanged",
         document_open,
         {{"verdict", "\"unchanged\""}, {"tried", "[" LAP("done") "]"}},
         "laps_exhausted"},
        {"worse",
         document_open,
         {{"verdict", "\"worse\""}, {"tried", "[" LAP("already") "]"}},
         "laps_exhausted"},
        {"failed",
         document_open,
         {{"verdict", "\"unchanged\""}, {"tried", "[" LAP("failed") "]"}},
         "laps_exhausted"},
        {"no verdict", document_open, {{"tried", "[" LAP("done") "]"}}, "laps_exhausted"},
        {"result unknown", document_open, {{"tried", "[" LAP("?") "]"}}, "laps_exhausted"},
        {"deferred once", document_open, {{"tried", "[" LAP("deferred") "]"}}, "rollback_new_revision"},
        {"deferred twice",
         document_open,
         {{"tried", "[" LAP("deferred") "," LAP("deferred") "]"}},
         "rollback_new_revision"},
        {"deferred too often",
         document_open,
         {{"tried", "[" LAP("deferred") "," LAP("deferred") "," LAP("deferred") "]"}},
         "laps_exhausted"},
        {"deferred, then done",
         document_open,
         {{"tried", "[" LAP("deferred") "," LAP("done") "]"}},
         "laps_exhausted"},
        {"request",
         document_open,
         {{"request", "{\"text\":\"why?\",\"from\":\"a\",\"at\":null}"}},
         "request_without_model"},
    };
#undef LAP
    check_cases(cases, COUNT_OF(cases));
}

#define LAP(action, result, undo)                                                                            \
    "{\"lap\":1,\"action\":\"" action "\",\"action_id\":\"a-1\",\"result\":\"" result "\",\"undo\":" undo "}"
#define BACK "{\"type\":\"rollback\"}"

static void test_what_made_it_worse_is_taken_back(void **state)
{
    (void)state;
    static const struct rule_case cases[] = {
        {"worse",
         document_open,
         {{"verdict", "\"worse\""}, {"tried", "[" LAP("rollback", "done", BACK) "]"}},
         "undo_what_made_it_worse"},
        {"worse, found done",
         document_open,
         {{"verdict", "\"worse\""}, {"tried", "[" LAP("rollback", "already", BACK) "]"}},
         "undo_what_made_it_worse"},
        {"worse, and undoing was put off",
         document_open,
         {{"verdict", "\"worse\""},
          {"tried", "[" LAP("rollback", "done", BACK) "," LAP("undo", "deferred", "null") "]"}},
         "undo_what_made_it_worse"},
        {"worse, and put off too often",
         document_open,
         {{"verdict", "\"worse\""},
          {"tried", "[" LAP("rollback", "done", BACK) "," LAP("undo", "deferred", "null") "," LAP(
                        "undo", "deferred", "null") "]"}},
         "laps_exhausted"},
        {"worse after nothing",
         document_open,
         {{"verdict", "\"worse\""}, {"tried", "[" LAP("rollback", "refused", BACK) "]"}},
         "laps_exhausted"},
        {"worse, no way back",
         document_open,
         {{"verdict", "\"worse\""}, {"tried", "[" LAP("delete_pod", "done", "null") "]"}},
         "laps_exhausted"},
        {"worse, of no target",
         document_open,
         {{"verdict", "\"worse\""}, {"target", "null"}, {"tried", "[" LAP("rollback", "done", BACK) "]"}},
         "laps_exhausted"},
        {"undone, still bad",
         document_open,
         {{"verdict", "\"worse\""},
          {"tried", "[" LAP("rollback", "done", BACK) "," LAP("undo", "done", BACK) "]"}},
         "laps_exhausted"},
        {"unchanged is not undone",
         document_open,
         {{"verdict", "\"unchanged\""}, {"tried", "[" LAP("rollback", "done", BACK) "]"}},
         "laps_exhausted"},
    };
    check_cases(cases, COUNT_OF(cases));
}

static void test_what_else_is_tried(void **state)
{
    (void)state;
    static const struct rule_case cases[] = {
        {"a member keeps the set",
         document_open,
         {{"verdict", "\"unchanged\""},
          {"target.kind", "\"StatefulSet\""},
          {"tried", "[" LAP("rollback", "done", BACK) "]"}},
         "free_the_stateful_set"},
        {"it was freed already",
         document_open,
         {{"verdict", "\"unchanged\""},
          {"target.kind", "\"StatefulSet\""},
          {"tried", "[" LAP("rollback", "done", BACK) "," LAP("delete_pod", "done", "null") "]"}},
         "laps_exhausted"},
        {"a set that was not rolled back",
         document_open,
         {{"verdict", "\"unchanged\""},
          {"target.kind", "\"StatefulSet\""},
          {"tried", "[" LAP("rollback", "failed", "null") "]"}},
         "laps_exhausted"},
        {"memory, once more",
         document_out_of_memory,
         {{"verdict", "\"unchanged\""}, {"tried", "[" LAP("set_resources", "done", "{}") "]"}},
         "raise_memory_limit"},
        {"memory, a third time",
         document_out_of_memory,
         {{"verdict", "\"unchanged\""},
          {"tried", "[" LAP("set_resources", "done", "{}") "," LAP("set_resources", "done", "{}") "]"}},
         "laps_exhausted"},
        {"memory that was refused",
         document_out_of_memory,
         {{"verdict", "\"unchanged\""}, {"tried", "[" LAP("set_resources", "refused", "null") "]"}},
         "laps_exhausted"},
    };
    check_cases(cases, COUNT_OF(cases));
}

#undef BACK
#undef LAP

static void test_scale_back(void **state)
{
    (void)state;
    static const struct rule_case cases[] = {
        {"plain",
         document_lone_crash,
         {{"class", "\"ScaledToZero\""}, {"pods", "[]"}, {"affected", "3"}},
         "scale_back"},
        {"nobody saw how many",
         document_lone_crash,
         {{"class", "\"ScaledToZero\""}, {"pods", "[]"}, {"affected", "0"}},
         "escalate"},
        {"another kind",
         document_lone_crash,
         {{"class", "\"ScaledToZero\""}, {"affected", "3"}, {"target.kind", "\"Rollout\""}},
         "escalate"},
    };
    check_cases(cases, COUNT_OF(cases));
}

/* Each reason to escalate is told apart, and tells the truth about its case. */
static void test_reasons_to_escalate(void **state)
{
    (void)state;
    static const struct {
        struct change changes[CHANGES];
        const char *says;
    } cases[] = {
        {{{"onset.good", "null"}}, "nothing to go back to"},
        {{{"onset.new_revision", "false"}}, "registry"},
        {{{"evidence", "[]"}}, "vouches"},
        {{{"target.kind", "\"Pod\""}}, "no controller"},
        {{{"class", "\"CrashLoopBackOff\""}, {"onset.new_revision", "false"}}, "Fresh pods would crash"},
        {{{"class", "\"OOMKilled\""}, {"onset.new_revision", "false"}, {"before.memory_limit", "null"}},
         "No memory limit"},
        {{{"target.kind", "\"ReplicaSet\""}}, "only Deployments"},
        {{{"class", "\"Evicted\""}}, "The node ran short"},
        {{{"class", "\"NodeNotReady\""}, {"target.kind", "\"Node\""}, {"target.namespace", "\"-\""}},
         "kubelet"},
        {{{"class", "\"SomethingNew\""}}, "None of the rules"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_INCIDENT incident = document_open();
        struct facts facts;
        struct decision decision = {0};
        for (size_t j = 0; j < CHANGES && cases[i].changes[j].path; j++)
            document_set(&incident, cases[i].changes[j].path, cases[i].changes[j].json);
        facts_read(&facts, &incident);
        rule_escalate.settle(&facts, &decision);
        if (!strstr(strbuf_text(&decision.explanation), cases[i].says))
            fail_msg("\"%s\" does not say \"%s\"", strbuf_text(&decision.explanation), cases[i].says);
        assert_null(decision.parameters);
        strbuf_free(&decision.root_cause);
        strbuf_free(&decision.explanation);
        strbuf_free(&decision.command);
    }
}

/* A rule with an action rests on something that the API server vouches for, and has a status that acts. */
static void test_the_table_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < rule_count; i++) {
        assert_int_equal(rules[i]->action != NULL,
                         rules[i]->status == STATUS_TRANSIENT || rules[i]->status == STATUS_CONFIG);
        if (rules[i]->action)
            assert_string_equal(rules[i]->rests_on[0], "status");
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(rules[i]->name, rules[j]->name);
    }
    assert_ptr_equal(rules[rule_count - 1], &rule_escalate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rollback),
        cmocka_unit_test(test_no_action_without_a_vouched_status),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_lone_pod),
        cmocka_unit_test(test_one_pod_among_well_ones),
        cmocka_unit_test(test_laps),
        cmocka_unit_test(test_what_made_it_worse_is_taken_back),
        cmocka_unit_test(test_what_else_is_tried),
        cmocka_unit_test(test_scale_back),
        cmocka_unit_test(test_reasons_to_escalate),
        cmocka_unit_test(test_the_table_is_sound),
    };
    return cmocka_run_group_tests_name("brain/rules", tests, NULL, NULL);
}
