/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sets the number of replicas of others by itself, so that nobody else must: HorizontalPodAutoscalers, and the ScaledObjects of
 * KEDA where it is installed.
 * https://keda.sh/docs/latest/reference/scaledobject-spec/
 */
#pragma once

#include "actor/outcome.h"
#include "common/base/error.h"
#include "common/runtime/kube.h"

/* Reads all of a namespace. 0 = *out (the caller's reference); 1 = settled; -1 = err. */
int scaler_read(struct kube *kube, const char *ns, json_t **out, struct outcome *outcome, struct error *err);

/* "HorizontalPodAutoscaler web", if one of those targets the object; NULL = none does. Borrowed from scalers. */
const char *scaler_of(const json_t *scalers, const char *kind, const char *name);
