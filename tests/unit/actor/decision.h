/* SPDX-License-Identifier: Apache-2.0 */
/* Decided documents for the actor's tests, and what became of them. */
#pragma once

#include "actor/act.h"
#include "common/base/id.h"
#include "common/runtime/options.h"
#include "tests/unit/actor/api_server.h"

#define DECISION_ID "i-00112233445566778899aabbccddeeff"
#define DEPLOYMENT "/apis/apps/v1/namespaces/shop/deployments/web"
#define GOOD_SET "/apis/apps/v1/namespaces/shop/replicasets/web-good"
#define BAD_SET "/apis/apps/v1/namespaces/shop/replicasets/web-bad"
#define POD "/api/v1/namespaces/shop/pods/web-bad-x1"

#define NAMESPACE "/api/v1/namespaces/shop"

static struct policy decision_policy;
static struct seal decision_seal;
static struct actor decision_actor; /* its policy is decision_policy */
static struct {
    const char *argv[16];
    int argc;
} decision_arguments = {{"actor"}, 1};

/* From the arguments of decision_set_policy(). */
static inline int decision_read_policy(struct policy *out, struct error *err)
{
    const struct option_table tables[] = {{policy_option_rows, policy_option_count, out}, {NULL, 0, NULL}};
    enum options_answer answer;
    return options_read("actor", "test", tables, decision_arguments.argc,
                        (char **)(uintptr_t)decision_arguments.argv, &answer, err) ||
                   policy_check(out, err)
               ? -1
               : 0;
}

/* The policy as the actor reads it from these arguments; NULL ends. Lives until the next call. */
static inline void decision_set_policy(const char *first, ...)
{
    struct error err;
    va_list args;
    int argc = 1;
    va_start(args, first);
    for (const char *one = first; one; one = va_arg(args, const char *))
        decision_arguments.argv[argc++] = one;
    va_end(args);
    decision_arguments.argc = argc;
    policy_free(&decision_policy);
    policies_free(decision_actor.policies);
    decision_actor.policies = policies_open(NULL, decision_read_policy, &err);
    if (!decision_actor.policies || decision_read_policy(&decision_policy, &err))
        fail_msg("%s", err.text);
}

static inline void decision_forget_policy(void)
{
    policy_free(&decision_policy);
    policies_free(decision_actor.policies);
    decision_actor.policies = NULL;
}

static inline void decision_close_actor(void)
{
    budget_free(decision_actor.budget);
    control_free(decision_actor.control);
    reach_free(decision_actor.reach);
    decision_actor.budget = NULL;
    decision_actor.control = NULL;
    decision_actor.reach = NULL;
}

/* Nobody has done anything, and all is well. */
static inline void decision_open_actor(void)
{
    decision_close_actor();
    decision_actor.cluster = "prod";
    decision_actor.policy = &decision_policy;
    decision_actor.seal = &decision_seal;
    decision_actor.kube = api_server.kube;
    decision_actor.budget = budget_new("prod");
    decision_actor.control = control_new();
    decision_actor.reach = reach_new(NULL);
    reach_note(decision_actor.reach, NULL);
}

/* A document to be made. */
struct decision {
    const char *action; /* JSON without id and target */
    const char *target; /* JSON; NULL = Deployment shop/web */
    const char *key;    /* NULL = that of Deployment shop/web */
    int lap;            /* 0 = the first */
    json_t *tried;      /* of earlier laps, borrowed; NULL = none */
};

static inline json_t *decision_observed(const struct decision *decision)
{
    json_t *observed =
        api_json("{'at':'2026-11-23T10:00:05Z','class':'ImagePullBackOff','target':{'api_version':'apps/v1',"
                 "'kind':'Deployment','namespace':'shop','name':'web','uid':'d-uid','resource_version':'77'},"
                 "'pods':[{'name':'web-bad-x1','uid':'p-uid'}],'affected':1,"
                 "'onset':{'template_hash':'bad','revision':'4','new_revision':true,'good':"
                 "{'template_hash':'good','revision':'3','replica_set':'web-good'}},"
                 "'before':{'container':'app','memory_limit':'64Mi','memory_request':'32Mi'},'verdict':null,"
                 "'evidence':[{'ref':'E1','kind':'status','trust':'K','text':'t'},"
                 "{'ref':'E2','kind':'log','trust':'W','text':'t'}]}");
    if (decision->target)
        json_object_set_new(observed, "target", api_json(decision->target));
    if (decision->tried)
        json_object_set(observed, "tried", decision->tried);
    return observed;
}

static inline struct incident decision_make(const struct decision *decision)
{
    char id[ID_SIZE];
    int lap = decision->lap ? decision->lap : 1;
    AUTO_STRBUF text = {0};
    AUTO_FREE char *lap_text = xasprintf("%d", lap);
    AUTO_JSON *observed = decision_observed(decision);
    json_t *action = api_json(decision->action);
    id_derive(id, 'a', DECISION_ID, lap_text, "0", NULL);
    json_object_set_new(action, "id", json_string(id));
    json_object_set(action, "target", json_object_get(observed, "target"));
    AUTO_JSON *root =
        json_pack("{s:i, s:s, s:s, s:s, s:i, s:n, s:O, s:{s:s, s:s, s:[o], s:[{s:s, s:s}]}}", "v", 1, "id",
                  DECISION_ID, "key", decision->key ? decision->key : "prod/shop/Deployment/web", "opened_at",
                  "2026-11-23T10:00:00Z", "lap", lap, "follows", "observed", observed, "decided", "at",
                  "2026-11-23T10:00:06.000Z", "intent", "REMEDIATE", "actions", action, "evidence", "ref",
                  "E1", "quote", "t");
    struct incident incident;
    struct error err;
    json_write(root, &text);
    if (incident_read(text.data, text.len, &incident, &err))
        fail_msg("%s", err.text);
    return incident;
}

