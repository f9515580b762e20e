/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "observer/store/kept.h"
#include "observer/store/scars.h"

struct store *store_new(void)
{
    struct store *store = xcalloc(1, sizeof(*store));
    pthread_mutex_init(&store->lock, NULL);
    store->changed_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert(store->changed_fd >= 0);
    store->groups = (struct groups){.texts = &store->texts, .arena = &store->arena};
    store->subjects = (struct subjects){.texts = &store->texts, .arena = &store->arena};
    store->gone = gone_new();
    return store;
}

void store_lock(struct store *store)
{
    pthread_mutex_lock(&store->lock);
    arena_clear(&store->arena);
}

void store_unlock(struct store *store)
{
    pthread_mutex_unlock(&store->lock);
}

/* ---- Changes ---- */

/* News of a namespace are news of all in it, if they change what is looked at there. */
static void change_namespace(struct store *store, const struct change *change)
{
    const struct namespace_facts *before = change->before ? &change->before->ns : NULL,
                                 *after = change->after ? &change->after->ns : NULL;
    if (before && after && before->ignored == after->ignored && strcmp(before->phase, after->phase) == 0)
        return;
    groups_touch_namespace(&store->groups, (after ? after : before)->name);
    if (!after)
        groups_let_go(&store->groups, before->name);
}

/* News of an object are news of the subject that it belongs to. */
static void touch_object(struct store *store, const struct event_facts *event)
{
    struct item *pod = kept_find(store, STORE_PODS, event->object_uid);
    const char *ns = *event->ns ? event->ns : STORE_NO_NAMESPACE;
    struct group *group =
        pod ? pod->place : groups_find(&store->groups, ns, event->object_kind, event->object_name);
    if (group)
        groups_touch(&store->groups, group);
}

/* Whether an object was seen to go. What may not be read any more has not gone. */
static int has_gone(const struct store *store, const struct change *change)
{
    return !change->after && !store->kinds[change->kind].is_blind;
}

/* One that others depend on without a word of theirs: its going is their news. */
static void change_config_map(struct store *store, const struct change *change)
{
    const struct config_map_facts *map = &(change->after ? change->after : change->before)->config_map;
    if (change->after)
        gone_forget(store->gone, change->kind, map->ns, map->name);
    if (!has_gone(store, change))
        return;
    gone_note(store->gone, change->kind, map->ns, map->name, clock_now_ms());
    groups_touch_namespace(&store->groups, map->ns);
}

static void spread(struct store *store, const struct change *change)
{
    switch (change->kind) {
    case STORE_NAMESPACES:
        change_namespace(store, change);
        break;
    case STORE_SERVICES:
        if (has_gone(store, change))
            workloads_miss(&store->groups, change);
        break;
    case STORE_CONFIG_MAPS:
        change_config_map(store, change);
        break;
    case STORE_EVENTS:
        subjects_change(&store->subjects, change->old, change->new);
        if (change->after)
            touch_object(store, &change->after->event);
        break;
    default:
        break;
    }
}

static void change(struct store *store, enum store_kind kind, struct item *old, struct item *new)
{
    struct change change = {kind, old, new, kept_facts(store, kind, old), kept_facts(store, kind, new)};
    workloads_change(&store->groups, &change);
    spread(store, &change);
}

static void discard(struct store *store, enum store_kind kind, struct item *item)
{
    table_remove(&store->kinds[kind].items, &item->node);
    item_free(&store->texts, kind, item);
}

static void remove_item(struct store *store, enum store_kind kind, struct item *item)
{
    change(store, kind, item, NULL);
    discard(store, kind, item);
}

/* Wakes the loop in store_wait(), once for all that it has not fetched yet. */
static void unlock_changed(struct store *store)
{
    if (store->groups.first_changed && !store->is_signalled) {
        store->is_signalled = 1;
        eventfd_write(store->changed_fd, 1);
    }
    store_unlock(store);
}

