/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a Deployment back to the template of an older ReplicaSet, as `kubectl rollout undo` does: the
 * template without its hash, and the annotations that the ReplicaSet had. The number of replicas is not
 * touched. https://github.com/kubernetes/kubectl/blob/v0.36.0/pkg/polymorphichelpers/rollback.go
 */
#include <string.h>

#include "actor/action.h"
#include "actor/guard.h"
#include "actor/workload.h"
#include "common/base/alloc.h"

#define HASH_LABEL "pod-template-hash"

/* Annotations that belong to the object that bears them, not to its template. */
static const char *const own_annotations[] = {
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
};

static char *words(const struct order *order)
{
    const char *revision = order_text(order, "to.revision");
    return xasprintf("%s %s/%s to ReplicaSet %s%s%s%s", order->kind, order->ns, order->name,
                     order_text(order, "to.replica_set"), *revision ? " (revision " : "", revision,
                     *revision ? ")" : "");
}

static const char *observed_text(const struct order *order, const char *path)
{
    const char *text = json_string_at(order->incident->observed, path);
    return text ? text : "";
}

/* The failure came with a new revision, and this is the one before it that ran well. */
static int is_plain(const struct order *order)
{
    return json_true_at(order->incident->observed, "onset.new_revision") &&
           strcmp(observed_text(order, "onset.good.template_hash"), order_text(order, "to.template_hash")) ==
               0 &&
           strcmp(observed_text(order, "onset.good.replica_set"), order_text(order, "to.replica_set")) == 0;
}

/* Reads a ReplicaSet that must be the Deployment's and have the hash. 0 = *out; 1 = settled; -1 = err. */
static int read_set(struct kube *kube, const struct order *order, const char *name, const char *hash,
                    json_t **out, struct outcome *outcome, struct error *err)
{
    AUTO_FREE char *path = kube_path("/apis/apps/v1", order->ns, "replicasets", name, NULL);
    int found = kube_get(kube, path, out, err);
    if (found < 0)
        return workload_refusal(err, outcome);
    if (!found)
        return outcome_settle(outcome, RESULT_FAILED, "ReplicaSet %s/%s is gone", order->ns, name);
    const char *owner = json_string_at(guard_controller(*out), "uid");
    const json_t *labels = json_at(*out, "metadata.labels");
    const char *found_hash = json_string_value(json_object_get(labels, HASH_LABEL));
    if (!owner || strcmp(owner, order->uid) != 0 || !found_hash || strcmp(found_hash, hash) != 0)
        return outcome_settle(outcome, RESULT_REFUSED,
                              "ReplicaSet %s/%s is not the one of %s %s with the hash %s", order->ns, name,
                              order->kind, order->name, hash);
    return 0;
}

static json_t *template_of(const json_t *set)
{
    json_t *template = json_deep_copy(json_at(set, "spec.template"));
    json_object_del(json_at(template, "metadata.labels"), HASH_LABEL);
    return template;
}

static int is_own(const char *key)
{
    for (size_t i = 0; i < COUNT_OF(own_annotations); i++)
        if (strcmp(key, own_annotations[i]) == 0)
            return 1;
    return 0;
}

/* Adds those annotations of object that are its own, or those that are not. */
static void add_annotations(json_t *to, const json_t *object, int own)
{
    const char *key;
    json_t *value;
    json_object_foreach(json_at(object, "metadata.annotations"), key, value)
    {
        if (is_own(key) == own)
            json_object_set(to, key, value);
    }
}

/* The failing template, by which a later undo would find the way back. */
static json_t *undo(const struct order *order, const char *failing_set)
{
    return json_pack("{s:s, s:{s:s, s:s, s:s}}", "type", ACTION_ROLLBACK, "to", "template_hash",
                     observed_text(order, "onset.template_hash"), "revision",
                     observed_text(order, "onset.revision"), "replica_set", failing_set);
}

static void plan_template(const struct order *order, const json_t *deployment, const json_t *good,
                          json_t *template, struct plan *plan)
{
    AUTO_FREE char *path = workload_path(order);
    AUTO_JSON *annotations = json_object();
    add_annotations(annotations, deployment, 1);
    add_annotations(annotations, good, 0);
    plan_patch(plan, path, deployment, annotations, order->id);
    plan_operation(plan, "replace", "/spec/template", json_incref(template));
}

/* The Deployment must still have the template that failed: any other is somebody's newer work. */
static int compare(const struct order *order, const json_t *current, const json_t *failing,
                   const json_t *good, struct outcome *outcome)
{
    if (json_equal(current, good))
        return outcome_settle(outcome, RESULT_ALREADY, "%s %s/%s has the template of ReplicaSet %s already",
                              order->kind, order->ns, order->name, order_text(order, "to.replica_set"));
    if (!json_equal(current, failing))
        return outcome_settle(
            outcome, RESULT_REFUSED,
            "the template of %s %s/%s has been changed since it was observed; somebody is at work",
            order->kind, order->ns, order->name);
    return 0;
}

static int read_deployment(struct kube *kube, const struct order *order, json_t **out,
                           struct outcome *outcome, struct error *err)
{
    AUTO_FREE char *what = workload_words(order);
    if (strcmp(order->kind, "Deployment") != 0)
        return outcome_settle(outcome, RESULT_REFUSED, "%s is no Deployment, and only those are rolled back",
                              what);
    int settled = workload_read(kube, order, out, outcome, err);
    return settled ? settled : guard_specification(*out, what, outcome);
}

static int plan(struct kube *kube, const struct policy *policy, const struct order *order, struct plan *out,
                struct outcome *outcome, struct error *err)
{
    (void)policy;
    AUTO_JSON *deployment = NULL, *good = NULL, *failing = NULL;
    const char *hash = observed_text(order, "onset.template_hash");
    AUTO_FREE char *failing_name = xasprintf("%s-%s", order->name, hash);
    int settled = read_deployment(kube, order, &deployment, outcome, err);
    if (settled == 0)
        settled = read_set(kube, order, order_text(order, "to.replica_set"),
                           order_text(order, "to.template_hash"), &good, outcome, err);
    if (settled == 0)
        settled = read_set(kube, order, failing_name, hash, &failing, outcome, err);
    if (settled)
        return settled;
    AUTO_JSON *good_template = template_of(good);
    AUTO_JSON *failing_template = template_of(failing);
    if (compare(order, json_at(deployment, "spec.template"), failing_template, good_template, outcome))
        return 1;
    plan_template(order, deployment, good, good_template, out);
    out->undo = undo(order, failing_name);
    return 0;
}

const struct action action_rollback = {
    .type = ACTION_ROLLBACK,
    .would = "roll back",
    .did = "rolled back",
    .words = words,
    .fields = {{.path = "to.template_hash"},
               {.path = "to.replica_set"},
               {.path = "to.revision", .optional = 1}},
    .is_plain = is_plain,
    .plan = plan,
};
