/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of what embeds a table_node: it chains nodes, and neither owns nor compares what they are part
 * of. It grows with its content. A lookup walks the nodes of one hash and compares for itself: for (node =
 * table_first(table, hash); node; node = table_next(node)) …
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct table_node {
    struct table_node *next;
    uint32_t hash;
    uint32_t spare; /* for whoever embeds it: the room would be lost otherwise */
};

/* Zeroed, it is empty and ready. */
struct table {
    struct table_node **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
};

/* Releases the buckets; the nodes are the caller's. */
void table_free(struct table *table);

void table_add(struct table *table, struct table_node *node, uint32_t hash);

/* Takes out a node that is in the table. */
void table_remove(struct table *table, struct table_node *node);

/* The first node of this hash, and the next one after node of node's hash; NULL = there is none. */
struct table_node *table_first(const struct table *table, uint32_t hash);
struct table_node *table_next(const struct table_node *node);

/* Calls visit with each node, which it may remove (only that one) and free. */
void table_each(struct table *table, void (*visit)(void *context, struct table_node *node), void *context);

/* FNV-1a of a text, begun with TABLE_HASH or with the hash of what stands before it. */
#define TABLE_HASH 2166136261U
uint32_t table_hash(uint32_t hash, const char *text, size_t len);
