/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/workloads.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "observer/store/good.h"

#define DEPLOYMENT "Deployment"
#define REPLICA_SET "ReplicaSet"

static struct group *group_at(struct table_node *node)
{
    return (struct group *)((char *)node - offsetof(struct group, node));
}

/* How much of a name is the family's: a ReplicaSet "web-5d8" is of the family of Deployment "web". A family
 * has one hash, so that a Deployment finds the ReplicaSets that may be its own. */
static size_t family_len(const char *kind, const char *name, size_t len)
{
    const char *dash = strcmp(kind, REPLICA_SET) == 0 ? memrchr(name, '-', len) : NULL;
    return dash ? (size_t)(dash - name) : len;
}

static uint32_t family_hash(const char *ns, const char *kind, const char *name, size_t len)
{
    return table_hash(table_hash(TABLE_HASH, ns, strlen(ns) + 1), name, family_len(kind, name, len));
}

/* The name is the first len bytes of name. */
static struct group *find(const struct workloads *workloads, const char *ns, const char *kind,
                          const char *name, size_t len)
{
    struct table_node *node = table_first(&workloads->groups, family_hash(ns, kind, name, len));
    for (; node; node = table_next(node)) {
        struct group *group = group_at(node);
        if (strncmp(group->name, name, len) == 0 && !group->name[len] && strcmp(group->ns, ns) == 0 &&
            strcmp(group->kind, kind) == 0)
            return group;
    }
    return NULL;
}

static struct group *find_or_add(struct workloads *workloads, const char *ns, const char *kind,
                                 const char *name)
{
    struct group *group = find(workloads, ns, kind, name, strlen(name));
    if (group)
        return group;
    group = xcalloc(1, sizeof(*group));
    group->ns = texts_share(workloads->texts, ns);
    group->kind = texts_share(workloads->texts, kind);
    group->name = texts_share(workloads->texts, name);
    group->uid = group->api_version = "";
    table_add(&workloads->groups, &group->node, family_hash(ns, kind, name, strlen(name)));
    return group;
}

static void set_text(struct texts *texts, const char **place, const char *text)
{
    const char *old = *place;
    *place = texts_share(texts, text);
    texts_drop(texts, old);
}

static void group_free(struct workloads *workloads, struct group *group)
{
    const char *const shared[] = {group->ns, group->kind, group->name, group->uid, group->api_version};
    for (size_t i = 0; i < COUNT_OF(shared); i++)
        texts_drop(workloads->texts, shared[i]);
    good_clear(workloads->texts, group);
    table_remove(&workloads->groups, &group->node);
    free(group->pods);
    free(group);
}

static int is_empty(const struct group *group)
{
    return !group->deployment && group->pod_count == 0;
}

/* ---- The queue ---- */

void workloads_touch(struct workloads *workloads, struct group *group)
{
    if (group->is_queued)
        return;
    group->is_queued = 1;
    group->next_changed = NULL;
    if (workloads->first_changed)
        workloads->last_changed->next_changed = group;
    else
        workloads->first_changed = group;
    workloads->last_changed = group;
}

static struct group *dequeue(struct workloads *workloads)
{
    struct group *group = workloads->first_changed;
    if (!group)
        return NULL;
    workloads->first_changed = group->next_changed;
    group->is_queued = 0;
    return group;
}

struct group *workloads_next(struct workloads *workloads)
{
    struct group *given = STEAL(workloads->given), *group;
    if (given && is_empty(given) && !given->is_queued)
        group_free(workloads, given);
    while ((group = dequeue(workloads)) && is_empty(group) && !group->was_given)
        group_free(workloads, group); /* came and went before anybody saw it */
    if (group)
        group->was_given = !is_empty(group);
    return workloads->given = group;
}

static void changed(struct workloads *workloads, struct group *group)
{
    good_note(workloads->texts, group);
    workloads_touch(workloads, group);
}

struct namespace_touch {
    struct workloads *workloads;
    const char *ns;
};

static void touch_if_in(void *context, struct table_node *node)
{
    const struct namespace_touch *touch = context;
    if (strcmp(group_at(node)->ns, touch->ns) == 0)
        workloads_touch(touch->workloads, group_at(node));
}

void workloads_touch_namespace(struct workloads *workloads, const char *ns)
{
    table_each(&workloads->groups, touch_if_in, &(struct namespace_touch){workloads, ns});
}

/* ---- Pods ---- */

static int compare(const struct pod_facts *a, const struct pod_facts *b)
{
    if (a->created_ms != b->created_ms)
        return a->created_ms < b->created_ms ? -1 : 1;
    return strcmp(a->uid, b->uid);
}

