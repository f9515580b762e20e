/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/frame.h"

#include <string.h>

#include "common/base/json.h"
#include "observer/watch/protobuf.h"

#define MAGIC "k8s"
#define MAGIC_BYTES 4 /* with its NUL */
#define LENGTH_BYTES 4
#define KEPT_BYTES                                                                                           \
    (256 * 1024) /* of the room for what is unfinished, once it is empty: few objects are larger */

enum unknown_field { UNKNOWN_RAW = 2, UNKNOWN_ENCODING = 3 };
enum list_field { LIST_META = 1, LIST_ITEM = 2 };
enum list_meta_field { LIST_META_VERSION = 2, LIST_META_CONTINUE = 3 };

/* Takes one whole part off the front of bytes: how many bytes it had, 0 = it is not whole yet, -1 with err.
 */
struct cutter {
    long (*take)(void *stream, const uint8_t *bytes, size_t len, struct error *err);
    void *stream;
};

/* Takes all whole parts: how many bytes they had, or -1. */
static long take_all(const struct cutter *cutter, const uint8_t *bytes, size_t len, struct error *err)
{
    size_t done = 0;
    while (done < len) {
        long used = cutter->take(cutter->stream, bytes + done, len - done, err);
        if (used < 0)
            return -1;
        if (used == 0)
            break;
        done += (size_t)used;
    }
    return (long)done;
}

/* Parts that are whole within one piece are never copied. */
static int feed(const struct cutter *cutter, struct strbuf *pending, const char *bytes, size_t len,
                struct error *err)
{
    if (pending->len > 0) {
        strbuf_add(pending, bytes, len);
        long used = take_all(cutter, (const uint8_t *)pending->data, pending->len, err);
        if (used > 0)
            strbuf_drop(pending, (size_t)used);
        if (pending->len == 0 && pending->capacity > KEPT_BYTES)
            strbuf_free(pending);
        return used < 0 ? -1 : 0;
    }
    long used = take_all(cutter, (const uint8_t *)bytes, len, err);
    if (used < 0)
        return -1;
    if ((size_t)used < len)
        strbuf_add(pending, bytes + used, len - (size_t)used);
    return 0;
}

/* ---- JSON ---- */

static int malformed_json(struct error *err)
{
    return fail(err, ERROR_RETRY, "the answer is malformed JSON");
}

/* An object that begins here. */
static long take_json_object(struct json_scan *scan, const struct frame_sink *sink, const uint8_t *bytes,
                             size_t len, struct error *err)
{
    if (*bytes != '{')
        return malformed_json(err);
    int whole = json_scan_object(scan, bytes, len);
    if (scan->at > FRAME_MAX_BYTES)
        return fail(err, ERROR_RETRY, "an object of the answer has more than %d bytes", FRAME_MAX_BYTES);
    if (!whole)
        return 0;
    size_t used = scan->at;
    *scan = (struct json_scan){0};
    return sink->take(sink->context, bytes, used, err) ? -1 : (long)used;
}

static int is_between(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == ',';
}

/* Of a list what is not in an item, up to the first: the only array among its fields is that of its items. */
static long take_json_around(struct list_stream *stream, const uint8_t *bytes, size_t len, struct error *err)
{
    size_t used = 0;
    while (used < len && !stream->in_body) {
        json_scan_byte(&stream->around, bytes[used]);
        stream->in_body = bytes[used++] == '[' && stream->around.depth == 2 && !stream->around.in_string;
    }
    strbuf_add(&stream->rest, bytes, used);
    if (stream->rest.len > FRAME_MAX_BYTES)
        return malformed_json(err);
    return (long)used;
}

static long take_json_list_part(struct list_stream *stream, const uint8_t *bytes, size_t len,
                                struct error *err)
{
    if (stream->in_body && *bytes == ']')
        stream->in_body = 0;
    if (!stream->in_body)
        return take_json_around(stream, bytes, len, err);
    return is_between(*bytes) ? 1 : take_json_object(&stream->item, &stream->sink, bytes, len, err);
}

