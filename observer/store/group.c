/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/group.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "observer/store/good.h"

#define REPLICA_SET "ReplicaSet"
#define DEPLOYMENT "Deployment"

void members_add(struct members *members, struct item *item)
{
    if (members->count == members->capacity) {
        members->capacity = members->capacity ? 2 * members->capacity : 2;
        members->items = xrealloc(members->items, members->capacity * sizeof(struct item *));
    }
    members->items[members->count++] = item;
}

/* The newest members are the likeliest to change. */
void members_remove(struct members *members, const struct item *item)
{
    size_t i = members->count;
    while (i > 0 && members->items[i - 1] != item)
        i--;
    assert(i > 0);
    members->items[i - 1] = members->items[--members->count];
}

int group_is_empty(const struct group *group)
{
    return !group->object && group->pods.count == 0 && group->parts.count == 0 && !group->past.gone_ms;
}

int group_is_subject(const struct group *group)
{
    return !group_is_empty(group) && !(group->owner && group->pods.count == 0);
}

size_t group_homes(const struct group *group, size_t most)
{
    size_t count = 0, room = most < group->pods.count ? most : group->pods.count;
    AUTO_FREE const void **homes = xmalloc((room + 1) * sizeof(*homes));
    for (size_t i = 0; i < group->pods.count && count < room; i++) {
        size_t place = 0;
        homes[count] = group->pods.items[i]->place;
        while (homes[place] != homes[count])
            place++;
        count += place == count;
    }
    return count;
}

struct group *group_at(struct table_node *node)
{
    return (struct group *)((char *)node - offsetof(struct group, node));
}

size_t groups_family_len(const char *kind, const char *name, size_t len)
{
    const char *dash = strcmp(kind, REPLICA_SET) == 0 ? memrchr(name, '-', len) : NULL;
    return dash ? (size_t)(dash - name) : len;
}

static uint32_t family_hash(const char *ns, const char *kind, const char *name, size_t len)
{
    return table_hash(table_hash(TABLE_HASH, ns, strlen(ns) + 1), name, groups_family_len(kind, name, len));
}

/* The name is the first len bytes of name. */
struct group *groups_find_len(const struct groups *groups, const char *ns, const char *kind, const char *name,
                              size_t len)
{
    struct table_node *node = table_first(&groups->table, family_hash(ns, kind, name, len));
    for (; node; node = table_next(node)) {
        struct group *group = group_at(node);
        if (strncmp(group->name, name, len) == 0 && !group->name[len] && strcmp(group->ns, ns) == 0 &&
            strcmp(group->kind, kind) == 0)
            return group;
    }
    return NULL;
}

struct group *groups_find_or_add(struct groups *groups, const char *ns, const char *kind, const char *name)
{
    struct group *group = groups_find_len(groups, ns, kind, name, strlen(name));
    if (group)
        return group;
    group = xcalloc(1, sizeof(*group));
    group->ns = texts_share(groups->texts, ns);
    group->kind = texts_share(groups->texts, kind);
    group->name = texts_share(groups->texts, name);
    group->uid = group->api_version = group->past.selector = "";
    table_add(&groups->table, &group->node, family_hash(ns, kind, name, strlen(name)));
    return group;
}

static void set_text(struct texts *texts, const char **place, const char *text)
{
    const char *old = *place;
    *place = texts_share(texts, text);
    texts_drop(texts, old);
}

static void drop_owner(struct groups *groups, struct owner *owner)
{
    if (!owner)
        return;
    texts_drop(groups->texts, owner->api_version);
    texts_drop(groups->texts, owner->kind);
    texts_drop(groups->texts, owner->name);
    texts_drop(groups->texts, owner->uid);
    free(owner);
}

void groups_set_owner(struct groups *groups, struct group *group, const struct owner *owner)
{
    struct owner *old = STEAL(group->owner);
    if (*owner->kind) {
        group->owner = xmalloc(sizeof(*owner));
        *group->owner = (struct owner){
            texts_share(groups->texts, owner->api_version), texts_share(groups->texts, owner->kind),
            texts_share(groups->texts, owner->name), texts_share(groups->texts, owner->uid)};
    }
    drop_owner(groups, old);
}

static void forget_past(struct groups *groups, struct group *group)
{
    texts_drop(groups->texts, group->past.selector);
    group->past = (struct past){.selector = ""};
}

void groups_identify(struct groups *groups, struct group *group, const char *uid, const char *api_version)
{
    if (*group->uid && strcmp(group->uid, uid) != 0) {
        good_clear(groups->texts, group);
        forget_past(groups, group);
    }
    set_text(groups->texts, &group->uid, uid);
    set_text(groups->texts, &group->api_version, api_version);
}

static void group_free(struct groups *groups, struct group *group)
{
    const char *const shared[] = {group->ns, group->kind, group->name, group->uid, group->api_version};
    for (size_t i = 0; i < COUNT_OF(shared); i++)
        texts_drop(groups->texts, shared[i]);
    drop_owner(groups, group->owner);
    forget_past(groups, group);
    good_clear(groups->texts, group);
    table_remove(&groups->table, &group->node);
    free(group->pods.items);
    free(group->parts.items);
    free(group);
}

