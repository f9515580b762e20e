/* SPDX-License-Identifier: Apache-2.0 */
/* The namespace in which something is to be done, as it is at the moment of acting: its labels are what policy goes by. */
#pragma once

#include "actor/order.h"
#include "common/runtime/kube.h"

/* Reads the object of the order's namespace. 0 = *out (the caller's reference); 1 = settled: it is gone, going, or marked to be
 * left alone; -1 = err: without it nothing is done. */
int namespace_read(struct kube *kube, const struct order *order, json_t **out, struct outcome *outcome,
                   struct error *err);
