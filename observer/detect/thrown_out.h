/* SPDX-License-Identifier: Apache-2.0 */
/* Pods that a kubelet has thrown out or not let in. Their corpses stay for long, so what counts is whether they are missed. */
#pragma once

#include "observer/detector.h"

/*
 * How it stands with a pod that has failed, is_of_class says for this reason; fills scene->failed_ms. It fails where, for
 * observer.pending_after, nobody took its place, or who did is not ready; and, even if somebody always does, when that happens
 * again and again. A Job makes up for its pods, and counts them, by itself.
 */
enum condition thrown_out(struct scene *scene, const struct pod_facts *pod,
                          int (*is_of_class)(const struct pod_facts *pod));
