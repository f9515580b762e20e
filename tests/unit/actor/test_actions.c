/* SPDX-License-Identifier: Apache-2.0 */
/* What each action does to a template, and what it refuses. What all have in common is in test_act.c. */
#include "actor/action.h"

#include "tests/unit/actor/decision.h"

#define APPS "/apis/apps/v1/namespaces/shop/"
#define SET APPS "statefulsets/db"
#define DAEMONS APPS "daemonsets/agent"
#define SET_TARGET                                                                                           \
    "{'api_version':'apps/v1','kind':'StatefulSet','namespace':'shop','name':'db','uid':'s-uid'}"
#define DAEMON_TARGET                                                                                        \
    "{'api_version':'apps/v1','kind':'DaemonSet','namespace':'shop','name':'agent','uid':'a-uid'}"
#define OWNED_BY(kind, uid) "'ownerReferences':[{'kind':'" kind "','uid':'" uid "','controller':true}]"
#define ROLLBACK_SET "{'type':'rollback','to':{'template_hash':'db-1','revision':'1','replica_set':'db-1'}}"
#define ROLLBACK_DAEMONS                                                                                     \
    "{'type':'rollback','to':{'template_hash':'one','revision':'1','replica_set':'agent-one'}}"

/* A StatefulSet and a DaemonSet with their revisions; of each the second one fails. */
static void put_sets(void)
{
    api_server_put(SET,
                   "{'kind':'StatefulSet','metadata':{'name':'db','uid':'s-uid','annotations':{'team':'x'}},"
                   "'spec':{'replicas':3,'updateStrategy':{'type':'RollingUpdate'},'template':" TEMPLATE(
                       "db:2", "") "},'status':{}}");
    api_server_put(
        APPS "controllerrevisions/db-1",
        "{'metadata':{'name':'db-1','uid':'1'," OWNED_BY(
            "StatefulSet",
            "s-uid") "},'revision':1,"
                     "'data':{'spec':{'template':{'$patch':'replace','metadata':{'creationTimestamp':null,"
                     "'labels':{'app':'db'}},'spec':{'containers':[{'name':'app','image':'db:1'}]}}}}}");
    api_server_put(
        APPS "controllerrevisions/db-2",
        "{'metadata':{'name':'db-2','uid':'2'," OWNED_BY(
            "StatefulSet", "s-uid") "},'revision':2,'data':{'spec':{'template':" TEMPLATE("db:2", "") "}}}");
    decision_set(json_at(api_server_get(APPS "controllerrevisions/db-2"), "data.spec.template"), "$patch",
                 "'replace'");
    api_server_put(
        DAEMONS, "{'kind':'DaemonSet','metadata':{'name':'agent','uid':'a-uid'},'spec':{'template':" TEMPLATE(
                     "agent:2", "") "},'status':{}}");
    api_server_put(APPS "controllerrevisions/agent-one",
                   "{'metadata':{'name':'agent-one','labels':{'controller-revision-hash':'one'}," OWNED_BY(
                       "DaemonSet", "a-uid") "},'data':{'spec':{'template':{'$patch':'replace','metadata':{},"
                                             "'spec':{'containers':[{'name':'app','image':'agent:1'}]}}}}}");
    api_server_put(APPS "controllerrevisions/agent-two",
                   "{'metadata':{'name':'agent-two','labels':{'controller-revision-hash':'two'}," OWNED_BY(
                       "DaemonSet", "a-uid") "},'data':{'spec':{'template':" TEMPLATE("agent:2", "") "}}}");
    decision_set(json_at(api_server_get(APPS "controllerrevisions/agent-two"), "data.spec.template"),
                 "$patch", "'replace'");
}

static struct incident open_set(const char *action)
{
    struct incident incident = decision_make(
        &(struct decision){.action = action, .target = SET_TARGET, .key = "prod/shop/StatefulSet/db"});
    decision_set((json_t *)(uintptr_t)incident.observed, "onset.template_hash", "'db-2'");
    return incident;
}

