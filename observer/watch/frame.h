/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two streams of the API server, cut into objects as the bytes arrive, in pieces of any size. Only what is unfinished is
 * kept, at most FRAME_MAX_BYTES.
 *
 *   a list:   "k8s\0", then runtime.Unknown, whose raw is an XList: 1 ListMeta, 2 repeated X
 *   a watch:  frames of a 4-byte big-endian length and a WatchEvent
 *
 * Where a stream begins with '{', as neither of these can, it is JSON:
 *
 *   a list:   {"metadata":{"resourceVersion":…,"continue":…},"items":[X,…],…}
 *   a watch:  one WatchEvent after the other
 *
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 * k8s.io/apimachinery: pkg/runtime/serializer/protobuf, pkg/util/framer (length-delimited frames).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"
#include "common/base/strbuf.h"
#include "observer/watch/json_scan.h"

#define FRAME_MAX_BYTES (16 * 1024 * 1024) /* ten times what etcd lets an object have by default */

/* Gets each object or frame once it is whole: 0, or -1 to end the stream, with err where that is a failure. */
struct frame_sink {
    int (*take)(void *context, const uint8_t *bytes, size_t len, struct error *err);
    void *context;
};

/* One page of a list. Begin with {.sink = …} and the rest zeroed; free at the end. */
struct list_stream {
    struct frame_sink sink;
    struct strbuf pending;
    int began, in_body, had_body;
    uint64_t body_left; /* bytes of Unknown.raw that have not been read */
    int is_json;
    struct json_scan around, item; /* how far it has come outside of its items, and in one */
    struct strbuf rest;            /* the list without its items */
    struct strbuf resource_version,
        continue_token; /* of ListMeta: "" until it has been read, or where absent */
};

/* The next bytes. Fails (ERROR_RETRY) when they are no such stream, or as the sink failed; it is then over.
 */
int list_stream_feed(struct list_stream *stream, const char *bytes, size_t len, struct error *err);

/* Whether the stream ended where a list ends: 0, or -1 (ERROR_RETRY) when it was cut off. ListMeta is read by then. */
int list_stream_end(struct list_stream *stream, struct error *err);
void list_stream_free(struct list_stream *stream);

/* A watch. Begin with {.sink = …} and the rest zeroed; free at the end. A watch may be cut off anywhere. */
struct watch_stream {
    struct frame_sink sink;
    struct strbuf pending;
    int is_json;
    struct json_scan frame;
};

int watch_stream_feed(struct watch_stream *stream, const char *bytes, size_t len, struct error *err);
void watch_stream_free(struct watch_stream *stream);
