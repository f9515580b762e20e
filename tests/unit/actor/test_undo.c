/* SPDX-License-Identifier: Apache-2.0 */
/* The way back of every action, and when it is closed. */
#include "actor/writer.h"

#include "tests/unit/actor/decision.h"

#define WROTE(manager, at, fields)                                                                           \
    "{'manager':'" manager "','operation':'Update','time':'" at "','fieldsV1':{" fields ":{}}}"
#define OURS WROTE("aegiops", "2026-11-23T10:00:10Z", "'f:spec'")
#define SCALED_BY(manager, at)                                                                               \
    "{'manager':'" manager "','subresource':'scale','time':'" at "','fieldsV1':{'f:spec':{}}}"
#define STATUS_BY(manager, at)                                                                               \
    "{'manager':'" manager "','subresource':'status','time':'" at "','fieldsV1':{'f:spec':{}}}"

static int setup(void **state)
{
    static const char *const failing[] = {DEPLOYMENT, BAD_SET};
    decision_setup(state);
    for (size_t i = 0; i < COUNT_OF(failing); i++) {
        json_t *container =
            json_array_get(json_at(api_server_get(failing[i]), "spec.template.spec.containers"), 1);
        decision_set(container, "env", "[{'name':'MODE_2','value':'2'}]");
        decision_set(container, "livenessProbe", "{'timeoutSeconds':1}");
    }
    decision_set_policy("--policy-actions",
                        "rollback=auto,restart_rollout=auto,set_resources=auto,set_image=auto,set_env=auto,"
                        "set_probe=auto,scale=auto,undo=auto",
                        NULL);
    return 0;
}

static void wrote(const char *entries)
{
    decision_set(api_server_get(DEPLOYMENT), "metadata.managedFields", entries);
}

/* The second lap, which takes the first one back. */
static struct incident open_undo(const char *action, const char *of, json_t *take_undo)
{
    AUTO_FREE char *undo = xasprintf("{'type':'undo','of':'%s'}", of);
    AUTO_JSON *tried = json_pack("[{s:i, s:s, s:s, s:s, s:o?}]", "lap", 1, "action", action, "action_id",
                                 decision_action_id(), "result", "done", "undo", take_undo);
    return decision_make(&(struct decision){.action = undo, .lap = 2, .tried = tried});
}

/* Does the action, as the first lap does, and gives the incident of the second. */
static struct incident do_and_open_undo(const char *action)
{
    AUTO_INCIDENT incident = decision_open(action);
    AUTO_OUTCOME outcome = decision_act(&incident);
    if (outcome.result != RESULT_DONE)
        fail_msg("%s: %s", action, strbuf_text(&outcome.detail));
    wrote("[" OURS "]");
    return open_undo(outcome.action, decision_action_id(), json_incref(outcome.undo));
}

static const char *const all[] = {ROLLBACK, RESTART, RAISE, SET_IMAGE, SET_ENV, SET_PROBE, SCALE};

static void test_every_action_is_put_back(void **state)
{
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        api_server_reset(state);
        setup(state);
        AUTO_JSON *before = json_deep_copy(json_at(api_server_get(DEPLOYMENT), "spec"));
        AUTO_INCIDENT incident = do_and_open_undo(all[i]);
        assert_false(json_equal(json_at(api_server_get(DEPLOYMENT), "spec"), before));
        AUTO_OUTCOME outcome = decision_act(&incident);
        if (outcome.result != RESULT_DONE || !json_equal(json_at(api_server_get(DEPLOYMENT), "spec"), before))
            fail_msg("%s: %s", all[i], strbuf_text(&outcome.detail));
        assert_null(outcome.undo);
        assert_memory_equal(strbuf_text(&outcome.detail), "undid ", strlen("undid "));
        decision_check(&incident, RESULT_ALREADY, "its mark is on the object");
    }
}

static void test_pod_does_not_come_back(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(DELETE);
    AUTO_OUTCOME outcome = decision_act(&incident);
    assert_null(outcome.undo);
    assert_non_null(strstr(strbuf_text(&outcome.detail), "there is no undo"));
    AUTO_INCIDENT undo = open_undo("delete_pod", decision_action_id(), NULL);
    decision_check(&undo, RESULT_REFUSED, "there is no way back from the action");
}

