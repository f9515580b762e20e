/* SPDX-License-Identifier: Apache-2.0 */
/* Pods that no node can take. */
#pragma once

#include "observer/detector.h"

/*
 * Whether the pod has been unschedulable for too long; fills scene->failed_ms.
 *
 * A pod that a gate holds back is not, and its time begins when the gate opens. More patience (patience.stuck_ms) has who is
 * about to be helped: a node has joined since, or others are leaving one for this pod. That an autoscaler was triggered is told
 * by a Normal event (TriggeredScaleUp), which is not watched; the nodes that it makes are. Where those take longer to join than
 * observer.pending_after, that is to be raised.
 */
int is_unschedulable(struct scene *scene, const struct pod_facts *pod);
