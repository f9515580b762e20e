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
#include "observer/store/good.h"
#include "observer/store/subjects.h"
#include "observer/store/workloads.h"

struct kind {
    struct table items; /* by id */
    uint32_t generation;
    int was_listed;
};

struct store {
    pthread_mutex_t lock;
    int changed_fd; /* eventfd, readable while is_signalled */
    int is_signalled;
    struct kind kinds[STORE_KINDS];
    struct texts texts;
    struct workloads workloads;
    struct subjects subjects;
};

struct store *store_new(void)
{
    struct store *store = xcalloc(1, sizeof(*store));
    pthread_mutex_init(&store->lock, NULL);
    store->changed_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert(store->changed_fd >= 0);
    store->workloads.texts = &store->texts;
    return store;
}

void store_lock(struct store *store)
{
    pthread_mutex_lock(&store->lock);
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
    while (node && strcmp(item_id(kind, item_facts(item_at(node))), id) != 0)
        node = table_next(node);
    return node ? item_at(node) : NULL;
}

static struct namespace_facts *find_namespace(const struct store *store, const char *name)
{
    struct item *item = find(store, STORE_NAMESPACES, name);
    return item ? item_facts(item) : NULL;
}

/* News of a namespace are news of all in it, if they change what is looked at there. */
static void change_namespace(struct store *store, struct item *old, struct item *new)
{
    const struct namespace_facts *before = old ? item_facts(old) : NULL,
                                 *after = new ? item_facts(new) : NULL;
    if (before && after && before->ignored == after->ignored && before->phase == after->phase)
        return;
    workloads_touch_namespace(&store->workloads, (after ? after : before)->name);
}

/* News of an object are news of the workload that it belongs to. */
static void touch_object(struct store *store, const struct event_facts *event)
{
    struct item *pod = find(store, STORE_PODS, event->object_uid);
    struct group *group =
        pod ? pod->place
            : workloads_find(&store->workloads, event->ns, event->object_kind, event->object_name);
    if (group)
        workloads_touch(&store->workloads, group);
}

static void change(struct store *store, enum store_kind kind, struct item *old, struct item *new)
{
    switch (kind) {
    case STORE_PODS:
        workloads_change_pod(&store->workloads, old, new);
        break;
    case STORE_DEPLOYMENTS:
        workloads_change_deployment(&store->workloads, old, new);
        break;
    case STORE_NAMESPACES:
        change_namespace(store, old, new);
        break;
    case STORE_EVENTS:
        subjects_change(&store->subjects, old, new);
        if (new)
            touch_object(store, item_facts(new));
        break;
    case STORE_KINDS:
        break;
    }
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
    if (!store->workloads.first_changed || store->is_signalled)
        return;
    store->is_signalled = 1;
    eventfd_write(store->changed_fd, 1);
}

static void unlock_changed(struct store *store)
{
    signal_changed(store);
    store_unlock(store);
}

static void put(struct store *store, enum store_kind kind, const void *facts)
{
    const char *id = item_id(kind, facts);
    store_lock(store);
    struct item *new = item_new(&store->texts, kind, facts), *old = find(store, kind, id), *excess;
    new->generation = store->kinds[kind].generation;
    change(store, kind, old, new);
    if (old)
        discard(store, kind, old);
    table_add(&store->kinds[kind].items, &new->node, hash_of(id));
    while (kind == STORE_EVENTS && (excess = subjects_excess(&store->subjects, clock_now_ms())))
        remove_item(store, STORE_EVENTS, excess);
    unlock_changed(store);
}

void store_put_pod(struct store *store, const struct pod_facts *pod)
{
    put(store, STORE_PODS, pod);
}

void store_put_deployment(struct store *store, const struct deployment_facts *deployment)
{
    put(store, STORE_DEPLOYMENTS, deployment);
}

void store_put_namespace(struct store *store, const struct namespace_facts *ns)
{
    put(store, STORE_NAMESPACES, ns);
}

void store_put_event(struct store *store, const struct event_facts *event)
{
    put(store, STORE_EVENTS, event);
}

void store_remove(struct store *store, enum store_kind kind, const char *uid_or_name)
{
    store_lock(store);
    struct item *item = find(store, kind, uid_or_name);
    if (item)
        remove_item(store, kind, item);
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
    if (sweep->all || item->generation != sweep->store->kinds[sweep->kind].generation)
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
    workloads_free(&store->workloads);
    subjects_free(&store->subjects);
    texts_free(&store->texts);
    close(store->changed_fd);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

/* ---- For the observe loop ---- */

void store_wait(struct store *store, int64_t timeout_ms)
{
    struct pollfd wanted = {.fd = store->changed_fd, .events = POLLIN};
    eventfd_t count;
    store_lock(store);
    int is_waiting = store->workloads.first_changed != NULL;
    store_unlock(store);
    if (!is_waiting)
        poll(&wanted, 1, timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms);
    store_lock(store);
    eventfd_read(store->changed_fd, &count);
    store->is_signalled = 0;
    store_unlock(store);
}

static void show(const struct store *store, const struct group *group, struct workload *out)
{
    *out = (struct workload){.ns = group->ns,
                             .kind = group->kind,
                             .name = group->name,
                             .uid = group->uid,
                             .api_version = group->api_version,
                             .deployment = group->deployment,
                             .namespace_facts = find_namespace(store, group->ns),
                             .pods = group->pods,
                             .pod_count = group->pod_count};
}

int store_next_changed(struct store *store, struct workload *out)
{
    const struct group *group = workloads_next(&store->workloads);
    if (!group)
        return 0;
    show(store, group, out);
    return 1;
}

int store_find(struct store *store, const char *ns, const char *kind, const char *name, struct workload *out)
{
    const struct group *group = workloads_find(&store->workloads, ns, kind, name);
    if (!group || strcmp(group->kind, kind) != 0)
        return 0;
    show(store, group, out);
    return 1;
}

size_t store_events_of(struct store *store, const char *object_uid, const struct event_facts **out,
                       size_t max)
{
    return subjects_events(&store->subjects, object_uid, clock_now_ms(), out, max);
}

int64_t store_good_for_ms(struct store *store, const struct workload *workload, const char *template_hash)
{
    const struct group *group =
        workloads_find(&store->workloads, workload->ns, workload->kind, workload->name);
    return group ? good_for_ms(group, template_hash) : 0;
}
