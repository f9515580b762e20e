/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/workloads.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "observer/store/good.h"
#include "observer/store/homes.h"
#include "observer/store/past.h"

#define DEPLOYMENT "Deployment"
#define REPLICA_SET "ReplicaSet"
#define CRON_JOB "CronJob"
#define NODE "Node"

/* Of the kinds whose objects are subjects by themselves. */
static const struct {
    const char *kind, *api_version;
} subjects[STORE_KINDS] = {
    [STORE_DEPLOYMENTS] = {DEPLOYMENT, "apps/v1"},    [STORE_STATEFUL_SETS] = {"StatefulSet", "apps/v1"},
    [STORE_DAEMON_SETS] = {"DaemonSet", "apps/v1"},   [STORE_JOBS] = {"Job", "batch/v1"},
    [STORE_CRON_JOBS] = {CRON_JOB, "batch/v1"},       [STORE_NODES] = {NODE, "v1"},
    [STORE_NAMESPACES] = {"Namespace", "v1"},         [STORE_SERVICES] = {"Service", "v1"},
    [STORE_CLAIMS] = {"PersistentVolumeClaim", "v1"},
};

/* Only a Job's owner of a kind that is watched is followed: what else owns a workload is told of, not watched. */
static const struct owner *followed_owner(enum store_kind kind, const union facts *facts)
{
    static const struct owner nobody = {"", "", "", ""};
    int is_followed = kind == STORE_JOBS && strcmp(facts->controller.owner.kind, CRON_JOB) == 0;
    return is_followed ? &facts->controller.owner : &nobody;
}

static struct group *group_of(struct groups *groups, enum store_kind kind, const union facts *facts)
{
    switch (kind) {
    case STORE_NODES:
        return groups_find_or_add(groups, STORE_NO_NAMESPACE, NODE, facts->node.name);
    case STORE_NAMESPACES:
        return groups_find_or_add(groups, STORE_NO_NAMESPACE, subjects[kind].kind, facts->ns.name);
    case STORE_SERVICES:
        return groups_find_or_add(groups, facts->service.ns, subjects[kind].kind, facts->service.name);
    case STORE_CLAIMS:
        return groups_find_or_add(groups, facts->claim.ns, subjects[kind].kind, facts->claim.name);
    default:
        return groups_find_or_add(groups, facts->controller.ns, facts->controller.kind,
                                  facts->controller.name);
    }
}

static const char *uid_of(enum store_kind kind, const union facts *facts)
{
    return kind == STORE_NODES        ? facts->node.uid
           : kind == STORE_NAMESPACES ? facts->ns.uid
                                      : facts_id(kind, facts);
}

static void set_object(struct groups *groups, struct group *group, const struct change *change)
{
    enum store_kind kind = change->kind;
    change->new->place = group;
    group->object = change->new;
    group->kept_as = kind;
    group->wanted = good_wanted(kind, change->after);
    groups_identify(groups, group, uid_of(kind, change->after), subjects[kind].api_version);
    groups_set_owner(groups, group, followed_owner(kind, change->after));
}

static void touch_home(void *context, struct item *pod)
{
    groups_touch(context, pod->place);
}

/* What a node says of itself matters to all on it. */
static void change_node(struct groups *groups, const struct group *node, const struct change *change)
{
    if (change->after && change->after->node.created_ms > groups->newest_node_ms)
        groups->newest_node_ms = change->after->node.created_ms;
    int was = change->before && *change->before->node.unready.reason;
    int is = change->after && *change->after->node.unready.reason;
    for (size_t i = 0; was != is && i < node->pods.count; i++)
        touch_home(groups, node->pods.items[i]);
}

/* A Job is a part of its CronJob. */
static void change_part_of_owner(struct groups *groups, struct group *group, struct item *old,
                                 struct item *new)
{
    if (!group->owner)
        return;
    struct group *owner = homes_owner_of(groups, group);
    if (old)
        members_remove(&owner->parts, old);
    if (new)
        members_add(&owner->parts, new);
    groups_touch(groups, owner);
}

