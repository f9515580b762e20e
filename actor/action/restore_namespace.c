/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a namespace out of quarantine: what was sent to 0 replicas gets the number that it has noted. Whatever was given replicas
 * meanwhile keeps those. */
#include "actor/action.h"
#include "actor/order.h"
#include "actor/tenants.h"
#include "common/base/alloc.h"

static char *words(const struct order *order)
{
    return xasprintf("namespace %s: its Deployments and StatefulSets to the replicas they had", order->name);
}

static int change(const struct tenant *tenant, long long *replicas)
{
    *replicas = tenant->previous;
    return tenant->replicas == 0 && tenant->previous > 0;
}

static int plan(struct kube *kube, const struct policy *policy, const struct order *order, struct plan *out,
                struct outcome *outcome, struct error *err)
{
    (void)policy;
    plan_undo(out, order, json_pack("{s:s}", "type", ACTION_QUARANTINE_NAMESPACE));
    return tenants_plan(kube, order, change, out, outcome, err);
}

const struct action action_restore_namespace = {
    .type = ACTION_RESTORE_NAMESPACE,
    .would = "restore",
    .did = "restored",
    .words = words,
    .is_plain = NULL, /* it costs again from now on */
    .plan = plan,
};