/* Whoever changed it since has made another generation; who it was is told where it is known. */
static void test_somebody_else_wrote_since(void **state)
{
    static const struct {
        const char *entries, *who;
    } cases[] = {
        {"[" OURS "," WROTE("kubectl-edit", "2026-11-23T10:00:11Z", "'f:spec'") "]", "by kubectl-edit"},
        {"[" OURS "," WROTE("kubectl-edit", "2026-11-23T10:00:10Z", "'f:spec'") "]", "by kubectl-edit"},
        {"[" WROTE("old", "2026-11-23T10:00:11Z",
                   "'f:spec'") "," OURS "," WROTE("new", "2026-11-23T10:00:12Z", "'f:spec'") "]",
         "by new"},
        {"[" OURS "," SCALED_BY("kube-controller-manager", "2026-11-23T10:00:12Z") "]",
         "by kube-controller-manager"},
        {"[" OURS "," WROTE("helm", "2026-11-23T09:00:00Z", "'f:spec'") "]", "do not name"},
        {"[" OURS "," WROTE("kubectl", "2026-11-23T10:01:00Z", "'f:metadata'") "]", "do not name"},
        {"[" OURS "," STATUS_BY("kube-controller-manager", "2026-11-23T10:01:00Z") "]", "do not name"},
        {"[{'manager':7}, 'x']", "do not name"},
        {"[]", "do not name"},
        {"null", "do not name"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        api_server_reset(state);
        setup(state);
        AUTO_INCIDENT incident = do_and_open_undo(RAISE);
        wrote(cases[i].entries);
        api_new_generation(api_server_get(DEPLOYMENT));
        decision_check(&incident, RESULT_REFUSED, cases[i].who);
        assert_int_equal(api_server_effects(), 1);
    }
}

static void test_something_else_was_done_since(void **state)
{
    static const struct {
        const char *path, *json;
        enum result result;
        const char *says;
    } cases[] = {
        {"metadata.annotations", "{'aegiops.io/action':'a-other'}", RESULT_REFUSED, "a-other"},
        {"metadata.annotations", "{}", RESULT_REFUSED, "is not the last one"},
        {"metadata.uid", "'other'", RESULT_FAILED, "replaced"},
        {"spec.paused", "true", RESULT_REFUSED, "paused"},
        {"metadata.labels", "{'argocd.argoproj.io/instance':'x'}", RESULT_REFUSED, "Argo CD"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        api_server_reset(state);
        setup(state);
        AUTO_INCIDENT incident = do_and_open_undo(RAISE);
        decision_set(api_server_get(DEPLOYMENT), cases[i].path, cases[i].json);
        decision_check(&incident, cases[i].result, cases[i].says);
        assert_int_equal(api_server_effects(), 1);
    }
}

static void test_way_back_that_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *undo, *says;
    } cases[] = {
        {"null", "no way back"},
        {"'rollback'", "no way back"},
        {"{}", "is no action"},
        {"{'type':'delete_namespace'}", "is no action"},
        {"{'type':'undo','of':'a-1'}", "is no action"},
        {"{'type':'rollback','to':{'template_hash':'../x','replica_set':'y'}}", "to.template_hash"},
        {"{'type':'scale','replicas':'1'}", "lacks its field"},
        {"{'type':'scale','replicas':'1','from':{'replicas':'x'}}", "no count"},
        {"{'type':'restore_namespace'}", "no Namespace"},
        {"{'type':'set_resources','container':'app','memory_limit':'0','from':{'memory_limit':'64Mi'}}",
         "0 is not"},
        {"{'type':'set_resources','container':'app','memory_limit':'900Gi','from':{'memory_limit':'64Mi'}}",
         "policy.max_memory"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_INCIDENT incident = open_undo("rollback", decision_action_id(), api_json(cases[i].undo));
        AUTO_FREE char *mark =
            xasprintf("{'aegiops.io/action':'%s','aegiops.io/generation':'0'}", decision_action_id());
        decision_set(api_server_get(DEPLOYMENT), "metadata.annotations", mark);
        wrote("[" OURS "]");
        decision_check(&incident, RESULT_REFUSED, cases[i].says);
        assert_int_equal(api_server_effects(), 0);
    }
    AUTO_INCIDENT unknown = open_undo("rollback", "a-00112233445566778899aabbccddeeff", json_null());
    decision_check(&unknown, RESULT_REFUSED, "no earlier lap");
}

static void test_undo_is_automatic_when_it_got_worse(void **state)
{
    (void)state;
    static const struct {
        const char *verdict;
        enum result result;
    } cases[] = {{"'unchanged'", RESULT_PROPOSED}, {"null", RESULT_PROPOSED}, {"'worse'", RESULT_DONE}};
    AUTO_INCIDENT incident = do_and_open_undo(RAISE);
    decision_set_policy(NULL);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        decision_set(incident.root, "observed.verdict", cases[i].verdict);
        decision_check(&incident, cases[i].result, "set_resources of Deployment shop/web");
    }
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, decision_teardown)
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_every_action_is_put_back),  WITH_SERVER(test_pod_does_not_come_back),
        WITH_SERVER(test_somebody_else_wrote_since), WITH_SERVER(test_something_else_was_done_since),
        WITH_SERVER(test_way_back_that_is_none),     WITH_SERVER(test_undo_is_automatic_when_it_got_worse),
    };
    return cmocka_run_group_tests_name("actor/undo", tests, api_server_open, api_server_close);
}