static int read_json_list_meta(struct list_stream *stream, struct error *err)
{
    AUTO_JSON *list = json_read(stream->rest.data, stream->rest.len, err);
    const char *version = json_string_at(list, "metadata.resourceVersion"),
               *token = json_string_at(list, "metadata.continue");
    if (!list)
        return fail(err, ERROR_RETRY, "the list was cut off, or is malformed JSON");
    strbuf_puts(&stream->resource_version, version ? version : "");
    strbuf_puts(&stream->continue_token, token ? token : "");
    return 0;
}

/* ---- Lists ---- */

/* The tag of a field and how long what follows it is. */
struct head {
    uint32_t number;
    enum proto_wire wire;
    size_t len;     /* of the tag, and the length where there is one */
    uint64_t value; /* the bytes that follow */
};

/* Reads the head of the next field: 1, 0 = it is not whole yet, -1 = there is none. */
static int read_head(const uint8_t *bytes, size_t len, struct head *out)
{
    uint64_t tag, value = 0;
    int tag_len = proto_varint(bytes, len, &tag);
    if (tag_len <= 0)
        return tag_len;
    if (tag >> 3 == 0 || tag >> 32 != 0)
        return -1;
    *out = (struct head){
        .number = (uint32_t)(tag >> 3), .wire = (enum proto_wire)(tag & 7), .len = (size_t)tag_len};
    int value_len = proto_varint(bytes + tag_len, len - (size_t)tag_len, &value);
    switch (out->wire) {
    case PROTO_VARINT:
        out->value = value_len > 0 ? (uint64_t)value_len : 0;
        return value_len > 0 ? 1 : value_len;
    case PROTO_BYTES:
        out->len += value_len > 0 ? (size_t)value_len : 0;
        out->value = value;
        return value_len > 0 ? 1 : value_len;
    case PROTO_FIXED64:
        out->value = 8;
        return 1;
    case PROTO_FIXED32:
        out->value = 4;
        return 1;
    default:
        return -1; /* groups: no Kubernetes message has them */
    }
}

static int malformed(struct error *err)
{
    return fail(err, ERROR_RETRY, "the list is malformed protobuf");
}

/* Reads the head of a field that may take up to limit bytes: 1 = the whole field is here, 0 = not yet, -1
 * with err. */
static int read_whole(const uint8_t *bytes, size_t len, uint64_t limit, struct head *head, struct error *err)
{
    int found = read_head(bytes, len, head);
    if (found < 0)
        return malformed(err);
    if (found == 0)
        return 0;
    if (head->value > FRAME_MAX_BYTES)
        return fail(err, ERROR_RETRY, "an object of the list has %llu bytes, more than %d",
                    (unsigned long long)head->value, FRAME_MAX_BYTES);
    if (head->len + head->value > limit)
        return malformed(err);
    return head->len + head->value <= len;
}

static int read_list_meta(struct list_stream *stream, const uint8_t *bytes, size_t len, struct error *err)
{
    struct proto reader = proto_open(bytes, len);
    struct proto_field field;
    while (proto_next(&reader, &field)) {
        if (proto_is_bytes(&field, LIST_META_VERSION))
            strbuf_add(&stream->resource_version, field.bytes, field.len);
        else if (proto_is_bytes(&field, LIST_META_CONTINUE))
            strbuf_add(&stream->continue_token, field.bytes, field.len);
    }
    return reader.malformed ? malformed(err) : 0;
}

/* A field of the XList. */
static long take_in_body(struct list_stream *stream, const uint8_t *bytes, size_t len, struct error *err)
{
    struct head head;
    int whole = read_whole(bytes, len, stream->body_left, &head, err);
    if (whole <= 0)
        return whole;
    const uint8_t *value = bytes + head.len;
    int result = 0;
    if (head.wire == PROTO_BYTES && head.number == LIST_ITEM)
        result = stream->sink.take(stream->sink.context, value, head.value, err);
    else if (head.wire == PROTO_BYTES && head.number == LIST_META)
        result = read_list_meta(stream, value, head.value, err);
    stream->body_left -= head.len + head.value;
    stream->in_body = stream->body_left > 0;
    return result ? -1 : (long)(head.len + head.value);
}