static struct incident open_daemons(const char *action)
{
    struct incident incident = decision_make(
        &(struct decision){.action = action, .target = DAEMON_TARGET, .key = "prod/shop/DaemonSet/agent"});
    decision_set((json_t *)(uintptr_t)incident.observed, "onset.template_hash", "'two'");
    return incident;
}

static void trust_all(void)
{
    decision_set_policy(
        "--policy-actions",
        "rollback=auto,restart_rollout=auto,set_resources=auto,set_image=auto,set_env=auto,"
        "set_probe=auto,scale=auto,quarantine_namespace=auto,restore_namespace=auto,undo=auto",
        NULL);
}

static int setup(void **state)
{
    decision_setup(state);
    put_sets();
    trust_all();
    return 0;
}

static void reset(void **state)
{
    api_server_reset(state);
    decision_put_objects();
    put_sets();
}

static const json_t *container_of(const char *path, size_t index)
{
    return json_array_get(json_at(api_server_get(path), "spec.template.spec.containers"), index);
}

static const char *image_of(const char *path)
{
    const char *image = json_string_at(container_of(path, 1), "image");
    return image ? image : json_string_at(container_of(path, 0), "image");
}

static void check_undo(const struct outcome *outcome, const char *json)
{
    AUTO_JSON *undo = api_json(json);
    if (!json_equal(outcome->undo, undo))
        fail_msg("%s is not %s", json_dumps(outcome->undo, JSON_ENCODE_ANY), json);
}

static void test_rollback_of_sets(void **state)
{
    (void)state;
    AUTO_INCIDENT set = open_set(ROLLBACK_SET);
    AUTO_INCIDENT daemons = open_daemons(ROLLBACK_DAEMONS);
    AUTO_OUTCOME of_set = decision_act(&set);
    assert_string_equal(strbuf_text(&of_set.detail),
                        "rolled back StatefulSet shop/db to ControllerRevision db-1 (revision 1)");
    assert_string_equal(image_of(SET), "db:1");
    assert_null(json_at(api_server_get(SET), "spec.template.$patch"));
    assert_int_equal(json_integer_at(api_server_get(SET), "spec.replicas", 0), 3);
    assert_string_equal(json_string_at(api_server_get(SET), "metadata.annotations.team"), "x");
    check_undo(&of_set,
               "{'type':'rollback','to':{'template_hash':'db-2','revision':'4','replica_set':'db-2'}}");
    decision_check(&set, RESULT_ALREADY, "its mark is on the object");
    AUTO_OUTCOME of_daemons = decision_act(&daemons);
    assert_int_equal(of_daemons.result, RESULT_DONE);
    assert_string_equal(image_of(DAEMONS), "agent:1");
    check_undo(&of_daemons,
               "{'type':'rollback','to':{'template_hash':'two','revision':'4','replica_set':'agent-two'}}");
}

