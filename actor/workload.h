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

/* What it means that the API server refused a request: 1 = settled, as failed; -1 = err, to be tried again. A missing right
 * (403) is tried again, too: an API server that has just started does not know yet who may do what. */
int workload_refusal(struct error *err, struct outcome *outcome);