/* A document with this action, whose JSON lacks id and target. */
static inline struct incident decision_open(const char *action_json)
{
    return decision_make(&(struct decision){.action = action_json});
}

#define ROLLBACK "{'type':'rollback','to':{'template_hash':'good','revision':'3','replica_set':'web-good'}}"
#define RAISE                                                                                                \
    "{'type':'set_resources','container':'app','memory_limit':'128Mi','from':{'memory_limit':'64Mi'}}"
#define DELETE "{'type':'delete_pod','pod':{'name':'web-bad-x1','uid':'p-uid'}}"

#define RESTART "{'type':'restart_rollout'}"
#define SET_IMAGE                                                                                            \
    "{'type':'set_image','container':'app','to':{'template_hash':'good','replica_set':'web-good'}}"
#define SET_ENV                                                                                              \
    "{'type':'set_env','container':'app','variable':'MODE_2','to':{'template_hash':'good','replica_set':'"   \
    "web-good'}}"
#define SET_PROBE                                                                                            \
    "{'type':'set_probe','container':'app','probe':'liveness','field':'timeoutSeconds','value':'2',"         \
    "'from':{'value':'1'}}"
#define SCALE "{'type':'scale','replicas':'5','from':{'replicas':'3'}}"
#define QUARANTINE "{'type':'quarantine_namespace'}"
#define RESTORE "{'type':'restore_namespace'}"
#define UNDO "{'type':'undo','of':'a-00112233445566778899aabbccddeeff'}"

/* The id that decision_open() gives. */
static inline const char *decision_action_id(void)
{
    static char id[ID_SIZE];
    return id_derive(id, 'a', DECISION_ID, "1", "0", NULL);
}

static inline json_t *decision_action(const struct incident *incident)
{
    return json_array_get(json_at(incident->decided, "actions"), 0);
}

/* Puts the JSON (' for ") at a dotted path below object. */
static inline void decision_set(json_t *object, const char *path, const char *json)
{
    const char *dot = strrchr(path, '.');
    AUTO_FREE char *parent = dot ? xstrndup(path, (size_t)(dot - path)) : NULL;
    json_t *at = parent ? json_at(object, parent) : object;
    assert_non_null(at);
    json_object_set_new(at, dot ? dot + 1 : path, api_json(json));
}

/* What the actor makes of it. Fails the test on an error. */
static inline struct outcome decision_act(const struct incident *incident)
{
    struct outcome outcome = outcome_begin();
    struct error err;
    if (act(&decision_actor, incident, &outcome, &err))
        fail_msg("%s", err.text);
    return outcome;
}

/* Acts, and compares result and a part of the detail. */
static inline void decision_check(const struct incident *incident, enum result result, const char *says)
{
    AUTO_OUTCOME outcome = decision_act(incident);
    if (outcome.result != result || !strstr(strbuf_text(&outcome.detail), says))
        fail_msg("%s: \"%s\", not %s: \"%s\"", result_name(outcome.result), strbuf_text(&outcome.detail),
                 result_name(result), says);
}

#define TEMPLATE(image, labels)                                                                              \
    "{'metadata':{'labels':{'app':'web'" labels "}},'spec':{'containers':[{'name':'side','image':'s'},"      \
    "{'name':'app','image':'" image                                                                          \
    "','resources':{'limits':{'memory':'64Mi'},'requests':{'memory':'32Mi'}}}]}}"

/* The Deployment web with its good and its failing ReplicaSet, and a failing pod. */
static inline void decision_put_objects(void)
{
    api_server_put(NAMESPACE, "{'kind':'Namespace','metadata':{'name':'shop','uid':'n-uid','labels':{"
                              "'kubernetes.io/metadata.name':'shop','env':'prod'}}}");
    api_server_put(DEPLOYMENT,
                   "{'kind':'Deployment','metadata':{'name':'web','uid':'d-uid','annotations':{"
                   "'deployment.kubernetes.io/revision':'4','kubernetes.io/change-cause':'v2','team':'x'}},"
                   "'spec':{'replicas':3,'template':" TEMPLATE("web:2", "") "},'status':{}}");
    api_server_put(
        GOOD_SET,
        "{'metadata':{'uid':'g','labels':{'pod-template-hash':'good'},'annotations':{"
        "'deployment.kubernetes.io/revision':'3','kubernetes.io/change-cause':'v1'},'ownerReferences':["
        "{'kind':'Deployment','name':'web','uid':'d-uid','controller':true}]},'spec':{'template':" TEMPLATE(
            "web:1", ",'pod-template-hash':'good'") "}}");
    api_server_put(
        BAD_SET,
        "{'metadata':{'uid':'b','labels':{'pod-template-hash':'bad'},'ownerReferences':["
        "{'kind':'Deployment','name':'web','uid':'d-uid','controller':true}]},'spec':{'template':" TEMPLATE(
            "web:2", ",'pod-template-hash':'bad'") "}}");
    api_server_put(POD,
                   "{'metadata':{'name':'web-bad-x1','uid':'p-uid','ownerReferences':[{'kind':'ReplicaSet',"
                   "'name':'web-bad','uid':'b','controller':true}]},'spec':{}}");
}

static inline int decision_setup(void **state)
{
    api_server_reset(state);
    decision_put_objects();
    decision_set_policy(NULL);
    decision_open_actor();
    return 0;
}

static inline int decision_teardown(void **state)
{
    decision_forget_policy();
    decision_close_actor();
    return api_server_clear(state);
}
