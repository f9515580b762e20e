/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One object of the store: its facts, packed, in one block. Texts that many have are shared (texts.h). So a pod costs one
 * allocation of about 120 bytes.
 */
#pragma once

#include "observer/facts.h"
#include "observer/store/arena.h"
#include "observer/store/pack.h"
#include "observer/store/table.h"

struct item {
    struct table_node
        node;    /* in the table of its kind, by id; its spare is the generation of the list it was last in */
    void *place; /* where it is filed: the group of an object, the subject of an event */
    char packed[];
};

/* A copy of the facts. room is used and left empty. */
struct item *item_new(struct texts *texts, enum store_kind kind, const void *facts, struct strbuf *room);
void item_free(struct texts *texts, enum store_kind kind, struct item *item);

/* The facts of an item, in memory of the arena; their texts live as long as it and the item. */
union facts *item_facts(const struct texts *texts, enum store_kind kind, const struct item *item,
                        struct arena *arena);

/* What tells the objects of a kind apart: the uid, of a namespace or node the name. */
int item_has_id(const struct texts *texts, enum store_kind kind, const struct item *item, const char *id);
const char *facts_id(enum store_kind kind, const void *facts);

/* An object takes the place of another of its kind and id. Either side may be NULL (it is new, it is gone). */
struct change {
    enum store_kind kind;
    struct item *old, *new;
    const union facts *before, *after;
};
