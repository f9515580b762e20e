/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends a plan: first as a dry run, which must go well and gives the diff, then for real. Each returns
 *    0  it went well, and outcome knows what the API server said;
 *    1  settled: it will not work, or not now, and outcome says why;
 *   -1  err. With err->status 409 or 422 the object may have changed since it was read: plan again. Else try
 * again later.
 */
#pragma once

#include "actor/order.h"
#include "actor/plan.h"
#include "common/base/error.h"
#include "common/runtime/kube.h"

/* Also asks admission about a pod of the new template, since the dry run of a workload does not. */
int apply_dry_run(struct kube *kube, const struct order *order, const struct plan *plan,
                  struct outcome *outcome, struct error *err);

/* Settles as done when it went well: then it returns 1, too. With -1 and outcome->in_doubt a write may have been done all the
 * same. */
int apply(struct kube *kube, const struct order *order, const struct plan *plan, struct outcome *outcome,
          struct error *err);
