/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Revisions of a workload: the templates that it had, which Kubernetes keeps. Of a Deployment in ReplicaSets, of a StatefulSet or
 * DaemonSet in ControllerRevisions. They are known by their hash and name; their numbers move.
 * https://github.com/kubernetes/kubectl/blob/v0.36.0/pkg/polymorphichelpers/rollback.go
 */
#pragma once

#include "actor/order.h"
#include "common/runtime/kube.h"

struct revision {
    json_t *object;   /* ReplicaSet or ControllerRevision */
    json_t *template; /* as the workload would have it */
};

#define AUTO_REVISION __attribute__((cleanup(revision_free))) struct revision
void revision_free(struct revision *revision);

/* "ReplicaSet" or "ControllerRevision": what keeps the revisions of the order's target. */
const char *revision_kind(const struct order *order);

/* Reads the revision that the order points at ("to"). 0 = *out is filled; 1 = settled: it is gone, or not this
 * workload's, or has another hash; -1 = err. */
int revision_read(struct kube *kube, const struct order *order, struct revision *out, struct outcome *outcome,
                  struct error *err);

/* Whether the workload still has the template with which it was seen failing: any other is somebody's newer
 * work. Of an undo nothing is asked: what it needs is asked by workload_read(). As above. */
int revision_check_present(struct kube *kube, const struct order *order, const json_t *workload,
                           struct outcome *outcome, struct error *err);

/* The revision that revision_check_present() has found, as the "to" of an action that leads back to it. A new reference. */
json_t *revision_present(const struct order *order);
