/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replaces one pod: its controller makes a fresh one. Always by eviction: without a disruption budget that is
 * a delete, and with one the budget is asked in the same request, so that nothing can change between asking
 * and deleting; the right to delete pods is not needed.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
 */
#include <string.h>

#include "actor/action.h"
#include "actor/guard.h"
#include "actor/workload.h"
#include "common/base/alloc.h"

static char *words(const struct order *order)
{
    return xasprintf("pod %s/%s of %s %s", order->ns, order_text(order, "pod.name"), order->kind,
                     order->name);
}

/* The observer saw this very pod fail. */
static int is_plain(const struct order *order)
{
    const json_t *pods = json_object_get(order->incident->observed, "pods");
    for (size_t i = 0; i < json_array_size(pods); i++) {
        const char *uid = json_string_at(json_array_get(pods, i), "uid");
        if (uid && strcmp(uid, order_text(order, "pod.uid")) == 0)
            return 1;
    }
    return 0;
}

static int has_uid(const json_t *reference, const struct order *order)
{
    const char *uid = json_string_at(reference, "uid");
    return uid && strcmp(uid, order->uid) == 0;
}

/* Whether the pod's controller is the target, or a ReplicaSet of the target's: 1, 0, or -1 = err. */
static int belongs_to_target(struct kube *kube, const struct order *order, const json_t *pod,
                             struct error *err)
{
    const json_t *owner = guard_controller(pod);
    const char *kind = json_string_at(owner, "kind"), *name = json_string_at(owner, "name");
    AUTO_JSON *set = NULL;
    if (has_uid(owner, order) || !kind || !name || strcmp(kind, "ReplicaSet") != 0)
        return has_uid(owner, order);
    AUTO_FREE char *path = kube_path("/apis/apps/v1", order->ns, "replicasets", name, NULL);
    int found = kube_get(kube, path, &set, err);
    return found > 0 ? has_uid(guard_controller(set), order) : found;
}

/* The workload above may be of a kind that is not read; where it is, it has a say. */
static int check_workload(struct kube *kube, const struct order *order, struct outcome *outcome,
                          struct error *err)
{
    AUTO_JSON *workload = NULL;
    return workload_is_known(order) ? workload_read(kube, order, &workload, outcome, err) : 0;
}

/* 0 = *pod is the very pod; 1 = settled: there is nothing left to do; -1 = err. */
static int read_pod(struct kube *kube, const struct order *order, json_t **pod, struct outcome *outcome,
                    struct error *err)
{
    const char *name = order_text(order, "pod.name"), *uid = order_text(order, "pod.uid");
    AUTO_FREE char *path = kube_path("/api/v1", order->ns, "pods", name, NULL);
    int found = kube_get(kube, path, pod, err);
    if (found < 0)
        return workload_refusal(err, outcome);
    const char *found_uid = json_string_at(*pod, "metadata.uid");
    if (!found || !found_uid || strcmp(found_uid, uid) != 0)
        return outcome_settle(outcome, RESULT_ALREADY, "pod %s/%s (uid %s) is gone already", order->ns, name,
                              uid);
    if (json_at(*pod, "metadata.deletionTimestamp"))
        return outcome_settle(outcome, RESULT_ALREADY, "pod %s/%s is being deleted already", order->ns, name);
    AUTO_FREE char *what = xasprintf("pod %s/%s", order->ns, name);
    return guard_object(*pod, uid, what, outcome);
}

/* A pod that is being deleted can be evicted again, and the API server calls that a success: only its version tells one of two that
 * he was not the one. */
static void plan_eviction(const struct order *order, const json_t *pod, struct plan *plan)
{
    const char *name = order_text(order, "pod.name");
    char *path = kube_path("/api/v1", order->ns, "pods", name, "eviction");
    struct write *write = plan_write(plan, WRITE_EVICT, path, pod);
    json_decref(write->body);
    write->body = json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:{s:s, s:s*}}}", "apiVersion", "policy/v1", "kind",
                            "Eviction", "metadata", "name", name, "namespace", order->ns, "deleteOptions",
                            "preconditions", "uid", order_text(order, "pod.uid"), "resourceVersion",
                            json_string_at(pod, "metadata.resourceVersion"));
    plan->note = xstrdup("there is no undo: its controller makes a new pod");
}

static int plan(struct kube *kube, const struct policy *policy, const struct order *order, struct plan *out,
                struct outcome *outcome, struct error *err)
{
    (void)policy;
    AUTO_JSON *pod = NULL;
    int settled = read_pod(kube, order, &pod, outcome, err);
    if (settled == 0)
        settled = check_workload(kube, order, outcome, err);
    if (settled)
        return settled;
    int belongs = belongs_to_target(kube, order, pod, err);
    if (belongs < 0)
        return workload_refusal(err, outcome);
    if (!belongs)
        return outcome_settle(
            outcome, RESULT_REFUSED,
            "pod %s/%s has no controller that belongs to %s %s, so nothing would make it anew", order->ns,
            order_text(order, "pod.name"), order->kind, order->name);
    plan_eviction(order, pod, out);
    return 0;
}

const struct action action_delete_pod = {
    .type = ACTION_DELETE_POD,
    .would = "evict",
    .did = "evicted",
    .words = words,
    .fields = {{.path = "pod.name"}, {.path = "pod.uid"}},
    .is_plain = is_plain,
    .plan = plan,
};
