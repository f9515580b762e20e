/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pull reader for the protocol buffers wire format (https://protobuf.dev/programming-guides/encoding/). It
 * never reads beyond its message, allocates nothing and copies nothing: what it gives out points into the
 * message. Pure.
 *
 *   struct proto reader = proto_open(bytes, len);
 *   struct proto_field field;
 *   while (proto_next(&reader, &field))
 *       if (proto_is_bytes(&field, 1)) …field.bytes, field.len…
 *   if (reader.malformed) …
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum proto_wire {
    PROTO_VARINT = 0,
    PROTO_FIXED64 = 1,
    PROTO_BYTES = 2,
    PROTO_GROUP = 3,
    PROTO_GROUP_END = 4,
    PROTO_FIXED32 = 5
};

struct proto {
    const uint8_t *at, *end;
    int malformed; /* cut short, or not this format: what was read before it stands, nothing comes after it */
};

struct proto_field {
    uint32_t number;
    enum proto_wire wire;
    uint64_t value;       /* PROTO_VARINT, PROTO_FIXED32, PROTO_FIXED64 */
    const uint8_t *bytes; /* PROTO_BYTES: string, bytes or an embedded message */
    size_t len;
};

struct proto proto_open(const void *bytes, size_t len);

/* The next field: 1, or 0 at the end of the message or where it is malformed. Groups, which no Kubernetes
 * message has, are skipped with all that is in them. */
int proto_next(struct proto *reader, struct proto_field *out);

/* Whether this is the field of that number, with that kind of value. */
int proto_is_bytes(const struct proto_field *field, uint32_t number);

/* Reads a base-128 varint from the first len bytes: how many bytes it took, 0 = more bytes are needed, -1 =
 * longer than 64 bits. For readers of streams, where the rest of the message has not arrived yet. */
int proto_varint(const uint8_t *bytes, size_t len, uint64_t *out);
