/* SPDX-License-Identifier: Apache-2.0 */
/* How much of the cluster fails: the actor does nothing while it is too much. One thread. */
#pragma once

#include "observer/memory.h"
#include "observer/store.h"

/* Deployments, StatefulSets and DaemonSets, as `observed.cluster`: how many there are, and of how many a failure is seen,
 * settled or not, for when many fail at once the first to be told of shall know it. NULL = none is known. A new reference. */
json_t *census(struct store *store, struct memory *memory);
