/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the store true: one thread for each kind (pods, events, deployments, namespaces), each with a
 * connection of its own, over protobuf. WatchList where the server has it, LIST in pages and WATCH otherwise;
 * bookmarks, 410, Retry-After and backoff as the API conventions ask. A kind that cannot be read (403) is
 * logged, counted and shown on /readyz; the others go on.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
#pragma once

#include "common/runtime/kube.h"
#include "observer/store.h"

/* Starts the threads (process_spawn); config and store must outlive them. */
void watch_start(struct kube_config *config, struct store *store);
