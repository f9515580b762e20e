/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/pack.h"

#include <assert.h>
#include <string.h>

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

static const char *text_at(const struct fact *fact, const void *facts)
{
    return *(const char *const *)((const char *)facts + fact->offset);
}

static int64_t number_at(const struct fact *fact, const void *facts)
{
    const void *at = (const char *)facts + fact->offset;
    return fact->type == FACT_INT ? *(const int *)at : *(const int64_t *)at;
}

/* Appends a fact unless it is absent: whether it was there. */
static int pack_fact(struct texts *texts, const struct fact *fact, const void *facts, struct strbuf *out)
{
    if (fact->type == FACT_INT || fact->type == FACT_INT64) {
        int64_t number = number_at(fact, facts);
        if (number)
            pack_number(out, zigzag(number));
        return number != 0;
    }
    const char *text = text_at(fact, facts);
    if (!text || !*text)
        return 0;
    if (fact->type == FACT_NAME)
        pack_number(out, texts_number(texts_share(texts, text)));
    else
        strbuf_add(out, text, strlen(text) + 1);
    return 1;
}

void pack(struct texts *texts, const struct shape *shape, const void *facts, struct strbuf *out)
{
    size_t start = out->len;
    for (size_t i = 0; i < bitmap_bytes(shape); i++)
        strbuf_putc(out, '\0');
    for (size_t i = 0; i < shape->fact_count; i++)
        if (pack_fact(texts, &shape->facts[i], facts, out))
            out->data[start + i / BITS] = (char)(out->data[start + i / BITS] | 1 << i % BITS);
}

static const char *unpack_fact(const struct texts *texts, const struct fact *fact, const char *bytes,
                               void *facts)
{
    void *at = (char *)facts + fact->offset;
    uint64_t number;
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
        *(int64_t *)at = unzigzag(number);
    return bytes;
}

const char *unpack(const struct texts *texts, const struct shape *shape, const char *bytes, void *facts)
{
    const char *bitmap = bytes;
    bytes += bitmap_bytes(shape);
    for (size_t i = 0; i < shape->fact_count; i++) {
        const struct fact *fact = &shape->facts[i];
        if (has(bitmap, i))
            bytes = unpack_fact(texts, fact, bytes, facts);
        else if (fact->type == FACT_NAME || fact->type == FACT_TEXT)
            *(const char **)((char *)facts + fact->offset) = "";
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
        if (shape->facts[i].type == FACT_TEXT) {
            bytes += strlen(bytes) + 1;
            continue;
        }
        bytes = unpack_number(bytes, &number);
        if (shape->facts[i].type == FACT_NAME)
            texts_drop(texts, texts_at(texts, (uint32_t)number));
    }
    return bytes;
}

const char *pack_id(const struct texts *texts, const struct shape *shape, const char *bytes)
{
    const char *id;
    assert(shape->facts[0].offset == shape->id && has(bytes, 0));
    bytes += bitmap_bytes(shape);
    if (shape->facts[0].type == FACT_TEXT)
        return bytes;
    uint64_t number;
    unpack_number(bytes, &number);
    id = texts_at(texts, (uint32_t)number);
    return id;
}
