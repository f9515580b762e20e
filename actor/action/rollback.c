/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a workload back to the template of an older revision, as `kubectl rollout undo` does: the template as a whole, and of a
 * Deployment the annotations that its ReplicaSet had. The number of replicas is not touched.
 * https://github.com/kubernetes/kubectl/blob/v0.36.0/pkg/polymorphichelpers/rollback.go
 */
#include <string.h>

#include "actor/action.h"
#include "actor/guard.h"
#include "actor/revision.h"
#include "actor/template.h"
#include "actor/workload.h"
#include "common/base/alloc.h"

/* Annotations that belong to the object that bears them, not to its template; a name that ends with a slash is the
 * beginning of one. */
static const char *const own_annotations[] = {
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
    "aegiops.io/",
};

static char *words(const struct order *order)
{
    const char *revision = order_text(order, "to.revision");
    return xasprintf("%s %s/%s to %s %s%s%s%s", order->kind, order->ns, order->name, revision_kind(order),
                     order_text(order, "to.replica_set"), *revision ? " (revision " : "", revision,
                     *revision ? ")" : "");
}

/* The failure came with a new revision, and this is the one before it that ran well. */
static int is_plain(const struct order *order)
{
    return json_true_at(order->incident->observed, "onset.new_revision") &&
           strcmp(order_observed(order, "onset.good.template_hash"), order_text(order, "to.template_hash")) ==
               0 &&
           strcmp(order_observed(order, "onset.good.replica_set"), order_text(order, "to.replica_set")) == 0;
}

static int is_own(const char *key)
{
    for (size_t i = 0; i < COUNT_OF(own_annotations); i++) {
        size_t len = strlen(own_annotations[i]);
        int is_beginning = own_annotations[i][len - 1] == '/';
        if (strncmp(key, own_annotations[i], len) == 0 && (is_beginning || !key[len]))
            return 1;
    }
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

/* Those of the workload, or where a ReplicaSet keeps them, its. A new reference. */
static json_t *annotations_for(const struct order *order, const json_t *workload, const json_t *good)
{
    json_t *annotations = json_object();
    int is_kept = strcmp(order->kind, "Deployment") == 0;
    add_annotations(annotations, workload, 1);
    add_annotations(annotations, is_kept ? good : workload, 0);
    return annotations;
}

static void plan_template(const struct order *order, const json_t *workload, const struct revision *good,
                          struct plan *plan)
{
    AUTO_JSON *annotations = annotations_for(order, workload, good->object);
    plan_undo(plan, order, json_pack("{s:s, s:o}", "type", ACTION_ROLLBACK, "to", revision_present(order)));
    plan_patch(plan, workload_path(order, NULL), workload, annotations, order->id);
    plan_operation(plan, "replace", "/spec/template", json_incref(good->template));
    plan->note = workload_rollout_note(order, workload);
}

static int plan(struct kube *kube, const struct policy *policy, const struct order *order, struct plan *out,
                struct outcome *outcome, struct error *err)
{
    (void)policy;
    AUTO_JSON *workload = NULL;
    AUTO_REVISION good = {0};
    AUTO_FREE char *what = workload_words(order);
    int settled = workload_read_for_patch(kube, order, &workload, outcome, err);
    if (settled == 0)
        settled = revision_read(kube, order, &good, outcome, err);
    if (settled)
        return settled;
    if (template_equal(json_at(workload, "spec.template"), good.template))
        return outcome_settle(outcome, RESULT_ALREADY, "%s has the template of %s %s already", what,
                              revision_kind(order), order_text(order, "to.replica_set"));
    settled = revision_check_present(kube, order, workload, outcome, err);
    if (settled)
        return settled;
    plan_template(order, workload, &good, out);
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
