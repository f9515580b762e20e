/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of workloads that are read and patched. */
#pragma once

#include "actor/order.h"
#include "actor/template.h"
#include "common/runtime/kube.h"

/* Whether the target has a template that a patch rolls out: Deployment, StatefulSet, DaemonSet. */
int workload_is_known(const struct order *order);

/* The path of the order's target, or of its subresource (NULL = itself); only for known kinds. The caller frees it. */
char *workload_path(const struct order *order, const char *subresource);

/* "Deployment shop/web"; the caller frees it. */
char *workload_words(const struct order *order);

/* Reads the target. 0 = *out (the caller's reference); 1 = settled: gone, of no known kind, guarded
 * (guard_object), it carries this action's mark, so that an earlier try has done it, or it is to be undone
 * and something else was done since; -1 = err. */
int workload_read(struct kube *kube, const struct order *order, json_t **out, struct outcome *outcome,
                  struct error *err);

/* As workload_read, for a change of the specification: guard_specification() holds, too. */
int workload_read_for_patch(struct kube *kube, const struct order *order, json_t **out,
                            struct outcome *outcome, struct error *err);

/* Finds the container that the order names ("container") in the workload's template, which lends it. 0, or 1 = settled: there
 * is none. */
int workload_container(const struct order *order, const json_t *workload, struct container *out,
                       struct outcome *outcome);

/* Whether the object carries the mark of this action. */
int workload_is_marked(const json_t *object, const char *action_id);

/* An object that is to be put back: the earlier action was the last that AegiOps did to it, and nobody has changed it since, a
 * Deployment's annotations neither. 0, or 1 = settled: refused, with who wrote. what: for the sentence. */
int workload_check_undo(const json_t *object, const struct order *order, const char *what,
                        struct outcome *outcome);

/* Whether its pods get a new template only when somebody deletes them. */
int workload_is_on_delete(const json_t *workload);

/* What keeps a new template from reaching the pods by itself; NULL = nothing. The caller frees it. */
char *workload_rollout_note(const struct order *order, const json_t *workload);

/* What it means that the API server refused a request: 1 = settled, as failed; -1 = err, to be tried again. A missing right
 * (403) is tried again, too: an API server that has just started does not know yet who may do what. */
int workload_refusal(struct error *err, struct outcome *outcome);
