/* SPDX-License-Identifier: Apache-2.0 */
/* Lets a namespace that nobody uses cost nothing: its Deployments and StatefulSets go to 0 replicas, and each notes how many it
 * had. Nothing is deleted. */
#include "actor/action.h"
#include "actor/order.h"
#include "actor/tenants.h"
#include "common/base/alloc.h"

static char *words(const struct order *order)
{
    return xasprintf("namespace %s: its Deployments and StatefulSets to 0 replicas", order->name);
}

static int change(const struct tenant *tenant, long long *replicas)
{
    *replicas = 0;
    return tenant->replicas > 0;
}

static int plan(struct kube *kube, const struct policy *policy, const struct order *order, struct plan *out,
                struct outcome *outcome, struct error *err)
{
    (void)policy;
    plan_undo(out, order, json_pack("{s:s}", "type", ACTION_RESTORE_NAMESPACE));
    return tenants_plan(kube, order, change, out, outcome, err);
}

const struct action action_quarantine_namespace = {
    .type = ACTION_QUARANTINE_NAMESPACE,
    .would = "quarantine",
    .did = "quarantined",
    .words = words,
    .is_plain = NULL, /* whether nobody uses it, people know better */
    .plan = plan,
};
