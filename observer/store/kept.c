/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/kept.h"

#include <string.h>

struct item *kept_at(struct table_node *node)
{
    return (struct item *)((char *)node - offsetof(struct item, node));
}

uint32_t kept_hash(const char *id)
{
    return table_hash(TABLE_HASH, id, strlen(id));
}

struct item *kept_find(const struct store *store, enum store_kind kind, const char *id)
{
    struct table_node *node = table_first(&store->kinds[kind].items, kept_hash(id));
    while (node && !item_has_id(&store->texts, kind, kept_at(node), id))
        node = table_next(node);
    return node ? kept_at(node) : NULL;
}

const union facts *kept_facts(struct store *store, enum store_kind kind, const struct item *item)
{
    return item ? item_facts(&store->texts, kind, item, &store->arena) : NULL;
}
