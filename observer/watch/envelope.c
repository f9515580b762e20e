/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/envelope.h"

#include <string.h>

#include "common/base/strbuf.h"
#include "observer/watch/json_scan.h"

#define MAGIC "k8s"
#define MAGIC_BYTES 4 /* with its NUL */
#define MS_PER_SECOND 1000

static const char *const type_names[EVENT_TYPES] = {"ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"};

const char *event_type_name(enum event_type type)
{
    return type_names[type];
}

/* The type called name, or EVENT_TYPES. */
static enum event_type type_from(const char *name)
{
    enum event_type type = EVENT_ADDED;
    while (type < EVENT_TYPES && strcmp(name, type_names[type]) != 0)
        type++;
    return type;
}

struct frame_message {
    const char *type;
    struct proto_field object;
};

/* runtime.Unknown */
struct unknown_message {
    struct proto_field raw;
    const char *encoding;
};

static int open_envelope(struct scratch *scratch, const struct proto_field *field, struct proto_field *out)
{
    static const struct member members[] = {MEMBER(2, "", FIELD, unknown_message, raw),
                                            MEMBER(3, "", TEXT, unknown_message, encoding), MEMBER_END};
    struct unknown_message unknown = {.encoding = ""};
    if (field->len < MAGIC_BYTES || memcmp(field->bytes, MAGIC, MAGIC_BYTES) != 0)
        return -1;
    if (message_read(scratch, field->bytes + MAGIC_BYTES, field->len - MAGIC_BYTES, members, &unknown))
        return -1;
    *out = unknown.raw;
    return *unknown.encoding ? -1 : 0;
}

/* The type that a frame says, or what there is in its stead. */
static int read_frame(struct scratch *scratch, const void *bytes, size_t len, struct frame_message *message,
                      struct watch_event *out, struct error *err)
{
    static const struct member object_members[] = {MEMBER(1, "", FIELD, frame_message, object), MEMBER_END};
    static const struct member members[] = {MEMBER(1, "type", TEXT, frame_message, type),
                                            MEMBER_INTO(2, "object", object_members), MEMBER_END};
    *message = (struct frame_message){.type = ""};
    if (message_read(scratch, bytes, len, members, message))
        return fail(err, ERROR_RETRY, "a watch frame of %zu bytes is malformed", len);
    out->type = type_from(message->type);
    if (out->type == EVENT_TYPES)
        return fail(err, ERROR_RETRY, "a watch event is of the unknown type \"%.32s\"", message->type);
    return 0;
}

/* In JSON the object is left as it is, for who reads it to parse: the frame is read without it. */
static int read_json_frame(struct scratch *scratch, const uint8_t *frame, size_t len, struct watch_event *out,
                           struct error *err)
{
    AUTO_STRBUF around = {0};
    struct frame_message message;
    struct json_scan scan = {0};
    out->object = memchr(frame + 1, '{', len - 1);
    if (!out->object || !json_scan_object(&scan, out->object, len - (size_t)(out->object - frame)))
        return fail(err, ERROR_RETRY, "a watch event has no object: is this an API server, or a proxy?");
    out->len = scan.at;
    strbuf_add(&around, frame, (size_t)(out->object - frame));
    strbuf_puts(&around, "null");
    strbuf_add(&around, out->object + out->len, len - out->len - (size_t)(out->object - frame));
    return read_frame(scratch, around.data, around.len, &message, out, err);
}

int watch_event_read(struct scratch *scratch, const uint8_t *frame, size_t len, struct watch_event *out,
                     struct error *err)
{
    struct frame_message message;
    struct proto_field object;
    if (len > 0 && *frame == '{')
        return read_json_frame(scratch, frame, len, out, err);
    if (read_frame(scratch, frame, len, &message, out, err))
        return -1;
    if (open_envelope(scratch, &message.object, &object))
        return fail(err, ERROR_RETRY, "the object of a watch event is in no readable envelope");
    out->object = object.bytes;
    out->len = object.len;
    return 0;
}

struct status_message {
    const char *message, *reason;
    int code, retry_after_seconds;
};

/* meta/v1 Status */
int watch_event_error(struct scratch *scratch, const struct watch_event *event, struct error *err)
{
    static const struct member details_members[] = {
        MEMBER(5, "retryAfterSeconds", INT, status_message, retry_after_seconds), MEMBER_END};
    static const struct member members[] = {MEMBER(3, "message", MESSAGE, status_message, message),
                                            MEMBER(4, "reason", TEXT, status_message, reason),
                                            MEMBER_INTO(5, "details", details_members),
                                            MEMBER(6, "code", INT, status_message, code), MEMBER_END};
    struct status_message status = {.message = "", .reason = ""};
    if (message_read(scratch, event->object, event->len, members, &status))
        return fail(err, ERROR_RETRY, "the status of a watch's error is malformed");
    fail(err, ERROR_RETRY, "the API server ended the watch: %s (%s, %d)", status.message, status.reason,
         status.code);
    err->status = status.code;
    err->retry_after_ms =
        status.retry_after_seconds > 0 ? status.retry_after_seconds * (long)MS_PER_SECOND : 0;
    return -1;
}