/* ---- The queue ---- */

void groups_touch(struct groups *groups, struct group *group)
{
    if (group->is_queued)
        return;
    group->is_queued = 1;
    group->next_changed = NULL;
    if (groups->first_changed)
        groups->last_changed->next_changed = group;
    else
        groups->first_changed = group;
    groups->last_changed = group;
}

static struct group *dequeue(struct groups *groups)
{
    struct group *group = groups->first_changed;
    if (!group)
        return NULL;
    groups->first_changed = group->next_changed;
    group->is_queued = 0;
    return group;
}

struct group *groups_next(struct groups *groups)
{
    struct group *given = STEAL(groups->given), *group;
    if (given && group_is_empty(given) && !given->passed_on && !given->is_queued)
        group_free(groups, given);
    while ((group = dequeue(groups))) {
        int was_given = group->was_given;
        group->was_given = group_is_subject(group) != 0;
        if (group->was_given || was_given)
            break;
        if (group_is_empty(group) && !group->passed_on)
            group_free(groups, group); /* came and went before anybody saw it */
    }
    return groups->given = group;
}

void groups_changed(struct groups *groups, struct group *group)
{
    good_note(groups, group);
    groups_touch(groups, group);
}

struct namespace_touch {
    struct groups *groups;
    const char *ns;
};

static void touch_if_in(void *context, struct table_node *node)
{
    const struct namespace_touch *touch = context;
    if (strcmp(group_at(node)->ns, touch->ns) == 0)
        groups_touch(touch->groups, group_at(node));
}

void groups_touch_namespace(struct groups *groups, const char *ns)
{
    table_each(&groups->table, touch_if_in, &(struct namespace_touch){groups, ns});
}

/* ---- What is missed ---- */

struct letting_go {
    struct groups *groups;
    const char *ns;
    int64_t before_ms;
};

static void let_go(void *context, struct table_node *node)
{
    const struct letting_go *letting_go = context;
    struct group *group = group_at(node);
    if (!group->past.gone_ms ||
        (group->past.gone_ms > letting_go->before_ms && strcmp(group->ns, letting_go->ns) != 0))
        return;
    forget_past(letting_go->groups, group);
    groups_touch(letting_go->groups, group);
}

void groups_let_go(struct groups *groups, const char *ns)
{
    table_each(&groups->table, let_go, &(struct letting_go){groups, ns, clock_now_ms() - STORE_MISSED_MS});
}

/* The next to go shows the others out: there is time enough. */
void groups_miss(struct groups *groups, struct group *group, const char *selector)
{
    groups_let_go(groups, "");
    set_text(groups->texts, &group->past.selector, selector);
    group->past.gone_ms = clock_now_ms();
}

/* ---- Time ---- */

void groups_wake(struct groups *groups, struct group *group, int64_t wake_ms)
{
    if (!group->wake_ms || wake_ms < group->wake_ms)
        group->wake_ms = wake_ms;
    if (!groups->next_wake_ms || wake_ms < groups->next_wake_ms)
        groups->next_wake_ms = wake_ms;
}

struct due {
    struct groups *groups;
    int64_t now_ms;
};

static void touch_if_due(void *context, struct table_node *node)
{
    const struct due *due = context;
    struct group *group = group_at(node);
    int64_t wake_ms = group->wake_ms;
    if (!wake_ms)
        return;
    group->wake_ms = 0;
    if (wake_ms <= due->now_ms)
        groups_touch(due->groups, group);
    else
        groups_wake(due->groups, group, wake_ms);
}

/* So few wait at any time, and so seldom is one due, that all groups are asked rather than a queue kept. */
void groups_touch_due(struct groups *groups, int64_t now_ms)
{
    if (!groups->next_wake_ms || groups->next_wake_ms > now_ms)
        return;
    groups->next_wake_ms = 0;
    table_each(&groups->table, touch_if_due, &(struct due){groups, now_ms});
}

struct group *groups_find(const struct groups *groups, const char *ns, const char *kind, const char *name)
{
    struct group *group = groups_find_len(groups, ns, kind, name, strlen(name));
    if (!group && strcmp(kind, REPLICA_SET) == 0)
        group = groups_find_len(groups, ns, DEPLOYMENT, name, groups_family_len(kind, name, strlen(name)));
    if (group && group->owner && !group_is_subject(group))
        group =
            groups_find_len(groups, ns, group->owner->kind, group->owner->name, strlen(group->owner->name));
    return group && group_is_subject(group) ? group : NULL;
}

static void free_emptied(void *context, struct table_node *node)
{
    forget_past(context, group_at(node));
    assert(group_is_empty(group_at(node)));
    group_free(context, group_at(node));
}

void groups_free(struct groups *groups)
{
    table_each(&groups->table, free_emptied, groups);
    table_free(&groups->table);
}
