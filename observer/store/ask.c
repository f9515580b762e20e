/* SPDX-License-Identifier: Apache-2.0 */
/* What the observe loop asks of the store (store.h). */
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>

#include "common/base/clock.h"
#include "observer/store/good.h"
#include "observer/store/homes.h"
#include "observer/store/kept.h"
#include "observer/store/show.h"

static void show_group(struct store *store, const struct group *group, struct workload *out)
{
    const struct item *ns = kept_find(store, STORE_NAMESPACES, group->ns);
    show(&(struct view){&store->texts, &store->arena}, group, out);
    out->newest_node_ms = store->groups.newest_node_ms;
    out->namespace_facts = ns ? &kept_facts(store, STORE_NAMESPACES, ns)->ns : NULL;
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
    return kept_facts(store, kind, kept_find(store, kind, uid_or_name));
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
        visit->answer = visit->visit(visit->context, kept_facts(visit->store, visit->kind, kept_at(node)));
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

int64_t store_outage_ms(struct store *store, const char *host)
{
    return homes_outage_ms(&store->groups, host);
}

int64_t store_good_for_ms(struct store *store, const struct workload *workload, const char *template_hash)
{
    const struct group *group = group_of(store, workload);
    return group ? good_for_ms(group, template_hash) : 0;
}
int store_is_blind(const struct store *store, enum store_kind kind)
{
    return store->kinds[kind].is_blind;
}
