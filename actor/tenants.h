/* SPDX-License-Identifier: Apache-2.0 */
/* The workloads of one namespace that can be scaled, for the actions that are about a namespace as a whole. */
#pragma once

#include "actor/order.h"
#include "actor/plan.h"
#include "common/runtime/kube.h"

#define PREVIOUS_REPLICAS "aegiops.io/previous-replicas" /* annotation: how many a quarantined workload had */

/* What may become of one of them. */
struct tenant {
    const json_t *object;
    const char *kind, *name; /* "Deployment" or "StatefulSet" */
    long long replicas;
    long previous; /* the annotation's number; -1 = it has none */
};

/* Plans one write for each Deployment and StatefulSet of the order's target, a Namespace, that change() picks: 1 = *replicas are
 * what it should have. The annotation with the number before is written where it goes to 0, and removed where it comes from there.
 * What carries the action's mark is done, and what something else sets, or a guard keeps, is left alone: plan->note names
 * it, and a warning says why. 0 = planned; 1 = settled: nothing is left to do, nothing may be done, or there are too many; -1 = err. */
int tenants_plan(struct kube *kube, const struct order *order,
                 int (*change)(const struct tenant *tenant, long long *replicas), struct plan *out,
                 struct outcome *outcome, struct error *err);
