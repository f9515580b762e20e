/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/tenants.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/guard.h"
#include "actor/scaler.h"
#include "actor/workload.h"
#include "common/base/alloc.h"
#include "common/schema/limits.h"

#define API "/apis/apps/v1"
#define NUMBER_SIZE 24

static const struct kind {
    const char *kind, *resource;
} kinds[] = {{"Deployment", "deployments"}, {"StatefulSet", "statefulsets"}};

/* What a look at a namespace has found. */
struct census {
    struct kube *kube;
    const struct order *order;
    json_t *scalers;
    struct strbuf left; /* "Deployment web, StatefulSet db": left alone */
    size_t done;
};

static int read_namespace(struct kube *kube, const struct order *order, struct outcome *outcome,
                          struct error *err)
{
    AUTO_JSON *object = NULL;
    AUTO_FREE char *what = xasprintf("namespace %s", order->name);
    AUTO_FREE char *path = kube_path("/api/v1", order->name, NULL, NULL, NULL);
    if (strcmp(order->kind, "Namespace") != 0)
        return outcome_settle(outcome, RESULT_REFUSED, "%s %s/%s is no Namespace", order->kind, order->ns,
                              order->name);
    int found = kube_get(kube, path, &object, err);
    if (found < 0)
        return workload_refusal(err, outcome);
    if (!found)
        return outcome_settle(outcome, RESULT_FAILED, "%s is gone", what);
    return guard_object(object, order->uid, what, outcome);
}

static long previous_replicas(const json_t *object)
{
    const char *text =
        json_string_value(json_object_get(json_at(object, "metadata.annotations"), PREVIOUS_REPLICAS));
    size_t len = text ? strlen(text) : 0;
    long count = len > 0 && len <= 7 && strspn(text, "0123456789") == len ? strtol(text, NULL, 10) : -1;
    return count <= LIMIT_REPLICAS ? count : -1;
}

/* Whatever forbids to scale it, as a sentence; NULL = nothing. The caller frees it. */
static char *hindrance(const struct census *census, const struct tenant *tenant)
{
    AUTO_OUTCOME why = outcome_begin();
    AUTO_FREE char *what = xasprintf("%s %s/%s", tenant->kind, census->order->ns, tenant->name);
    const char *scaler = scaler_of(census->scalers, tenant->kind, tenant->name);
    const char *uid = json_string_at(tenant->object, "metadata.uid");
    if (scaler)
        return xasprintf("%s was left alone: %s sets its replicas", what, scaler);
    if (guard_object(tenant->object, uid ? uid : "", what, &why) ||
        guard_specification(tenant->object, what, &why) ||
        workload_check_undo(tenant->object, census->order, what, &why))
        return xasprintf("%s was left alone: %s", what, strbuf_text(&why.detail));
    return NULL;
}

/* The old number is noted where it goes to 0. */
static json_t *annotations_for(const struct tenant *tenant, long long replicas)
{
    char number[NUMBER_SIZE];
    json_t *annotations = json_copy(json_at(tenant->object, "metadata.annotations"));
    annotations = annotations ? annotations : json_object();
    snprintf(number, sizeof number, "%lld", tenant->replicas);
    if (replicas == 0)
        json_object_set_new(annotations, PREVIOUS_REPLICAS, json_string(number));
    else
        json_object_del(annotations, PREVIOUS_REPLICAS);
    return annotations;
}

static void plan_one(const struct census *census, const struct kind *kind, const struct tenant *tenant,
                     long long replicas, struct plan *plan)
{
    AUTO_JSON *annotations = annotations_for(tenant, replicas);
    char *path = kube_path(API, census->order->ns, kind->resource, tenant->name, NULL);
    struct write *write = plan_patch(plan, path, tenant->object, annotations, census->order->id);
    write->name = xasprintf("%s %s", kind->kind, tenant->name);
    plan_replace(plan, "/spec/replicas", json_at(tenant->object, "spec.replicas"), json_integer(replicas));
}

static void look_at(struct census *census, const struct kind *kind, const json_t *object,
                    int (*change)(const struct tenant *tenant, long long *replicas), struct plan *plan,
                    struct outcome *outcome)
{
    const char *name = json_string_at(object, "metadata.name");
    const struct tenant tenant = {.object = object,
                                  .kind = kind->kind,
                                  .name = name ? name : "",
                                  .replicas = json_integer_at(object, "spec.replicas", 1),
                                  .previous = previous_replicas(object)};
    long long replicas;
    if (workload_is_marked(object, census->order->id)) {
        census->done++;
        return;
    }
    if (!change(&tenant, &replicas))
        return;
    AUTO_FREE char *why = hindrance(census, &tenant);
    if (!why) {
        plan_one(census, kind, &tenant, replicas, plan);
        return;
    }
    strbuf_printf(&census->left, "%s%s %s", census->left.len ? ", " : "", kind->kind, tenant.name);
    outcome_warn(outcome, why);
}

static int look_at_all(struct census *census, const struct kind *kind,
                       int (*change)(const struct tenant *tenant, long long *replicas), struct plan *plan,
                       struct outcome *outcome, struct error *err)
{
    AUTO_JSON *list = NULL;
    AUTO_FREE char *path = kube_path(API, census->order->ns, kind->resource, NULL, NULL);
    if (kube_list(census->kube, path, &list, err) < 0)
        return workload_refusal(err, outcome);
    for (size_t i = 0; i < json_array_size(list); i++)
        look_at(census, kind, json_array_get(list, i), change, plan, outcome);
    return 0;
}

/* Whoever finds that an earlier try has done it tells the way back that it left. */
static int settle_already(const struct census *census, const struct plan *plan, struct outcome *outcome)
{
    const char *left = strbuf_text(&census->left);
    json_decref(outcome->undo);
    outcome->undo = census->done ? json_incref(plan->undo) : NULL;
    return outcome_settle(outcome, RESULT_ALREADY, "in namespace %s nothing is left to be scaled%s%s",
                          census->order->name, *left ? "; left alone: " : "", left);
}

static int conclude(const struct census *census, struct plan *plan, struct outcome *outcome)
{
    const char *name = census->order->name, *left = strbuf_text(&census->left);
    if (plan->count > LIMIT_NAMESPACE_WORKLOADS)
        return outcome_settle(outcome, RESULT_REFUSED,
                              "%zu workloads of namespace %s would be scaled, at most %d are allowed",
                              plan->count, name, LIMIT_NAMESPACE_WORKLOADS);
    if (plan->count == 0 && *left && !census->done)
        return outcome_settle(outcome, RESULT_REFUSED, "nothing in namespace %s may be scaled: not %s", name,
                              left);
    if (*left)
        plan->note = xasprintf("left alone: %s", left);
    if (plan->count == 0)
        return settle_already(census, plan, outcome);
    return 0;
}

int tenants_plan(struct kube *kube, const struct order *order,
                 int (*change)(const struct tenant *tenant, long long *replicas), struct plan *out,
                 struct outcome *outcome, struct error *err)
{
    struct census census = {.kube = kube, .order = order};
    int settled = read_namespace(kube, order, outcome, err);
    if (settled == 0)
        settled = scaler_read(kube, order->ns, &census.scalers, outcome, err);
    for (size_t i = 0; settled == 0 && i < COUNT_OF(kinds); i++)
        settled = look_at_all(&census, &kinds[i], change, out, outcome, err);
    if (settled == 0)
        settled = conclude(&census, out, outcome);
    json_decref(census.scalers);
    strbuf_free(&census.left);
    return settled;
}
