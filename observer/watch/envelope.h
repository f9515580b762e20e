/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one frame of a watch says (meta/v1 WatchEvent, and Status where the type is ERROR). Pure.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"
#include "observer/watch/members.h"

enum event_type { EVENT_ADDED, EVENT_MODIFIED, EVENT_DELETED, EVENT_BOOKMARK, EVENT_ERROR, EVENT_TYPES };

/* "ADDED" … */
const char *event_type_name(enum event_type type);

struct watch_event {
    enum event_type type;
    const uint8_t *object; /* the object's own message, out of its envelope; points into the frame */
    size_t len;
};

/* Opens a frame and, in protobuf, the envelope of its object. Fails (ERROR_RETRY) when it is malformed or of an unknown
 * type. */
int watch_event_read(struct scratch *scratch, const uint8_t *frame, size_t len, struct watch_event *out,
                     struct error *err);

/* Turns the Status of an ERROR event into an error (ERROR_RETRY, with its code as err->status and what it
 * asks for as retry_after_ms). Returns -1. */
int watch_event_error(struct scratch *scratch, const struct watch_event *event, struct error *err);
