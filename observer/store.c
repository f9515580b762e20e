/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "observer/store/gone.h"
#include "observer/store/good.h"
#include "observer/store/show.h"
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

static struct item *item_at(struct table_node *node)
{
    return (struct item *)((char *)node - offsetof(struct item, node));
}

static uint32_t hash_of(const char *id)
{
    return table_hash(TABLE_HASH, id, strlen(id));
}

static struct item *find(const struct store *store, enum store_kind kind, const char *id)
{
    struct table_node *node = table_first(&store->kinds[kind].items, hash_of(id));
    while (node && strcmp(item_id(&store->texts, kind, item_at(node)), id) != 0)
        node = table_next(node);
    return node ? item_at(node) : NULL;
}

static const union facts *facts_in(struct store *store, enum store_kind kind, const struct item *item)
{
    return item ? item_facts(&store->texts, kind, item, &store->arena) : NULL;
}

/* News of a namespace are news of all in it, if they change what is looked at there. */
static void change_namespace(struct store *store, const struct change *change)
{
    const struct namespace_facts *before = change->before ? &change->before->ns : NULL,
                                 *after = change->after ? &change->after->ns : NULL;
    if (before && after && before->ignored == after->ignored && strcmp(before->phase, after->phase) == 0)
        return;
    groups_touch_namespace(&store->groups, (after ? after : before)->name);
}

/* News of an object are news of the subject that it belongs to. */
static void touch_object(struct store *store, const struct event_facts *event)
{
    struct item *pod = find(store, STORE_PODS, event->object_uid);
    const char *ns = *event->ns ? event->ns : STORE_NO_NAMESPACE;
    struct group *group =
        pod ? pod->place : groups_find(&store->groups, ns, event->object_kind, event->object_name);
    if (group)
        groups_touch(&store->groups, group);
}

/* One that others depend on without a word of theirs: its coming and going is their news. */
static void change_dependency(struct store *store, const struct change *change, const char *ns,
                              const char *name)
{
    if (change->before && change->after)
        return;
    if (change->after)
        gone_forget(store->gone, change->kind, ns, name);
    else
        gone_note(store->gone, change->kind, ns, name, clock_now_ms());
    groups_touch_namespace(&store->groups, ns);
}