static void test_guards_of_a_rollback_of_sets(void **state)
{
    static const struct {
        const char *object, *path, *json;
        enum result result;
        const char *says;
    } cases[] = {
        {SET, "metadata.uid", "'other'", RESULT_FAILED, "replaced"},
        {SET, "spec.template.spec.hostname", "'x'", RESULT_REFUSED, "somebody is at work"},
        {APPS "controllerrevisions/db-1", "metadata.ownerReferences", "[]", RESULT_REFUSED, "is not the one"},
        {APPS "controllerrevisions/db-1", "metadata.name", "'db-9'", RESULT_REFUSED, "is not the one"},
        {APPS "controllerrevisions/db-1", "data.spec.template.$patch", "'merge'", RESULT_REFUSED,
         "no whole template"},
        {APPS "controllerrevisions/db-1", "data", "{}", RESULT_REFUSED, "no whole template"},
        {APPS "controllerrevisions/db-2", "metadata.ownerReferences", "[]", RESULT_REFUSED, "is not the one"},
        {SET, "spec.updateStrategy", "{'type':'OnDelete'}", RESULT_DONE, "OnDelete"},
        {SET, "spec.updateStrategy", "{'rollingUpdate':{'partition':2}}", RESULT_DONE, "partition is 2"},
        {SET, "status", "{'currentRevision':'db-1','updateRevision':'db-2','readyReplicas':2}", RESULT_DONE,
         "it has to be deleted"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        reset(state);
        decision_set(api_server_get(cases[i].object), cases[i].path, cases[i].json);
        AUTO_INCIDENT incident = open_set(ROLLBACK_SET);
        decision_check(&incident, cases[i].result, cases[i].says);
        assert_int_equal(api_server_effects(), cases[i].result == RESULT_DONE);
    }
}

static void test_template_that_nobody_knows(void **state)
{
    (void)state;
    static const char *const actions_json[] = {ROLLBACK, RESTART, SET_IMAGE, SET_ENV};
    for (size_t i = 0; i < COUNT_OF(actions_json); i++) {
        AUTO_INCIDENT incident = decision_open(actions_json[i]);
        decision_set(incident.root, "observed.onset.template_hash", "null");
        decision_check(&incident, RESULT_REFUSED, "does not say which template");
    }
    assert_int_equal(api_server_effects(), 0);
}

static void test_restart_as_kubectl_does_it(void **state)
{
    (void)state;
    decision_set(api_server_get(DEPLOYMENT), "spec.template.metadata.annotations", "{'a':'b'}");
    decision_set(api_server_get(BAD_SET), "spec.template.metadata.annotations", "{'a':'b'}");
    AUTO_INCIDENT incident = decision_open(RESTART);
    AUTO_OUTCOME outcome = decision_act(&incident);
    const json_t *annotations = json_at(api_server_get(DEPLOYMENT), "spec.template.metadata.annotations");
    assert_string_equal(strbuf_text(&outcome.detail), "restarted the pods of Deployment shop/web");
    assert_string_equal(json_string_value(json_object_get(annotations, "kubectl.kubernetes.io/restartedAt")),
                        "2026-11-23T10:00:06.000Z");
    assert_string_equal(json_string_at(annotations, "a"), "b");
    assert_string_equal(image_of(DEPLOYMENT), "web:2");
    check_undo(&outcome,
               "{'type':'rollback','to':{'template_hash':'bad','revision':'4','replica_set':'web-bad'}}");
    decision_check(&incident, RESULT_ALREADY, "its mark is on the object");
    assert_int_equal(api_server_effects(), 1);
}

static void test_restart_where_the_document_knows_no_time(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(RESTART);
    decision_set(incident.root, "decided.at", "'soon'");
    decision_check(&incident, RESULT_DONE, "restarted");
}

/* One change of the objects, and what becomes of the action. */
struct hindrance {
    const char *action, *object, *path, *json;
    enum result result;
    const char *says;
};

static void check_hindrances(void **state, const struct hindrance *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        reset(state);
        decision_set(api_server_get(cases[i].object), cases[i].path, cases[i].json);
        AUTO_INCIDENT incident = decision_open(cases[i].action);
        decision_check(&incident, cases[i].result, cases[i].says);
        if (cases[i].result != RESULT_DONE)
            assert_int_equal(api_server_effects(), 0);
    }
}

static void test_whoever_else_rules_a_workload(void **state)
{
    static const char *const actions_json[] = {RESTART, RAISE, SET_IMAGE, SET_ENV, SET_PROBE, SCALE};
    for (size_t i = 0; i < COUNT_OF(actions_json); i++) {
        const struct hindrance cases[] = {
            {actions_json[i], DEPLOYMENT, "metadata.uid", "'other'", RESULT_FAILED, "replaced"},
            {actions_json[i], DEPLOYMENT, "spec.paused", "true", RESULT_REFUSED, "paused"},
            {actions_json[i], DEPLOYMENT, "metadata.labels", "{'argocd.argoproj.io/instance':'x'}",
             RESULT_REFUSED, "Argo CD"},
            {actions_json[i], DEPLOYMENT, "metadata.ownerReferences",
             "[{'kind':'Shop','name':'s','uid':'o','controller':true}]", RESULT_REFUSED, "Shop s"},
            {actions_json[i], DEPLOYMENT, "metadata.labels", "{'aegiops.io/ignore':'true'}", RESULT_REFUSED,
             "aegiops.io/ignore"},
        };
        check_hindrances(state, cases, COUNT_OF(cases));
    }
}

