/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the store true: one thread for each kind (facts.h), each with a connection of its own, over protobuf or, where the
 * server has none, JSON. WatchList where the server has it, LIST in pages and WATCH otherwise; bookmarks, 410, Retry-After
 * and backoff as the API conventions ask. A kind that cannot be read (403) is logged, counted and shown on /readyz; the
 * others go on.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
#pragma once

#include "common/runtime/kube.h"
#include "observer/store.h"

struct watches;

/* Starts the threads (process_spawn); config and store must outlive them. Never NULL. */
struct watches *watch_start(struct kube_config *config, struct store *store);
void watch_free(struct watches *watches); /* after the threads have ended */

/* Whether the API server cannot be heard, so that the store may be out of date. A kind that may not be read does not
 * count. */
int watch_is_cut_off(const struct watches *watches);
