/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One object of the store: its facts in one block together with its containers and the strings that no other
 * object has (uid, messages, the name of a pod). Strings that many have are shared (texts.h). So a pod costs
 * one allocation.
 */
#pragma once

#include "observer/facts.h"
#include "observer/store.h"
#include "observer/store/table.h"
#include "observer/store/texts.h"

struct item {
    struct table_node node; /* in the table of its kind, by id */
    uint32_t generation;    /* of the list that it was last seen in */
    void *place;            /* where it is filed: the group of a pod or Deployment, the subject of an event */
    /* The facts follow. */
};

/* A copy of the facts: struct pod_facts, event_facts, deployment_facts or namespace_facts. */
struct item *item_new(struct texts *texts, enum store_kind kind, const void *facts);
void item_free(struct texts *texts, enum store_kind kind, struct item *item);

void *item_facts(struct item *item);
struct item *item_of(const void *facts);

/* What tells the objects of a kind apart: the uid, of a namespace the name. */
const char *item_id(enum store_kind kind, const void *facts);
