/* SPDX-License-Identifier: Apache-2.0 */
/* Writes protobuf for the tests of its readers: fields, and Kubernetes' envelope and watch frames around
 * them. */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/strbuf.h"

static inline void wire_varint(struct strbuf *out, uint64_t value)
{
    for (; value > 0x7f; value >>= 7)
        strbuf_putc(out, (char)(0x80 | (value & 0x7f)));
    strbuf_putc(out, (char)value);
}

static inline void wire_number(struct strbuf *out, uint32_t field, int64_t value)
{
    wire_varint(out, (uint64_t)field << 3);
    wire_varint(out, (uint64_t)value);
}

static inline void wire_bytes(struct strbuf *out, uint32_t field, const void *bytes, size_t len)
{
    wire_varint(out, (uint64_t)field << 3 | 2);
    wire_varint(out, len);
    strbuf_add(out, bytes, len);
}

static inline void wire_text(struct strbuf *out, uint32_t field, const char *text)
{
    wire_bytes(out, field, text, strlen(text));
}

/* An embedded message; empties it. */
static inline void wire_message(struct strbuf *out, uint32_t field, struct strbuf *message)
{
    wire_bytes(out, field, strbuf_text(message), message->len);
    strbuf_free(message);
}

static inline void wire_pair(struct strbuf *out, uint32_t field, const char *key, const char *value)
{
    struct strbuf entry = {0};
    wire_text(&entry, 1, key);
    wire_text(&entry, 2, value);
    wire_message(out, field, &entry);
}

static inline void wire_time(struct strbuf *out, uint32_t field, int64_t ms)
{
    struct strbuf time = {0};
    wire_number(&time, 1, ms / 1000);
    wire_number(&time, 2, ms % 1000 * 1000000);
    wire_message(out, field, &time);
}

/* "k8s\0" and Unknown around an object; empties it. */
static inline void wire_envelope(struct strbuf *out, const char *kind, struct strbuf *object)
{
    struct strbuf type = {0};
    wire_text(&type, 1, "v1");
    wire_text(&type, 2, kind);
    strbuf_add(out, "k8s", 4);
    wire_message(out, 1, &type);
    wire_message(out, 2, object);
    wire_text(out, 3, "");
    wire_text(out, 4, "");
}

/* A watch frame around an object; empties it. */
static inline void wire_frame(struct strbuf *out, const char *type, const char *kind, struct strbuf *object)
{
    struct strbuf envelope = {0}, extension = {0}, event = {0};
    wire_envelope(&envelope, kind, object);
    wire_message(&extension, 1, &envelope);
    wire_text(&event, 1, type);
    wire_message(&event, 2, &extension);
    for (int shift = 24; shift >= 0; shift -= 8)
        strbuf_putc(out, (char)(event.len >> shift));
    strbuf_add(out, event.data, event.len);
    strbuf_free(&event);
}
