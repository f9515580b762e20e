/* SPDX-License-Identifier: Apache-2.0 */
/* core/v1 Event */
#include <string.h>

#include "common/base/alloc.h"
#include "observer/watch/decode/kinds.h"

struct event_message {
    struct object_meta meta;
    struct event_facts event;
    int64_t last_timestamp_ms, event_time_ms, series_ms;
    int series_count;
};

/* The part of the pod that it is about, as "spec.initContainers{prepare}". The name is cut out where it stands. */
static void read_field_path(struct scratch *scratch, const struct proto_field *field, void *out)
{
    static const char *const lists[] = {"spec.containers{", "spec.initContainers{"};
    struct event_message *message = out;
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        size_t len = strlen(lists[i]);
        if (field->wire == PROTO_BYTES && field->len > len && memcmp(field->bytes, lists[i], len) == 0)
            message->event.container =
                scratch_keep(scratch, (const char *)field->bytes + len, field->len - len - 1);
    }
}

static const struct member involved_members[] = {
    MEMBER(1, "kind", TEXT, event_message, event.object_kind),
    MEMBER(3, "name", TEXT, event_message, event.object_name),
    MEMBER(4, "uid", TEXT, event_message, event.object_uid),
    MEMBER_BY(7, "fieldPath", read_field_path),
    MEMBER_END,
};

static const struct member series_members[] = {
    MEMBER(1, "count", INT, event_message, series_count),
    MEMBER(2, "lastObservedTime", TIME, event_message, series_ms),
    MEMBER_END,
};

static const struct member event_members[] = {
    MEMBER_MESSAGE_AT(1, "metadata", meta_members, event_message, meta),
    MEMBER_INTO(2, "involvedObject", involved_members),
    MEMBER(3, "reason", TEXT, event_message, event.reason),
    MEMBER(4, "message", MESSAGE, event_message, event.message),
    MEMBER(7, "lastTimestamp", TIME, event_message, last_timestamp_ms),
    MEMBER(8, "count", INT, event_message, event.count),
    MEMBER(9, "type", TEXT, event_message, event.type),
    MEMBER(10, "eventTime", TIME, event_message, event_time_ms),
    MEMBER_INTO(11, "series", series_members),
    MEMBER_END,
};

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int decode_event(struct decoding *decoding)
{
    struct event_message message = {.meta = meta_none};
    struct event_facts *event = &message.event;
    int malformed =
        message_read(&decoding->decoder->scratch, decoding->bytes, decoding->len, event_members, &message);
    decoding->meta = message.meta;
    event->uid = message.meta.uid;
    event->ns = message.meta.ns;
    /* The kubelet counts in count, the scheduler in series; a first event may have neither. */
    if (message.series_count > 0)
        event->count = message.series_count;
    else if (event->count < 1)
        event->count = 1;
    event->last_ms = later(later(message.series_ms, message.last_timestamp_ms),
                           later(message.event_time_ms, message.meta.created_ms));
    decoding->facts.event = *event;
    return malformed;
}