static void change_object(struct groups *groups, const struct change *change)
{
    struct group *group = change->new ? group_of(groups, change->kind, change->after) : change->old->place;
    struct item *before = group->object;
    if (before && (change->new || before == change->old))
        change_part_of_owner(groups, group, before, NULL);
    if (change->new)
        set_object(groups, group, change);
    else if (before == change->old) {
        group->object = NULL;
        group->wanted = 0;
    }
    if (change->new)
        change_part_of_owner(groups, group, NULL, change->new);
    if (change->new)
        past_note_object(groups, group, change);
    groups_changed(groups, group);
    if (change->kind == STORE_NODES)
        change_node(groups, group, change);
    if (change->kind == STORE_DEPLOYMENTS && !before && group->object)
        homes_gather(groups, group);
    else if (before && !group->object && group->pods.count > 0 && change->kind != STORE_NODES)
        homes_regroup(groups, group);
    else if (!before && group->owner && group->pods.count > 0)
        homes_regroup(groups, group);
}

/* A slice comes and goes with its Service, or a little later. */
static void change_slice(struct groups *groups, const struct change *change)
{
    if (change->old) {
        struct group *left = change->old->place;
        members_remove(&left->parts, change->old);
        past_note_serving(left);
        left->serving -= (uint32_t)change->before->slice.ready;
        groups_touch(groups, left);
    }
    if (!change->new)
        return;
    struct group *joined = groups_find_or_add(groups, change->after->slice.ns, subjects[STORE_SERVICES].kind,
                                              change->after->slice.service);
    change->new->place = joined;
    members_add(&joined->parts, change->new);
    joined->serving += (uint32_t)change->after->slice.ready;
    past_note_serving(joined);
    groups_touch(groups, joined);
}

void workloads_change(struct groups *groups, const struct change *change)
{
    if (change->kind == STORE_PODS)
        homes_change(groups, change);
    else if (change->kind == STORE_SLICES)
        change_slice(groups, change);
    else if (subjects[change->kind].api_version)
        change_object(groups, change);
}

void workloads_miss(struct groups *groups, const struct change *change)
{
    struct group *group = change->old->place;
    const struct service_facts *service = &change->before->service;
    if (!group->object && group->past.served_ms && *service->selector && !service->ignored)
        groups_miss(groups, group, service->selector);
}

int workloads_watch(const char *kind)
{
    static const char *const others[] = {"Pod", STORE_REGISTRY};
    for (size_t i = 0; i < COUNT_OF(subjects); i++)
        if (subjects[i].kind && strcmp(subjects[i].kind, kind) == 0)
            return 1;
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (strcmp(others[i], kind) == 0)
            return 1;
    return 0;
}

static int is_stray(const struct group *group)
{
    return !group->is_asked && !group->object && !group->owner && group->pods.count > 0 &&
           !workloads_watch(group->kind);
}

struct stray_visit {
    const char *ns;
    int (*visit)(void *context, const struct owner *stray);
    void *context;
    int is_over;
};

static void visit_if_stray(void *context, struct table_node *node)
{
    struct stray_visit *strays = context;
    const struct group *group = group_at(node);
    if (!strays->is_over && strcmp(group->ns, strays->ns) == 0 && is_stray(group))
        strays->is_over = strays->visit(
            strays->context, &(struct owner){group->api_version, group->kind, group->name, group->uid});
}

void workloads_each_stray(struct groups *groups, const char *ns,
                          int (*visit)(void *context, const struct owner *stray), void *context)
{
    table_each(&groups->table, visit_if_stray, &(struct stray_visit){ns, visit, context, 0});
}

void workloads_adopt(struct groups *groups, const char *ns, const char *kind, const char *name,
                     const struct owner *owner)
{
    struct group *group = groups_find_len(groups, ns, kind, name, strlen(name));
    if (!group || !is_stray(group))
        return;
    group->is_asked = 1;
    if (!*owner->kind)
        return;
    groups_set_owner(groups, group, owner);
    homes_owner_of(groups, group)->is_asked = 1; /* the top has no further owner */
    homes_regroup(groups, group);
}