/* The place of the first pod that is not before this one. */
static size_t place_of(const struct group *group, const struct pod_facts *pod)
{
    size_t low = 0, high = group->pod_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(group->pods[middle], pod) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void put_in(struct group *group, const struct pod_facts *pod)
{
    if (group->pod_count == group->pod_capacity) {
        group->pod_capacity = group->pod_capacity ? 2 * group->pod_capacity : 2;
        group->pods = xrealloc(group->pods, group->pod_capacity * sizeof(const struct pod_facts *));
    }
    size_t place = place_of(group, pod);
    memmove(group->pods + place + 1, group->pods + place, (group->pod_count - place) * sizeof(pod));
    group->pods[place] = pod;
    group->pod_count++;
}

static void take_out(struct group *group, const struct pod_facts *pod)
{
    size_t place = place_of(group, pod);
    assert(place < group->pod_count && group->pods[place] == pod);
    group->pod_count--;
    memmove(group->pods + place, group->pods + place + 1, (group->pod_count - place) * sizeof(pod));
}

/* The Deployment that a ReplicaSet's pod belongs to, if there is one. */
static struct group *deployment_of(const struct workloads *workloads, const struct pod_facts *pod)
{
    size_t len = family_len(pod->owner_kind, pod->owner_name, strlen(pod->owner_name));
    if (strcmp(pod->owner_kind, REPLICA_SET) != 0 || !*pod->template_hash || !pod->owner_name[len] ||
        strcmp(pod->owner_name + len + 1, pod->template_hash) != 0)
        return NULL;
    struct group *group = find(workloads, pod->ns, DEPLOYMENT, pod->owner_name, len);
    return group && group->deployment ? group : NULL;
}

static struct group *home_of(struct workloads *workloads, const struct pod_facts *pod)
{
    struct group *group = deployment_of(workloads, pod);
    if (group)
        return group;
    int is_alone = !*pod->owner_kind;
    group = find_or_add(workloads, pod->ns, is_alone ? "Pod" : pod->owner_kind,
                        is_alone ? pod->name : pod->owner_name);
    if (pod->deleted_ms && *group->uid)
        return group; /* of an earlier owner of this name, perhaps */
    set_text(workloads->texts, &group->uid, is_alone ? pod->uid : pod->owner_uid);
    set_text(workloads->texts, &group->api_version, is_alone ? "v1" : pod->owner_api_version);
    return group;
}

static struct group *move_in(struct workloads *workloads, struct item *item)
{
    struct group *group = home_of(workloads, item_facts(item));
    put_in(group, item_facts(item));
    item->place = group;
    return group;
}

void workloads_change_pod(struct workloads *workloads, struct item *old, struct item *new)
{
    struct group *left = old ? old->place : NULL;
    if (old)
        take_out(left, item_facts(old));
    struct group *joined = new ? move_in(workloads, new) : NULL;
    if (joined)
        changed(workloads, joined);
    if (left && left != joined)
        changed(workloads, left);
}

/* ---- Deployments ---- */

/* Lets every pod of a group look for its home again. */
static void regroup(struct workloads *workloads, struct group *group)
{
    AUTO_FREE const struct pod_facts **pods = STEAL(group->pods);
    size_t count = group->pod_count;
    group->pod_count = group->pod_capacity = 0;
    for (size_t i = 0; i < count; i++)
        changed(workloads, move_in(workloads, item_of(pods[i])));
    changed(workloads, group);
}

/* Regroups the ReplicaSets of a Deployment's family. Moving pods adds no group to the family but those that
 * are there. */
static void gather(struct workloads *workloads, const struct group *deployment)
{
    struct table_node *node = table_first(&workloads->groups, deployment->node.hash);
    for (; node; node = table_next(node)) {
        struct group *group = group_at(node);
        if (strcmp(group->kind, REPLICA_SET) == 0 && strcmp(group->ns, deployment->ns) == 0)
            regroup(workloads, group);
    }
}

static void set_deployment(struct workloads *workloads, struct group *group, struct item *item)
{
    const struct deployment_facts *deployment = item_facts(item);
    item->place = group;
    group->deployment = deployment;
    if (strcmp(group->uid, deployment->uid) != 0)
        good_clear(workloads->texts, group);
    set_text(workloads->texts, &group->uid, deployment->uid);
    set_text(workloads->texts, &group->api_version, "apps/v1");
}

void workloads_change_deployment(struct workloads *workloads, struct item *old, struct item *new)
{
    const struct deployment_facts *facts = item_facts(new ? new : old);
    struct group *group = new ? find_or_add(workloads, facts->ns, DEPLOYMENT, facts->name) : old->place;
    int was_there = group->deployment != NULL;
    if (new)
        set_deployment(workloads, group, new);
    else if (group->deployment == facts)
        group->deployment = NULL;
    changed(workloads, group);
    if (!was_there)
        gather(workloads, group);
    else if (!group->deployment)
        regroup(workloads, group);
}

struct group *workloads_find(const struct workloads *workloads, const char *ns, const char *kind,
                             const char *name)
{
    struct group *group = find(workloads, ns, kind, name, strlen(name));
    if (!group && strcmp(kind, REPLICA_SET) == 0)
        group = find(workloads, ns, DEPLOYMENT, name, family_len(kind, name, strlen(name)));
    return group && !is_empty(group) ? group : NULL;
}

static void free_emptied(void *context, struct table_node *node)
{
    assert(is_empty(group_at(node)));
    group_free(context, group_at(node));
}

void workloads_free(struct workloads *workloads)
{
    table_each(&workloads->groups, free_emptied, workloads);
    table_free(&workloads->groups);
}
