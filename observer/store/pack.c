/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/pack.h"

#include <assert.h>
#include <string.h>

#include "observer/store/uuid.h"

#define BITS 8

static size_t bitmap_bytes(const struct shape *shape)
{
    return (shape->fact_count + BITS - 1) / BITS;
}

static int has(const char *bitmap, size_t index)
{
    return (unsigned char)bitmap[index / BITS] >> index % BITS & 1;
}

void pack_number(struct strbuf *out, uint64_t number)
{
    for (; number > 0x7f; number >>= 7)
        strbuf_putc(out, (char)(0x80 | (number & 0x7f)));
    strbuf_putc(out, (char)number);
}

const char *unpack_number(const char *bytes, uint64_t *out)
{
    unsigned shift = 0;
    *out = 0;
    do {
        *out |= (uint64_t)(*bytes & 0x7f) << shift;
        shift += 7;
    } while (*bytes++ & 0x80);
    return bytes;
}

static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static int64_t unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1 ^ -(value & 1));
}

/* A UUID begins with a NUL, as no text does. */
static void pack_uid(const char *uid, struct strbuf *out)
{
    uint8_t bytes[1 + UUID_BYTES] = {0};
    if (uuid_read(uid, bytes + 1))
        strbuf_add(out, (const char *)bytes, sizeof(bytes));
    else
        strbuf_add(out, uid, strlen(uid) + 1);
}

static size_t uid_size(const char *bytes)
{
    return *bytes ? strlen(bytes) + 1 : 1 + UUID_BYTES;
}

/* The uid at bytes, or written to room where it is a UUID. */
static const char *uid_at(const char *bytes, char room[UUID_TEXT_SIZE])
{
    if (*bytes)
        return bytes;
    uuid_write((const uint8_t *)bytes + 1, room);
    return room;
}

/* Appends a text unless it is absent: whether it was there. */
static int pack_text(struct texts *texts, enum fact_type type, const char *text, struct strbuf *out)
{
    if (!text || !*text)
        return 0;
    if (type == FACT_NAME)
        pack_number(out, texts_number(texts_share(texts, text)));
    else if (type == FACT_UID)
        pack_uid(text, out);
    else
        strbuf_add(out, text, strlen(text) + 1);
    return 1;
}

/* The difference of any two is a number, if of a ring. */
static int64_t minus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* Appends a fact unless it is absent: whether it was there. */
static int pack_fact(struct texts *texts, const struct fact *fact, const void *facts, int64_t *near,
                     struct strbuf *out)
{
    const void *at = (const char *)facts + fact->offset;
    if (fact_is_text(fact))
        return pack_text(texts, fact->type, *(const char *const *)at, out);
    int64_t number = fact->type == FACT_INT ? *(const int *)at : *(const int64_t *)at;
    if (!number)
        return 0;
    pack_number(out, zigzag(fact->type == FACT_INT ? number : minus(number, *near)));
    if (fact->type == FACT_INT64)
        *near = number;
    return 1;
}

void pack(struct texts *texts, const struct shape *shape, const void *facts, int64_t near, struct strbuf *out)
{
    size_t start = out->len;
    for (size_t i = 0; i < bitmap_bytes(shape); i++)
        strbuf_putc(out, '\0');
    for (size_t i = 0; i < shape->fact_count; i++)
        if (pack_fact(texts, &shape->facts[i], facts, &near, out))
            out->data[start + i / BITS] = (char)(out->data[start + i / BITS] | 1 << i % BITS);
}

static const char *unpack_uid(const char *bytes, struct arena *arena, const char **out)
{
    *out = uid_at(bytes, *bytes ? NULL : arena_take(arena, UUID_TEXT_SIZE));
    return bytes + uid_size(bytes);
}

static const char *unpack_fact(const struct texts *texts, const struct fact *fact, const char *bytes,
                               int64_t *near, struct arena *arena, void *at)
{
    uint64_t number;
    if (fact->type == FACT_UID)
        return unpack_uid(bytes, arena, at);
    if (fact->type == FACT_TEXT) {
        *(const char **)at = bytes;
        return bytes + strlen(bytes) + 1;
    }
    bytes = unpack_number(bytes, &number);
    if (fact->type == FACT_NAME)
        *(const char **)at = texts_at(texts, (uint32_t)number);
    else if (fact->type == FACT_INT)
        *(int *)at = (int)unzigzag(number);
    else
        *(int64_t *)at = *near = plus(*near, unzigzag(number));
    return bytes;
}

const char *unpack(const struct texts *texts, const struct shape *shape, const char *bytes, int64_t near,
                   struct arena *arena, void *facts)
{
    const char *bitmap = bytes;
    bytes += bitmap_bytes(shape);
    for (size_t i = 0; i < shape->fact_count; i++) {
        const struct fact *fact = &shape->facts[i];
        void *at = (char *)facts + fact->offset;
        if (has(bitmap, i))
            bytes = unpack_fact(texts, fact, bytes, &near, arena, at);
        else if (fact_is_text(fact))
            *(const char **)at = "";
    }
    return bytes;
}

const char *pack_drop(struct texts *texts, const struct shape *shape, const char *bytes)
{
    const char *bitmap = bytes;
    uint64_t number;
    bytes += bitmap_bytes(shape);
    for (size_t i = 0; i < shape->fact_count; i++) {
        if (!has(bitmap, i))
            continue;
        if (shape->facts[i].type == FACT_TEXT || shape->facts[i].type == FACT_UID) {
            bytes += shape->facts[i].type == FACT_UID ? uid_size(bytes) : strlen(bytes) + 1;
            continue;
        }
        bytes = unpack_number(bytes, &number);
        if (shape->facts[i].type == FACT_NAME)
            texts_drop(texts, texts_at(texts, (uint32_t)number));
    }
    return bytes;
}

int pack_has_id(const struct texts *texts, const struct shape *shape, const char *bytes, const char *id)
{
    char room[UUID_TEXT_SIZE];
    uint64_t number;
    assert(shape->facts[0].offset == shape->id && has(bytes, 0));
    bytes += bitmap_bytes(shape);
    if (shape->facts[0].type == FACT_UID)
        return strcmp(uid_at(bytes, room), id) == 0;
    unpack_number(bytes, &number);
    return strcmp(texts_at(texts, (uint32_t)number), id) == 0;
}
