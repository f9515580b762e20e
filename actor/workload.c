/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/workload.h"

#include <string.h>

#include "actor/guard.h"
#include "actor/writer.h"
#include "common/base/alloc.h"

#define API_VERSION "apps/v1"
#define API "/apis/" API_VERSION

static const struct kind {
    const char *kind, *resource;
} kinds[] = {{"Deployment", "deployments"}, {"StatefulSet", "statefulsets"}, {"DaemonSet", "daemonsets"}};

static const char *resource_of(const struct order *order)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(order->kind, kinds[i].kind) == 0 && order->api_version &&
            strcmp(order->api_version, API_VERSION) == 0)
            return kinds[i].resource;
    return NULL;
}

int workload_is_known(const struct order *order)
{
    return resource_of(order) != NULL;
}

char *workload_path(const struct order *order, const char *subresource)
{
    return kube_path(API, order->ns, resource_of(order), order->name, subresource);
}

char *workload_words(const struct order *order)
{
    return xasprintf("%s %s/%s", order->kind, order->ns, order->name);
}

int workload_refusal(struct error *err, struct outcome *outcome)
{
    if (err->status == 403)
        err->kind = ERROR_RETRY;
    if (err->kind != ERROR_REJECT)
        return -1;
    return outcome_settle(outcome, RESULT_FAILED, "%s%s", err->status ? "the API server refuses: " : "",
                          err->text);
}

static const char *annotation(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(json_at(object, "metadata.annotations"), name));
    return text ? text : "";
}

int workload_is_marked(const json_t *object, const char *action_id)
{
    return strcmp(annotation(object, ACTION_MARK), action_id) == 0;
}

/* Whoever wrote the mark wrote the way back beside it. */
static json_t *marked_undo(const json_t *object)
{
    struct error unreadable;
    const char *text = annotation(object, UNDO_MARK);
    return *text ? json_read(text, strlen(text), &unreadable) : NULL;
}

static int settle_marked(const struct order *order, const json_t *object, struct outcome *outcome)
{
    AUTO_FREE char *words = order->action->words(order);
    json_decref(outcome->undo);
    outcome->undo = marked_undo(object);
    return outcome_settle(outcome, RESULT_ALREADY,
                          "%s %s: an earlier try had done it, its mark is on the object", order->action->did,
                          words);
}

/* Generations count the changes of a specification, also those that managedFields do not know. */
static int is_unchanged(const json_t *object)
{
    AUTO_FREE char *now = xasprintf("%lld", json_integer_at(object, "metadata.generation", 0));
    return strcmp(annotation(object, GENERATION_MARK), now) == 0;
}

int workload_check_undo(const json_t *object, const struct order *order, const char *what,
                        struct outcome *outcome)
{
    const char *writer = writer_since(object);
    if (!order->undoes)
        return 0;
    if (!workload_is_marked(object, order->undoes))
        return outcome_settle(outcome, RESULT_REFUSED,
                              "the action %s is not the last one on %s (its mark is \"%.64s\")",
                              order->undoes, what, annotation(object, ACTION_MARK));
    if (!is_unchanged(object))
        return outcome_settle(outcome, RESULT_REFUSED, "%s has been changed since the action %s, by %.100s",
                              what, order->undoes,
                              writer ? writer : "somebody whom its managedFields do not name");
    return 0;
}

int workload_read(struct kube *kube, const struct order *order, json_t **out, struct outcome *outcome,
                  struct error *err)
{
    AUTO_FREE char *words = workload_words(order);
    AUTO_JSON *object = NULL;
    if (!workload_is_known(order))
        return outcome_settle(outcome, RESULT_REFUSED,
                              "%s is of a kind whose template AegiOps does not patch", words);
    AUTO_FREE char *path = workload_path(order, NULL);
    int found = kube_get(kube, path, &object, err);
    if (found < 0)
        return workload_refusal(err, outcome);
    if (!found)
        return outcome_settle(outcome, RESULT_FAILED, "%s is gone", words);
    if (workload_is_marked(object, order->id))
        return settle_marked(order, object, outcome);
    if (guard_object(object, order->uid, words, outcome) ||
        workload_check_undo(object, order, words, outcome))
        return 1;
    *out = STEAL(object);
    return 0;
}

int workload_read_for_patch(struct kube *kube, const struct order *order, json_t **out,
                            struct outcome *outcome, struct error *err)
{
    AUTO_FREE char *words = workload_words(order);
    int settled = workload_read(kube, order, out, outcome, err);
    return settled ? settled : guard_specification(*out, words, outcome);
}

int workload_container(const struct order *order, const json_t *workload, struct container *out,
                       struct outcome *outcome)
{
    const char *name = order_text(order, "container");
    AUTO_FREE char *words = workload_words(order);
    if (template_container(json_at(workload, "spec.template"), name, out))
        return 0;
    return outcome_settle(outcome, RESULT_FAILED, "%s has no container %s", words, name);
}

int workload_is_on_delete(const json_t *workload)
{
    const char *type = json_string_at(workload, "spec.updateStrategy.type");
    return type && strcmp(type, "OnDelete") == 0;
}

/* One pod at a time, and none behind one that is not ready: also when the template has been put right since.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback */
static int is_stuck(const json_t *workload)
{
    const char *now = json_string_at(workload, "status.currentRevision");
    const char *next = json_string_at(workload, "status.updateRevision");
    return now && next && strcmp(now, next) != 0 &&
           json_integer_at(workload, "status.readyReplicas", 0) <
               json_integer_at(workload, "spec.replicas", 1);
}

char *workload_rollout_note(const struct order *order, const json_t *workload)
{
    long long partition = json_integer_at(workload, "spec.updateStrategy.rollingUpdate.partition", 0);
    if (workload_is_on_delete(workload))
        return xstrdup("its update strategy is OnDelete: each pod gets the template when it is deleted");
    if (partition > 0)
        return xasprintf("its partition is %lld: only pods of that number and above get the template",
                         partition);
    if (strcmp(order->kind, "StatefulSet") == 0 && is_stuck(workload))
        return xstrdup(
            "its rollout is stuck at a pod that is not ready, and Kubernetes does not replace that one: "
            "it has to be deleted");
    return NULL;
}
