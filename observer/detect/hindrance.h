/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a pod that was given to a node from being made there: its status says nothing of it, so events must. */
#pragma once

#include "observer/detector.h"

/* The newest event that says why the pod is not made, where that takes too long: the step at which it stands, as volumes come
 * before the sandbox. NULL = it is made, or nothing was heard. */
const struct event_facts *hindrance(struct scene *scene, const struct pod_facts *pod);
