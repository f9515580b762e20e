/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets the number of replicas, through the scale subresource, from the number that was observed. That one keeps no annotations, so the
 * mark follows in a write of its own: a repeat in between finds the number as wanted. To 0 goes only what is quarantined.
 * https://kubernetes.io/docs/reference/kubernetes-api/autoscaling-resources/scale-v1/
 */
#include <string.h>

#include "actor/action.h"
#include "actor/scaler.h"
#include "actor/workload.h"
#include "common/base/alloc.h"
#include "common/schema/limits.h"

static char *words(const struct order *order)
{
    return xasprintf("%s %s/%s from %s to %s replicas", order->kind, order->ns, order->name,
                     order_text(order, "from.replicas"), order_text(order, "replicas"));
}

static int check_counts(const struct order *order, struct outcome *outcome)
{
    long wanted = order_count(order, "replicas"), least = order->undoes ? 0 : 1;
    if (order_count(order, "from.replicas") < 0 || wanted < 0)
        return outcome_settle(outcome, RESULT_REFUSED, "%s from %s replicas is no count",
                              order_text(order, "replicas"), order_text(order, "from.replicas"));
    if (wanted < least || wanted > LIMIT_REPLICAS)
        return outcome_settle(outcome, RESULT_REFUSED, "%ld replicas are not between %ld and %d", wanted,
                              least, LIMIT_REPLICAS);
    if (strcmp(order->kind, "DaemonSet") == 0)
        return outcome_settle(outcome, RESULT_REFUSED, "a DaemonSet has no number of replicas");
    return 0;
}

static int check_number(const struct order *order, const json_t *workload, struct outcome *outcome)
{
    long long now = json_integer_at(workload, "spec.replicas", 1);
    if (now == order_count(order, "replicas"))
        return outcome_settle(outcome, RESULT_ALREADY, "%s %s/%s has %lld replicas already", order->kind,
                              order->ns, order->name, now);
    if (now != order_count(order, "from.replicas"))
        return outcome_settle(outcome, RESULT_REFUSED,
                              "%s %s/%s has %lld replicas by now, not %s; somebody is at work", order->kind,
                              order->ns, order->name, now, order_text(order, "from.replicas"));
    return 0;
}

static int check_scaler(struct kube *kube, const struct order *order, struct outcome *outcome,
                        struct error *err)
{
    AUTO_JSON *scalers = NULL;
    int settled = scaler_read(kube, order->ns, &scalers, outcome, err);
    const char *scaler = scaler_of(scalers, order->kind, order->name);
    if (settled == 0 && scaler)
        return outcome_settle(outcome, RESULT_REFUSED, "%s sets the replicas of %s %s/%s; change it there",
                              scaler, order->kind, order->ns, order->name);
    return settled;
}

/* Of a Deployment's annotations each change makes one, too.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/registry/apps/deployment/strategy.go */
static int generations(const struct order *order)
{
    return strcmp(order->kind, "Deployment") == 0 ? 2 : 1;
}

static void plan_number(const struct order *order, const json_t *workload, const json_t *scale,
                        char *take_path, struct plan *plan)
{
    plan_undo(plan, order,
              json_pack("{s:s, s:s, s:{s:s}}", "type", ACTION_SCALE, "replicas",
                        order_text(order, "from.replicas"), "from", "replicas",
                        order_text(order, "replicas")));
    plan_unmarked(plan, take_path, scale);
    plan_replace(plan, "/spec/replicas", json_at(scale, "spec.replicas"),
                 json_integer(order_count(order, "replicas")));
    plan_mark(plan, workload_path(order, NULL), workload, order->id, generations(order));
}

static int plan(struct kube *kube, const struct policy *policy, const struct order *order, struct plan *out,
                struct outcome *outcome, struct error *err)
{
    (void)policy;
    AUTO_JSON *workload = NULL, *scale = NULL;
    int settled = check_counts(order, outcome);
    if (settled == 0)
        settled = workload_read_for_patch(kube, order, &workload, outcome, err);
    if (settled == 0)
        settled = check_number(order, workload, outcome);
    if (settled == 0)
        settled = check_scaler(kube, order, outcome, err);
    if (settled)
        return settled;
    AUTO_FREE char *path = workload_path(order, "scale");
    int found = kube_get(kube, path, &scale, err);
    if (found < 0)
        return workload_refusal(err, outcome);
    if (!found || json_integer_at(scale, "spec.replicas", 0) != json_integer_at(workload, "spec.replicas", 1))
        return fail(err, ERROR_RETRY, "%s %s/%s changes while it is read", order->kind, order->ns,
                    order->name);
    plan_number(order, workload, scale, STEAL(path), out);
    return 0;
}

const struct action action_scale = {
    .type = ACTION_SCALE,
    .would = "scale",
    .did = "scaled",
    .words = words,
    .fields = {{.path = "replicas"}, {.path = "from.replicas"}},
    .is_plain = NULL, /* more pods cost money, fewer serve fewer: a person decides */
    .plan = plan,
};
