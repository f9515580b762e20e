/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of object that are watched: where they are and how one of them comes into the store. */
#pragma once

#include "common/base/error.h"
#include "observer/store.h"
#include "observer/watch/decode.h"
#include "observer/watch/meta.h"

struct watched {
    const char *name;   /* the resource: in logs, metrics and on /readyz */
    const char *path;   /* of the whole cluster */
    const char *filter; /* a query parameter that every request carries; NULL = none */
    int is_uncached; /* the API server keeps no cache of the kind and sends no bookmarks: a silent watch is no sign of
                           anything */
    int metadata_only; /* what is in the objects is not asked for */
    int is_optional;   /* the observer is ready without it: fewer classes of failure are seen then */
};

extern const struct watched watched[STORE_KINDS];

/* Decodes an object and puts it into the store. Fails (ERROR_REJECT) when it is none of the kind. */
int watched_put(struct store *store, enum store_kind kind, struct decoder *decoder, const void *bytes,
                size_t len, struct error *err);

/* Takes an object that was deleted out of the store. */
void watched_remove(struct store *store, enum store_kind kind, const struct object_meta *meta);