static void test_restart_guards(void **state)
{
    static const struct hindrance cases[] = {
        {RESTART, DEPLOYMENT, "spec.template.spec.hostname", "'x'", RESULT_REFUSED, "somebody is at work"},
        {RESTART, DEPLOYMENT, "metadata.generation", "7", RESULT_DONE, "restarted"},
    };
    check_hindrances(state, cases, COUNT_OF(cases));
    reset(state);
    decision_set(api_server_get(SET), "spec.updateStrategy.type", "'OnDelete'");
    AUTO_INCIDENT incident = open_set(RESTART);
    decision_check(&incident, RESULT_REFUSED, "OnDelete");
}

static const char resources_now[] =
    "{'limits':{'memory':'64Mi','cpu':'500m'},'requests':{'memory':'32Mi','cpu':'100m'}}";

static void test_bounds_of_resources(void **state)
{
    static const struct {
        const char *fields;
        enum result result;
        const char *says;
    } cases[] = {
        {"'cpu_limit':'1','from':{'cpu_limit':'500m'}", RESULT_DONE,
         "raised the CPU limit of container app of Deployment shop/web from 500m to 1"},
        {"'cpu_limit':'1','from':{'cpu_limit':'0.5'}", RESULT_DONE, "raised"},
        {"'cpu_limit':'1001m','from':{'cpu_limit':'500m'}", RESULT_REFUSED, "twice"},
        {"'cpu_limit':'400m','from':{'cpu_limit':'500m'}", RESULT_REFUSED, "twice"},
        {"'cpu_request':'200m','from':{'cpu_request':'100m'}", RESULT_DONE, "CPU request"},
        {"'cpu_request':'200m','from':{'cpu_request':'150m'}", RESULT_REFUSED, "is 100m by now, not 150m"},
        {"'memory_request':'64Mi','from':{'memory_request':'32Mi'}", RESULT_DONE, "memory request"},
        {"'memory_request':'65Mi','from':{'memory_request':'32Mi'}", RESULT_REFUSED, "twice"},
        {"'memory_request':'128Mi','memory_limit':'128Mi','from':{'memory_request':'32Mi','memory_limit':'"
         "64Mi'}",
         RESULT_REFUSED, "twice"},
        {"'memory_request':'64Mi','memory_limit':'128Mi','from':{'memory_request':'32Mi','memory_limit':'"
         "64Mi'}",
         RESULT_DONE,
         "raised the memory limit of container app of Deployment shop/web from 64Mi to 128Mi, the memory "
         "request "
         "from 32Mi to 64Mi"},
        {"'memory_limit':'64Mi','cpu_limit':'500m','from':{'memory_limit':'32Mi','cpu_limit':'250m'}",
         RESULT_ALREADY, "already"},
        {"'memory_limit':'64Mi','cpu_limit':'1','from':{'memory_limit':'32Mi','cpu_limit':'500m'}",
         RESULT_DONE, "raised"},
        {"'memory_limit':'9999999999999999999','from':{'memory_limit':'64Mi'}", RESULT_REFUSED, "twice"},
        {"'cpu_limit':'lots','from':{'cpu_limit':'500m'}", RESULT_REFUSED, "twice"},
        {"'from':{}", RESULT_REFUSED, "names no quantity"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        reset(state);
        AUTO_FREE char *action = xasprintf("{'type':'set_resources','container':'app',%s}", cases[i].fields);
        decision_set((json_t *)(uintptr_t)container_of(DEPLOYMENT, 1), "resources", resources_now);
        AUTO_INCIDENT incident = decision_open(action);
        decision_check(&incident, cases[i].result, cases[i].says);
        assert_int_equal(api_server_effects(), cases[i].result == RESULT_DONE);
    }
}

static void test_request_stays_below_its_limit(void **state)
{
    (void)state;
    decision_set((json_t *)(uintptr_t)container_of(DEPLOYMENT, 1), "resources",
                 "{'limits':{'cpu':'150m'},'requests':{'cpu':'100m'}}");
    AUTO_INCIDENT incident = decision_open(
        "{'type':'set_resources','container':'app','cpu_request':'200m','from':{'cpu_request':'100m'}}");
    decision_check(&incident, RESULT_REFUSED, "the CPU request of 200m is above 150m");
    AUTO_INCIDENT unset = decision_open(
        "{'type':'set_resources','container':'app','memory_request':'2Gi','from':{'memory_request':'1Gi'}}");
    decision_check(&unset, RESULT_REFUSED, "no memory request that could be raised");
}

static void test_resources_of_an_init_container(void **state)
{
    (void)state;
    decision_set(api_server_get(DEPLOYMENT), "spec.template.spec.initContainers",
                 "[{'name':'a'},{'name':'setup','resources':{'limits':{'memory':'8Mi'}}}]");
    AUTO_INCIDENT incident = decision_open(
        "{'type':'set_resources','container':'setup','memory_limit':'16Mi','from':{'memory_limit':'8Mi'}}");
    AUTO_OUTCOME outcome = decision_act(&incident);
    const json_t *list = json_at(api_server_get(DEPLOYMENT), "spec.template.spec.initContainers");
    assert_int_equal(outcome.result, RESULT_DONE);
    assert_string_equal(json_string_at(json_array_get(list, 1), "resources.limits.memory"), "16Mi");
    check_undo(&outcome, "{'type':'set_resources','container':'setup','memory_limit':'8Mi','from':{'memory_"
                         "limit':'16Mi'}}");
}

static void test_image_of_an_older_revision(void **state)
{
    (void)state;
    AUTO_INCIDENT incident = decision_open(SET_IMAGE);
    AUTO_OUTCOME outcome = decision_act(&incident);
    assert_string_equal(
        strbuf_text(&outcome.detail),
        "set the image of container app of Deployment shop/web to that of ReplicaSet web-good");
    assert_string_equal(image_of(DEPLOYMENT), "web:1");
    check_undo(&outcome,
               "{'type':'set_image','container':'app','to':{'template_hash':'bad','replica_set':'web-bad'}}");
    decision_check(&incident, RESULT_ALREADY, "its mark is on the object");
    AUTO_OUTCOME again = decision_act(&incident);
    assert_true(json_equal(again.undo, outcome.undo));
    assert_int_equal(api_server_effects(), 1);
}

static void test_image_guards(void **state)
{
    static const struct hindrance cases[] = {
        {SET_IMAGE, DEPLOYMENT, "spec.template.spec.hostname", "'x'", RESULT_REFUSED, "somebody is at work"},
        {SET_IMAGE, GOOD_SET, "metadata.ownerReferences", "[]", RESULT_REFUSED, "is not the one"},
        {SET_IMAGE, GOOD_SET, "spec.template.spec.containers", "[{'name':'x'}]", RESULT_REFUSED,
         "web-good has no container app"},
        {SET_IMAGE, GOOD_SET, "spec.template.spec.containers", "[{'name':'app'}]", RESULT_REFUSED,
         "no image"},
        {SET_IMAGE, GOOD_SET, "spec.template.spec.containers", "[{'name':'app','image':'web:2'}]",
         RESULT_ALREADY, "is web:2 already"},
        {SET_IMAGE, DEPLOYMENT, "spec.template.spec.containers", "[]", RESULT_FAILED, "has no container app"},
    };
    check_hindrances(state, cases, COUNT_OF(cases));
}

/* Both templates have these variables, as what fails is what the Deployment has. */
static void set_env(const char *now, const char *then)
{
    static const char *const failing[] = {DEPLOYMENT, BAD_SET};
    for (size_t i = 0; now && i < COUNT_OF(failing); i++)
        decision_set((json_t *)(uintptr_t)container_of(failing[i], 1), "env", now);
    if (then)
        decision_set((json_t *)(uintptr_t)container_of(GOOD_SET, 1), "env", then);
}

static void test_variable_as_another_revision_has_it(void **state)
{
    static const struct {
        const char *now, *then, *after;
        enum result result;
    } cases[] = {
        {"[{'name':'A','value':'1'},{'name':'MODE_2','value':'bad'}]", "[{'name':'MODE_2','value':'good'}]",
         "[{'name':'A','value':'1'},{'name':'MODE_2','value':'good'}]", RESULT_DONE},
        {"[{'name':'MODE_2','value':'bad'},{'name':'A','value':'1'}]", "[]", "[{'name':'A','value':'1'}]",
         RESULT_DONE},
        {"[{'name':'A','value':'1'}]",
         "[{'name':'MODE_2','valueFrom':{'secretKeyRef':{'name':'s','key':'k'}}}]",
         "[{'name':'A','value':'1'},{'name':'MODE_2','valueFrom':{'secretKeyRef':{'name':'s','key':'k'}}}]",
         RESULT_DONE},
        {NULL, "[{'name':'MODE_2','value':'good'}]", "[{'name':'MODE_2','value':'good'}]", RESULT_DONE},
        {"[{'name':'MODE_2','value':'x'}]", "[{'name':'MODE_2','value':'x'}]", NULL, RESULT_ALREADY},
        {"[{'name':'A','value':'1'}]", NULL, NULL, RESULT_ALREADY},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        reset(state);
        set_env(cases[i].now, cases[i].then);
        AUTO_INCIDENT incident = decision_open(SET_ENV);
        decision_check(&incident, cases[i].result, "MODE_2");
        assert_int_equal(api_server_effects(), cases[i].result == RESULT_DONE);
        if (!cases[i].after)
            continue;
        AUTO_JSON *after = api_json(cases[i].after);
        assert_true(json_equal(json_object_get(container_of(DEPLOYMENT, 1), "env"), after));
    }
}

static void test_values_of_variables_are_not_shown(void **state)
{
    (void)state;
    set_env("[{'name':'MODE_2','value':'hush-now'}]", "[{'name':'MODE_2','value':'hush-then'}]");
    AUTO_INCIDENT incident = decision_open(SET_ENV);
    AUTO_OUTCOME outcome = decision_act(&incident);
    AUTO_JSON *section = outcome_section(&outcome);
    char *text = json_dumps(section, 0);
    assert_null(strstr(text, "hush"));
    free(text);
    check_undo(&outcome,
               "{'type':'set_env','container':'app','variable':'MODE_2','to':{'template_hash':'bad',"
               "'replica_set':'web-bad'}}");
}

static void test_bounds_of_a_probe(void **state)
{
    static const struct {
        const char *probe, *field, *from, *value;
        enum result result;
        const char *says;
    } cases[] = {
        {"liveness", "timeoutSeconds", "1", "2", RESULT_DONE, "raised timeoutSeconds of the liveness probe"},
        {"liveness", "failureThreshold", "3", "6", RESULT_DONE, "raised"},
        {"liveness", "failureThreshold", "3", "7", RESULT_REFUSED, "twice"},
        {"liveness", "failureThreshold", "3", "2", RESULT_REFUSED, "twice"},
        {"liveness", "failureThreshold", "2", "4", RESULT_REFUSED, "is 3 by now, not 2"},
        {"liveness", "failureThreshold", "2", "3", RESULT_ALREADY, "is 3 already"},
        {"liveness", "initialDelaySeconds", "0", "5", RESULT_REFUSED, "has no initialDelaySeconds"},
        {"liveness", "successThreshold", "1", "2", RESULT_REFUSED, "no number of a probe"},
        {"liveness", "exec", "1", "2", RESULT_REFUSED, "no number of a probe"},
        {"readiness", "timeoutSeconds", "1", "2", RESULT_REFUSED, "has no timeoutSeconds"},
        {"lifecycle", "timeoutSeconds", "1", "2", RESULT_REFUSED, "no lifecycle probe"},
        {"liveness", "timeoutSeconds", "1", "0", RESULT_REFUSED, "no count"},
        {"liveness", "timeoutSeconds", "1", "2s", RESULT_REFUSED, "no count"},
        {"liveness", "timeoutSeconds", "1", "99999999999999999999", RESULT_REFUSED, "no count"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        reset(state);
        AUTO_FREE char *action =
            xasprintf("{'type':'set_probe','container':'app','probe':'%s','field':'%s','value':'%s',"
                      "'from':{'value':'%s'}}",
                      cases[i].probe, cases[i].field, cases[i].value, cases[i].from);
        decision_set((json_t *)(uintptr_t)container_of(DEPLOYMENT, 1), "livenessProbe",
                     "{'timeoutSeconds':1,'failureThreshold':3}");
        AUTO_INCIDENT incident = decision_open(action);
        decision_check(&incident, cases[i].result, cases[i].says);
        assert_int_equal(api_server_effects(), cases[i].result == RESULT_DONE);
    }
}

static void test_probe_is_one_number(void **state)
{
    (void)state;
    decision_set((json_t *)(uintptr_t)container_of(DEPLOYMENT, 1), "livenessProbe", "{'timeoutSeconds':1}");
    AUTO_INCIDENT incident = decision_open(SET_PROBE);
    AUTO_OUTCOME outcome = decision_act(&incident);
    assert_int_equal(json_integer_at(container_of(DEPLOYMENT, 1), "livenessProbe.timeoutSeconds", 0), 2);
    check_undo(&outcome, "{'type':'set_probe','container':'app','probe':'liveness','field':'timeoutSeconds',"
                         "'value':'1','from':{'value':'2'}}");
}

static void test_when_a_restart_needs_nobody(void **state)
{
    (void)state;
    static const struct {
        const char *path, *json;
        int is_plain;
    } cases[] = {
        {"class", "'ReadinessProbeFailed'", 1},
        {"class", "'LivenessProbeFailed'", 1},
        {"class", "'CrashLoopBackOff'", 0},
        {"class", "'CreateContainerConfigError'", 0},
        {"onset.new_revision", "true", 0},
        {"onset.new_revision", "null", 0},
        {"affected", "1", 0},
        {"affected", "3", 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_INCIDENT incident = decision_open(RESTART);
        json_t *observed = json_object_get(incident.root, "observed");
        struct order order = {.incident = &incident};
        decision_set(observed, "class", "'ReadinessProbeFailed'");
        decision_set(observed, "onset.new_revision", "false");
        decision_set(observed, "affected", "2");
        decision_set(observed, cases[i].path, cases[i].json);
        assert_int_equal(action_restart_rollout.is_plain(&order), cases[i].is_plain);
    }
}

static void test_what_always_needs_somebody(void **state)
{
    (void)state;
    static const char *const actions_json[] = {SET_IMAGE, SET_ENV, SET_PROBE, SCALE};
    decision_set_policy(NULL);
    decision_set((json_t *)(uintptr_t)container_of(DEPLOYMENT, 1), "livenessProbe", "{'timeoutSeconds':1}");
    decision_set((json_t *)(uintptr_t)container_of(BAD_SET, 1), "livenessProbe", "{'timeoutSeconds':1}");
    set_env("[{'name':'MODE_2','value':'x'}]", NULL);
    for (size_t i = 0; i < COUNT_OF(actions_json); i++) {
        AUTO_INCIDENT incident = decision_open(actions_json[i]);
        decision_check(&incident, RESULT_PROPOSED, "would ");
    }
    assert_int_equal(api_server_effects(), 0);
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, decision_teardown)
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_rollback_of_sets),
        WITH_SERVER(test_guards_of_a_rollback_of_sets),
        WITH_SERVER(test_template_that_nobody_knows),
        WITH_SERVER(test_restart_as_kubectl_does_it),
        WITH_SERVER(test_restart_where_the_document_knows_no_time),
        WITH_SERVER(test_whoever_else_rules_a_workload),
        WITH_SERVER(test_restart_guards),
        WITH_SERVER(test_bounds_of_resources),
        WITH_SERVER(test_request_stays_below_its_limit),
        WITH_SERVER(test_resources_of_an_init_container),
        WITH_SERVER(test_image_of_an_older_revision),
        WITH_SERVER(test_image_guards),
        WITH_SERVER(test_variable_as_another_revision_has_it),
        WITH_SERVER(test_values_of_variables_are_not_shown),
        WITH_SERVER(test_bounds_of_a_probe),
        WITH_SERVER(test_probe_is_one_number),
        WITH_SERVER(test_when_a_restart_needs_nobody),
        WITH_SERVER(test_what_always_needs_somebody),
    };
    return cmocka_run_group_tests_name("actor/actions", tests, api_server_open, api_server_close);
}
