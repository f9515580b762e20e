/* SPDX-License-Identifier: Apache-2.0 */
/* What a store is made of: store.c fills it, ask.c answers from it. Lock held, but for the lock itself. */
#pragma once

#include <pthread.h>

#include "observer/store.h"
#include "observer/store/gone.h"
#include "observer/store/subjects.h"
#include "observer/store/workloads.h"

struct kind {
    struct table items; /* by id */
    uint32_t generation;
    int was_listed, is_blind;
};

struct store {
    pthread_mutex_t lock;
    int changed_fd; /* eventfd, readable while is_signalled */
    int is_signalled;
    struct kind kinds[STORE_KINDS];
    struct texts texts;
    struct arena arena; /* what is shown while the lock is held */
    struct strbuf room; /* for packing */
    struct groups groups;
    struct subjects subjects;
    struct gone *gone;
};

/* The item that a node of a kind's table is in. */
struct item *kept_at(struct table_node *node);

uint32_t kept_hash(const char *id);

/* The item of this id (uid; of a namespace, a node the name), or NULL. */
struct item *kept_find(const struct store *store, enum store_kind kind, const char *id);

/* Its facts, in memory of the arena; NULL for NULL. */
const union facts *kept_facts(struct store *store, enum store_kind kind, const struct item *item);
