/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps one kind of object in the store true, for ever: lists it, watches it, and knows what to do when
 * either fails.
 *
 *   list     streamed; where the API server cannot do that, in pages from then on (said once in the log)
 *   watch    from where the list or the last watch ended
 *
 * Both in protobuf; where the API server has none, in JSON, which the log says once.
 *
 * After 410 or 504, an answer that makes no sense, or six refusals in a row it lists again; after anything
 * else it watches on from the same place. A kind that stays forbidden (403) or unknown (404) is done without: it counts as
 * empty, or as it was last known, so that the others can go on; aegiops_watch_forbidden is 1, and it is tried
 * again each 15 s. Before each new try it waits: as long as the API server asks (Retry-After), else 0.8 s
 * doubling to 30 s, with jitter, from the beginning after a watch of half a minute. /readyz and the log say
 * when it has been cut off for some seconds, and why; that it is over, too. The log says once for all kinds
 * what most probably is the trouble of all.
 */
#pragma once

#include <stdatomic.h>

#include "common/runtime/kube.h"
#include "observer/store.h"

/* What the watchers of one API server have learnt about it; begins zeroed. */
struct server_traits {
    atomic_int lists_in_pages, speaks_json;
    atomic_int alarms; /* how many kinds are cut off, other than for lack of a right */
};

struct watcher;

/* One thread. All that is pointed to must outlive it; *server is shared with the watchers of other kinds. */
struct watcher *watcher_open(enum store_kind kind, struct kube_config *config, struct store *store,
                             struct server_traits *server, const volatile int *stop);
void watcher_close(struct watcher *watcher);

/* Lists if need be, and watches until that ends. Returns for how many milliseconds to wait before the next
 * round. */
int64_t watcher_round(struct watcher *watcher);
