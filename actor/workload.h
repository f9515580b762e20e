/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of workloads that are read and patched. */
#pragma once

#include "actor/order.h"
#include "common/runtime/kube.h"

/* Whether the target has a template that a patch rolls out: Deployment, StatefulSet, DaemonSet. */
int workload_is_known(const struct order *order);

/* The path of the order's target; only for known kinds. The caller frees it. */
char *workload_path(const struct order *order);

/* "Deployment shop/web"; the caller frees it. */
char *workload_words(const struct order *order);

/* Reads the target. 0 = *out (the caller's reference); 1 = settled: gone, of no known kind, guarded
 * (guard_object), or it carries this action's mark, so that an earlier try has done it; -1 = err. */
int workload_read(struct kube *kube, const struct order *order, json_t **out, struct outcome *outcome,
                  struct error *err);

/* Settles what a read that was refused by the API server means: 1 where people must give a right (403) or the
 * request is impossible, else -1, to be tried again. */
int workload_refusal(const struct error *err, struct outcome *outcome);
