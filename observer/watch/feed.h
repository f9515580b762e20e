/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One kind of object on its way from the API server into the store: the three requests there are for that.
 * What to do when one of them fails is watcher.h's. One thread; one connection of its own.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
#pragma once

#include <stdint.h>

#include "common/runtime/kube.h"
#include "common/runtime/metrics.h"
#include "observer/store.h"
#include "observer/watch/envelope.h"
#include "observer/watch/watched.h"

#define FEED_QUIET_MS 60000 /* a streamed list that says nothing for so long will never end */
#define FEED_IDLE_MS                                                                                         \
    120000 /* bookmarks come about once a minute: two that are missing mean that the line is dead */
#define FEED_PAGE_ITEMS 500 /* of a list in pages */

struct feed {
    enum store_kind kind;
    struct store *store;
    struct kube *kube;
    const volatile int *stop;
    /* Called when the API server has accepted a watch, which may then be silent for long. */
    void (*on_open)(void *context);
    void *context;

    struct strbuf version; /* the resourceVersion up to which the store is true; "" = it must be listed */
    int is_unreadable;     /* the last watch failed since it made no sense: nobody knows what was missed */

    int is_json; /* the last answer was: the API server has no protobuf */

    struct decoder decoder;
    struct scratch scratch;
    struct metric *events[EVENT_TYPES], *bytes, *objects, *undecodable;
};

/* store and config must outlive it. */
void feed_open(struct feed *feed, enum store_kind kind, struct kube_config *config, struct store *store,
               const volatile int *stop);
void feed_close(struct feed *feed);

/* Each returns 0, or -1 with err: err->status is the HTTP status, also of an ERROR event in the stream; 0
 * where no answer came or it made no sense. A request that was ended by *stop returns 0 and proves nothing.
 */

/* Reads the full list as a stream of events up to the bookmark that ends it (WatchList). *unsupported: the
 * API server cannot do that, and never will. */
int feed_list_streamed(struct feed *feed, int *unsupported, struct error *err);

/* Reads the full list in pages; where it outlives their common snapshot, once more in one piece. */
int feed_list_paged(struct feed *feed, struct error *err);

/* Watches from feed->version on until the API server ends the stream. */
int feed_follow(struct feed *feed, struct error *err);