static void spread(struct store *store, const struct change *change)
{
    const union facts *facts = change->after ? change->after : change->before;
    switch (change->kind) {
    case STORE_NAMESPACES:
        change_namespace(store, change);
        break;
    case STORE_SERVICES:
        change_dependency(store, change, facts->service.ns, facts->service.name);
        break;
    case STORE_CONFIG_MAPS:
        change_dependency(store, change, facts->config_map.ns, facts->config_map.name);
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
    struct change change = {kind, old, new, facts_in(store, kind, old), facts_in(store, kind, new)};
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
static void signal_changed(struct store *store)
{
    if (!store->groups.first_changed || store->is_signalled)
        return;
    store->is_signalled = 1;
    eventfd_write(store->changed_fd, 1);
}

static void unlock_changed(struct store *store)
{
    signal_changed(store);
    store_unlock(store);
}

void store_put(struct store *store, enum store_kind kind, const void *facts)
{
    const char *id = facts_id(kind, facts);
    store_lock(store);
    struct item *new = item_new(&store->texts, kind, facts, &store->room), *old = find(store, kind, id),
                *excess;
    new->node.spare = store->kinds[kind].generation;
    change(store, kind, old, new);
    if (old)
        discard(store, kind, old);
    table_add(&store->kinds[kind].items, &new->node, hash_of(id));
    while (kind == STORE_EVENTS && (excess = subjects_excess(&store->subjects, clock_now_ms())))
        remove_item(store, STORE_EVENTS, excess);
    unlock_changed(store);
}

void store_remove(struct store *store, enum store_kind kind, const char *uid_or_name)
{
    store_lock(store);
    struct item *item = find(store, kind, uid_or_name);
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
    struct item *item = item_at(node);
    if (sweep->all || item->node.spare != sweep->store->kinds[sweep->kind].generation)
        remove_item(sweep->store, sweep->kind, item);
}

static void sweep(struct store *store, enum store_kind kind, int all)
{
    table_each(&store->kinds[kind].items, sweep_item, &(struct sweep){store, kind, all});
}

void store_list_end(struct store *store, enum store_kind kind)
{
    store_lock(store);
    sweep(store, kind, 0);
    store->kinds[kind].was_listed = 1;
    store->kinds[kind].is_blind = 0;
    unlock_changed(store);
}

void store_set_blind(struct store *store, enum store_kind kind)
{
    store_lock(store);
    gone_clear(store->gone, kind);
    store->kinds[kind].was_listed = 1;
    store->kinds[kind].is_blind = 1;
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

/* ---- For the observe loop ---- */

static void show_group(struct store *store, const struct group *group, struct workload *out)
{
    const struct item *ns = find(store, STORE_NAMESPACES, group->ns);
    show(&(struct view){&store->texts, &store->arena}, group, out);
    out->newest_node_ms = store->groups.newest_node_ms;
    out->namespace_facts = ns ? &facts_in(store, STORE_NAMESPACES, ns)->ns : NULL;
}

void store_wait(struct store *store, int64_t timeout_ms)
{
    struct pollfd wanted = {.fd = store->changed_fd, .events = POLLIN};
    eventfd_t count;
    store_lock(store);
    groups_touch_due(&store->groups, clock_now_ms());
    int is_waiting = store->groups.first_changed != NULL;
    store_unlock(store);
    if (!is_waiting)
        poll(&wanted, 1, timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms);
    store_lock(store);
    eventfd_read(store->changed_fd, &count);
    store->is_signalled = 0;
    store_unlock(store);
}

int store_next_changed(struct store *store, struct workload *out)
{
    arena_clear(&store->arena);
    const struct group *group = groups_next(&store->groups);
    if (!group)
        return 0;
    show_group(store, group, out);
    return 1;
}

static struct group *group_of(const struct store *store, const struct workload *workload)
{
    return groups_find_len(&store->groups, workload->ns, workload->kind, workload->name,
                           strlen(workload->name));
}

void store_wake(struct store *store, const struct workload *workload, int64_t wake_ms)
{
    struct group *group = group_of(store, workload);
    if (group)
        groups_wake(&store->groups, group, wake_ms);
}

int store_find(struct store *store, const char *ns, const char *kind, const char *name, struct workload *out)
{
    const struct group *group = groups_find(&store->groups, ns, kind, name);
    if (!group || strcmp(group->kind, kind) != 0)
        return 0;
    show_group(store, group, out);
    return 1;
}

size_t store_events_of(struct store *store, const char *object_uid, const struct event_facts **out,
                       size_t max)
{
    return subjects_events(&store->subjects, object_uid, clock_now_ms(), out, max);
}

const union facts *store_object(struct store *store, enum store_kind kind, const char *uid_or_name)
{
    return facts_in(store, kind, find(store, kind, uid_or_name));
}

struct visit {
    struct store *store;
    enum store_kind kind;
    int (*visit)(void *context, const union facts *facts);
    void *context;
    int answer;
};

static void visit_item(void *context, struct table_node *node)
{
    struct visit *visit = context;
    if (!visit->answer)
        visit->answer = visit->visit(visit->context, facts_in(visit->store, visit->kind, item_at(node)));
}

int store_each(struct store *store, enum store_kind kind,
               int (*visit)(void *context, const union facts *facts), void *context)
{
    struct visit all = {store, kind, visit, context, 0};
    table_each(&store->kinds[kind].items, visit_item, &all);
    return all.answer;
}

int64_t store_gone_ms(struct store *store, enum store_kind kind, const char *ns, const char *name)
{
    return gone_ms(store->gone, kind, ns, name);
}

int64_t store_good_for_ms(struct store *store, const struct workload *workload, const char *template_hash)
{
    const struct group *group = group_of(store, workload);
    return group ? good_for_ms(group, template_hash) : 0;
}
