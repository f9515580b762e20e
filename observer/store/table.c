/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/table.h"

#include <stdlib.h>

#include "common/base/alloc.h"

#define BUCKETS_LEAST 16
#define FNV_PRIME 16777619U

void table_free(struct table *table)
{
    free(table->buckets);
    *table = (struct table){0};
}

static struct table_node **bucket_of(const struct table *table, uint32_t hash)
{
    return &table->buckets[hash & (table->bucket_count - 1)];
}

static void resize(struct table *table, size_t bucket_count)
{
    struct table old = *table;
    table->buckets = xcalloc(bucket_count, sizeof(*table->buckets));
    table->bucket_count = bucket_count;
    for (size_t i = 0; i < old.bucket_count; i++)
        for (struct table_node *node = old.buckets[i], *next; node; node = next) {
            next = node->next;
            struct table_node **bucket = bucket_of(table, node->hash);
            node->next = *bucket;
            *bucket = node;
        }
    free(old.buckets);
}

void table_add(struct table *table, struct table_node *node, uint32_t hash)
{
    if (table->count == table->bucket_count)
        resize(table, table->bucket_count ? 2 * table->bucket_count : BUCKETS_LEAST);
    struct table_node **bucket = bucket_of(table, hash);
    node->next = *bucket;
    node->hash = hash;
    *bucket = node;
    table->count++;
}

void table_remove(struct table *table, struct table_node *node)
{
    struct table_node **at = bucket_of(table, node->hash);
    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    table->count--;
}

static struct table_node *of_hash(struct table_node *node, uint32_t hash)
{
    while (node && node->hash != hash)
        node = node->next;
    return node;
}

struct table_node *table_first(const struct table *table, uint32_t hash)
{
    return table->bucket_count ? of_hash(*bucket_of(table, hash), hash) : NULL;
}

struct table_node *table_next(const struct table_node *node)
{
    return of_hash(node->next, node->hash);
}

void table_each(struct table *table, void (*visit)(void *context, struct table_node *node), void *context)
{
    for (size_t i = 0; i < table->bucket_count; i++)
        for (struct table_node *node = table->buckets[i], *next; node; node = next) {
            next = node->next;
            visit(context, node);
        }
}

uint32_t table_hash(uint32_t hash, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)text[i]) * FNV_PRIME;
    return hash;
}
