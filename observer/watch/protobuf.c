/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/protobuf.h"

#define VARINT_MAX_BYTES 10
#define FIELD_NUMBER_MAX ((1U << 29) - 1)
#define GROUP_DEPTH_MAX 64 /* far beyond any schema; only bounds the work on bad input */

struct proto proto_open(const void *bytes, size_t len)
{
    const uint8_t *start = len ? bytes : (const uint8_t *)"";
    return (struct proto){.at = start, .end = start + len};
}

int proto_varint(const uint8_t *bytes, size_t len, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++) {
        if (i == VARINT_MAX_BYTES - 1 && bytes[i] > 1)
            return -1;
        value |= (uint64_t)(bytes[i] & 0x7f) << (7 * i);
        if (!(bytes[i] & 0x80)) {
            *out = value;
            return (int)i + 1;
        }
    }
    return 0;
}

static int broken(struct proto *reader)
{
    reader->malformed = 1;
    reader->at = reader->end;
    return 0;
}

/* Most tags and lengths have one byte. */
static inline int read_varint(struct proto *reader, uint64_t *out)
{
    if (reader->at < reader->end && *reader->at < 0x80) {
        *out = *reader->at++;
        return 1;
    }
    int used = proto_varint(reader->at, (size_t)(reader->end - reader->at), out);
    if (used <= 0)
        return broken(reader);
    reader->at += used;
    return 1;
}

/* Little-endian, whatever the machine. */
static int read_fixed(struct proto *reader, size_t size, uint64_t *out)
{
    if ((size_t)(reader->end - reader->at) < size)
        return broken(reader);
    *out = 0;
    for (size_t i = 0; i < size; i++)
        *out |= (uint64_t)reader->at[i] << (8 * i);
    reader->at += size;
    return 1;
}

static inline int read_bytes(struct proto *reader, struct proto_field *out)
{
    uint64_t len;
    if (!read_varint(reader, &len))
        return 0;
    if (len > (uint64_t)(reader->end - reader->at))
        return broken(reader);
    out->bytes = reader->at;
    out->len = (size_t)len;
    reader->at += len;
    return 1;
}

/* A field with its value; of a group, only its start or end. */
static inline int read_field(struct proto *reader, struct proto_field *out)
{
    uint64_t tag;
    if (!read_varint(reader, &tag))
        return 0;
    if (tag >> 3 == 0 || tag >> 3 > FIELD_NUMBER_MAX)
        return broken(reader);
    *out = (struct proto_field){.number = (uint32_t)(tag >> 3), .wire = (enum proto_wire)(tag & 7)};
    switch (out->wire) {
    case PROTO_VARINT:
        return read_varint(reader, &out->value);
    case PROTO_FIXED64:
        return read_fixed(reader, 8, &out->value);
    case PROTO_FIXED32:
        return read_fixed(reader, 4, &out->value);
    case PROTO_BYTES:
        return read_bytes(reader, out);
    case PROTO_GROUP:
    case PROTO_GROUP_END:
        return 1;
    }
    return broken(reader);
}

/* Reads on to the end of the group that begins at start. */
static int skip_group(struct proto *reader, const struct proto_field *start)
{
    uint32_t open[GROUP_DEPTH_MAX] = {start->number};
    struct proto_field field;
    for (size_t depth = 1; depth > 0;) {
        if (reader->at == reader->end)
            return broken(reader);
        if (!read_field(reader, &field))
            return 0;
        if (field.wire == PROTO_GROUP_END && field.number != open[--depth])
            return broken(reader);
        if (field.wire != PROTO_GROUP)
            continue;
        if (depth == GROUP_DEPTH_MAX)
            return broken(reader);
        open[depth++] = field.number;
    }
    return 1;
}

int proto_next(struct proto *reader, struct proto_field *out)
{
    while (reader->at < reader->end) {
        if (!read_field(reader, out))
            return 0;
        if (out->wire == PROTO_GROUP_END)
            return broken(reader);
        if (out->wire != PROTO_GROUP)
            return 1;
        if (!skip_group(reader, out))
            return 0;
    }
    return 0;
}

int proto_is_bytes(const struct proto_field *field, uint32_t number)
{
    return field->number == number && field->wire == PROTO_BYTES;
}