/* A field of the Unknown around it. Of raw only the head is taken: what is in it comes field by field. */
static long take_in_envelope(struct list_stream *stream, const uint8_t *bytes, size_t len, struct error *err)
{
    struct head head;
    int found = read_head(bytes, len, &head);
    if (found > 0 && head.wire == PROTO_BYTES && head.number == UNKNOWN_RAW) {
        if (stream->had_body)
            return malformed(err);
        stream->had_body = 1;
        stream->body_left = head.value;
        stream->in_body = head.value > 0;
        return (long)head.len;
    }
    int whole = read_whole(bytes, len, UINT64_MAX, &head, err);
    if (whole <= 0)
        return whole;
    if (head.number == UNKNOWN_ENCODING && head.value > 0)
        return fail(err, ERROR_RETRY, "the list is in an encoding that was not asked for");
    return (long)(head.len + head.value);
}

static long take_list_part(void *context, const uint8_t *bytes, size_t len, struct error *err)
{
    struct list_stream *stream = context;
    stream->is_json |= !stream->began && *bytes == '{';
    stream->began |= stream->is_json;
    if (stream->is_json)
        return take_json_list_part(stream, bytes, len, err);
    if (stream->began)
        return stream->in_body ? take_in_body(stream, bytes, len, err)
                               : take_in_envelope(stream, bytes, len, err);
    if (memcmp(bytes, MAGIC, len < MAGIC_BYTES ? len : MAGIC_BYTES) != 0)
        return fail(err, ERROR_RETRY,
                    "the answer is neither Kubernetes protobuf nor JSON: is this an API server, or a proxy?");
    stream->began = len >= MAGIC_BYTES;
    return stream->began ? MAGIC_BYTES : 0;
}

int list_stream_feed(struct list_stream *stream, const char *bytes, size_t len, struct error *err)
{
    return feed(&(struct cutter){take_list_part, stream}, &stream->pending, bytes, len, err);
}

int list_stream_end(struct list_stream *stream, struct error *err)
{
    if (stream->is_json)
        return read_json_list_meta(stream, err);
    if (!stream->had_body || stream->in_body || stream->pending.len > 0)
        return fail(err, ERROR_RETRY, "the list was cut off");
    return 0;
}

void list_stream_free(struct list_stream *stream)
{
    strbuf_free(&stream->pending);
    strbuf_free(&stream->rest);
    strbuf_free(&stream->resource_version);
    strbuf_free(&stream->continue_token);
}

/* ---- Watches ---- */

static long take_frame(void *context, const uint8_t *bytes, size_t len, struct error *err)
{
    struct watch_stream *stream = context;
    stream->is_json |= *bytes == '{';
    if (stream->is_json)
        return is_between(*bytes) ? 1 : take_json_object(&stream->frame, &stream->sink, bytes, len, err);
    if (len < LENGTH_BYTES)
        return 0;
    size_t size = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
    if (size == 0 || size > FRAME_MAX_BYTES)
        return fail(err, ERROR_RETRY, "the answer is no watch in protobuf or JSON: a frame of %zu bytes",
                    size);
    if (len - LENGTH_BYTES < size)
        return 0;
    if (stream->sink.take(stream->sink.context, bytes + LENGTH_BYTES, size, err))
        return -1;
    return (long)(LENGTH_BYTES + size);
}

int watch_stream_feed(struct watch_stream *stream, const char *bytes, size_t len, struct error *err)
{
    return feed(&(struct cutter){take_frame, stream}, &stream->pending, bytes, len, err);
}

void watch_stream_free(struct watch_stream *stream)
{
    strbuf_free(&stream->pending);
}
