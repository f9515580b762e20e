/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/id.h"
#include "common/runtime/kafka_internal.h"

struct outbox {
    struct outbox_item *items;
    size_t count, capacity;
};

struct outbox *outbox_new(void)
{
    return xcalloc(1, sizeof(struct outbox));
}

void outbox_truncate(struct outbox *outbox, size_t count)
{
    while (outbox->count > count) {
        struct outbox_item *item = &outbox->items[--outbox->count];
        free(item->key);
        free(item->value);
        free(item->id);
        free(item->traceparent);
        if (item->headers)
            rd_kafka_headers_destroy(item->headers);
    }
}

void outbox_clear(struct outbox *outbox)
{
    outbox_truncate(outbox, 0);
}

void outbox_free(struct outbox *outbox)
{
    if (!outbox)
        return;
    outbox_clear(outbox);
    free(outbox->items);
    free(outbox);
}

size_t outbox_count(const struct outbox *outbox)
{
    return outbox->count;
}

const struct outbox_item *outbox_items(const struct outbox *outbox, size_t *count)
{
    *count = outbox->count;
    return outbox->items;
}

static struct outbox_item *next_item(struct outbox *outbox)
{
    if (outbox->count == outbox->capacity) {
        outbox->capacity = outbox->capacity ? 2 * outbox->capacity : 16;
        outbox->items = xrealloc(outbox->items, outbox->capacity * sizeof *outbox->items);
    }
    struct outbox_item *item = &outbox->items[outbox->count++];
    *item = (struct outbox_item){0};
    return item;
}

static char *copy_bytes(const char *bytes, size_t len)
{
    if (!bytes)
        return NULL;
    char *copy = xmalloc(len + 1);
    memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

void outbox_add(struct outbox *outbox, enum topic topic, const char *key, const char *id,
                const char *traceparent, const char *value, size_t len)
{
    char trace[TRACEPARENT_SIZE];
    struct outbox_item *item = next_item(outbox);
    item->topic = topic;
    item->key = xstrdup(key);
    item->key_len = strlen(key);
    item->value = copy_bytes(value, len);
    item->len = len;
    item->id = xstrdup(id);
    item->traceparent =
        xstrdup(traceparent ? id_traceparent_child(traceparent, trace) : id_traceparent(trace));
}

void outbox_reject(struct outbox *outbox, const struct record *record, const char *stage,
                   const struct error *why)
{
    struct outbox_item *item = next_item(outbox);
    item->topic = TOPIC_REJECTED;
    const rd_kafka_message_t *raw = record->raw;
    item->key = copy_bytes(raw->key, raw->key_len);
    item->key_len = raw->key_len;
    item->value = copy_bytes(record->value, record->len);
    item->len = record->len;
    rd_kafka_headers_t *had = NULL;
    rd_kafka_message_headers(record->raw, &had);
    item->headers = had ? rd_kafka_headers_copy(had) : rd_kafka_headers_new(3);
    AUTO_FREE char *from =
        xasprintf("%s/%d/%lld", topics[record->topic].name, record->partition, (long long)record->offset);
    rd_kafka_header_add(item->headers, HEADER_REJECTED_STAGE, -1, stage, -1);
    rd_kafka_header_add(item->headers, HEADER_REJECTED_ERROR, -1, why->text, -1);
    rd_kafka_header_add(item->headers, HEADER_REJECTED_FROM, -1, from, -1);
}