void store_put(struct store *store, enum store_kind kind, const void *facts)
{
    const char *id = facts_id(kind, facts);
    store_lock(store);
    struct item *old = kept_find(store, kind, id), *excess;
    if (kind == STORE_PODS && old)
        facts = scars_keep(&store->texts, old, facts, &store->arena);
    struct item *new = item_new(&store->texts, kind, facts, &store->room);
    new->node.spare = store->kinds[kind].generation;
    change(store, kind, old, new);
    if (old)
        discard(store, kind, old);
    table_add(&store->kinds[kind].items, &new->node, kept_hash(id));
    while (kind == STORE_EVENTS && (excess = subjects_excess(&store->subjects, clock_now_ms())))
        remove_item(store, STORE_EVENTS, excess);
    unlock_changed(store);
}

void store_remove(struct store *store, enum store_kind kind, const char *uid_or_name)
{
    store_lock(store);
    struct item *item = kept_find(store, kind, uid_or_name);
    if (item)
        remove_item(store, kind, item);
    unlock_changed(store);
}

void store_adopt(struct store *store, const char *ns, const char *kind, const char *name,
                 const struct owner *owner)
{
    store_lock(store);
    workloads_adopt(&store->groups, ns, kind, name, owner);
    unlock_changed(store);
}

int store_watches(const char *kind)
{
    return workloads_watch(kind);
}

void store_each_stray(struct store *store, const char *ns,
                      int (*visit)(void *context, const struct owner *stray), void *context)
{
    workloads_each_stray(&store->groups, ns, visit, context);
}

/* ---- Lists ---- */

void store_list_begin(struct store *store, enum store_kind kind)
{
    store_lock(store);
    store->kinds[kind].generation++;
    store_unlock(store);
}

struct sweep {
    struct store *store;
    enum store_kind kind;
    int all;
};

static void sweep_item(void *context, struct table_node *node)
{
    const struct sweep *sweep = context;
    struct item *item = kept_at(node);
    if (!sweep->all && item->node.spare == sweep->store->kinds[sweep->kind].generation)
        return;
    remove_item(sweep->store, sweep->kind, item);
    arena_clear(&sweep->store->arena);
}

static void sweep(struct store *store, enum store_kind kind, int all)
{
    table_each(&store->kinds[kind].items, sweep_item, &(struct sweep){store, kind, all});
}

/* A list names what took the place of another before the other is swept. */
static void forget_absence(void *context, struct table_node *node)
{
    struct store *store = context;
    const struct config_map_facts *map = &kept_facts(store, STORE_CONFIG_MAPS, kept_at(node))->config_map;
    gone_forget(store->gone, STORE_CONFIG_MAPS, map->ns, map->name);
}

void store_list_end(struct store *store, enum store_kind kind)
{
    store_lock(store);
    store->kinds[kind].is_blind = 0;
    sweep(store, kind, 0);
    if (kind == STORE_CONFIG_MAPS)
        table_each(&store->kinds[kind].items, forget_absence, store);
    store->kinds[kind].was_listed = 1;
    unlock_changed(store);
}

void store_set_blind(struct store *store, enum store_kind kind)
{
    store_lock(store);
    store->kinds[kind].is_blind = 1;
    gone_clear(store->gone, kind);
    store->kinds[kind].was_listed = 1;
    unlock_changed(store);
}

int store_synced(struct store *store)
{
    int synced = 1;
    store_lock(store);
    for (size_t kind = 0; kind < STORE_KINDS; kind++)
        synced &= store->kinds[kind].was_listed;
    store_unlock(store);
    return synced;
}

size_t store_count(struct store *store, enum store_kind kind)
{
    store_lock(store);
    size_t count = store->kinds[kind].items.count;
    store_unlock(store);
    return count;
}

void store_free(struct store *store)
{
    if (!store)
        return;
    for (enum store_kind kind = STORE_PODS; kind < STORE_KINDS; kind++) {
        store->kinds[kind].is_blind = 1; /* nothing goes: only we do */
        sweep(store, kind, 1);
        table_free(&store->kinds[kind].items);
    }
    groups_free(&store->groups);
    subjects_free(&store->subjects);
    texts_free(&store->texts);
    arena_free(&store->arena);
    strbuf_free(&store->room);
    gone_free(store->gone);
    close(store->changed_fd);
    pthread_mutex_destroy(&store->lock);
    free(store);
}
