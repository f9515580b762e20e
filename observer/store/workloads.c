/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/workloads.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "observer/store/good.h"
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

/* ---- Owners ---- */

/* The Deployment that a ReplicaSet's pod belongs to, if there is one. */
static struct group *deployment_of(const struct groups *groups, const struct pod_facts *pod)
{
    const struct owner *owner = &pod->owner;
    size_t len = groups_family_len(owner->kind, owner->name, strlen(owner->name));
    if (strcmp(owner->kind, REPLICA_SET) != 0 || !*pod->template_hash || !owner->name[len] ||
        strcmp(owner->name + len + 1, pod->template_hash) != 0)
        return NULL;
    struct group *group = groups_find_len(groups, pod->ns, DEPLOYMENT, owner->name, len);
    return group && group->object ? group : NULL;
}

/* The group that the pod names as its owner. */
static struct group *nearest_of(const struct groups *groups, const struct pod_facts *pod)
{
    return groups_find_len(groups, pod->ns, pod->owner.kind, pod->owner.name, strlen(pod->owner.name));
}

/* The owner's group, which is known by reference alone if need be. */
static struct group *owner_of(struct groups *groups, const struct group *group)
{
    struct group *owner = groups_find_or_add(groups, group->ns, group->owner.kind, group->owner.name);
    if (!owner->object)
        groups_identify(groups, owner, group->owner.uid, group->owner.api_version);
    return owner;
}

static struct group *home_of(struct groups *groups, const struct pod_facts *pod)
{
    struct group *group = deployment_of(groups, pod);
    if (group)
        return group;
    int is_alone = !*pod->owner.kind;
    group = groups_find_or_add(groups, pod->ns, is_alone ? "Pod" : pod->owner.kind,
                               is_alone ? pod->name : pod->owner.name);
    if (*group->owner.kind)
        return owner_of(groups, group);
    if (group->object || (pod->deleted_ms && *group->uid))
        return group; /* the pod is of an earlier owner of this name, perhaps */
    groups_identify(groups, group, is_alone ? pod->uid : pod->owner.uid,
                    is_alone ? "v1" : pod->owner.api_version);
    return group;
}

/* ---- Pods ---- */

static int is_serving(const struct pod_facts *pod)
{
    return pod->ready && !pod->deleted_ms && strcmp(pod->phase, "Failed") != 0;
}

/* A registry that some pod waits for is a subject with neither object nor owner: its host is all that it is. */
static struct group *registry_of(struct groups *groups, const char *host)
{
    struct group *group = groups_find_or_add(groups, STORE_NO_NAMESPACE, STORE_REGISTRY, host);
    groups_identify(groups, group, host, "");
    return group;
}

/* Whether a container before that one waits for the same registry. */
static int is_repeated(const struct pod_facts *pod, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(pod->containers[i].unreachable, pod->containers[index].unreachable) == 0)
            return 1;
    return 0;
}

/* Calls each with each further group that a pod is in: its node, and the registries it waits for. */
static void each_other_home(struct groups *groups, struct item *item, const struct pod_facts *pod,
                            void (*each)(struct groups *groups, struct group *group, struct item *item))
{
    if (*pod->node)
        each(groups, groups_find_or_add(groups, STORE_NO_NAMESPACE, NODE, pod->node), item);
    for (size_t i = 0; i < pod->container_count && !pod->ignored && !pod->deleted_ms; i++)
        if (*pod->containers[i].unreachable && !is_repeated(pod, i))
            each(groups, registry_of(groups, pod->containers[i].unreachable), item);
}

static int is_outage(const struct group *group)
{
    return strcmp(group->kind, STORE_REGISTRY) == 0 &&
           group_homes(group, STORE_OUTAGE_WORKLOADS) == STORE_OUTAGE_WORKLOADS;
}

int64_t workloads_outage_ms(const struct groups *groups, const char *host)
{
    const struct group *group = groups_find(groups, STORE_NO_NAMESPACE, STORE_REGISTRY, host);
    return !group ? 0 : is_outage(group) ? clock_now_ms() : group->past.outage_ms;
}

static void touch_unless_node(struct groups *groups, struct group *group)
{
    if (!group->object && strcmp(group->kind, NODE) != 0)
        groups_touch(groups, group);
}

static void enter(struct groups *groups, struct group *group, struct item *item)
{
    members_add(&group->pods, item);
    touch_unless_node(groups, group);
}

/* A group that only pods held together has to be given back, which is done where groups are given out. */
static void leave(struct groups *groups, struct group *group, struct item *item)
{
    if (is_outage(group))
        group->past.outage_ms = clock_now_ms();
    members_remove(&group->pods, item);
    touch_unless_node(groups, group);
    if (group_is_empty(group))
        groups_touch(groups, group);
}

static void leave_home(struct groups *groups, struct item *item, const struct pod_facts *pod)
{
    struct group *home = item->place, *nearest = nearest_of(groups, pod);
    if (nearest && nearest != home && nearest->passed_on && --nearest->passed_on == 0)
        groups_touch(groups, nearest);
    members_remove(&home->pods, item);
    home->serving -= (size_t)is_serving(pod);
}

static struct group *enter_home(struct groups *groups, struct item *item, const struct pod_facts *pod)
{
    struct group *home = home_of(groups, pod), *nearest = nearest_of(groups, pod);
    if (nearest && nearest != home)
        nearest->passed_on++;
    members_add(&home->pods, item);
    home->serving += (size_t)is_serving(pod);
    item->place = home;
    return home;
}

/* Whether nothing changed that makes a template good or bad. */
static int serves_as_before(const struct change *change)
{
    return change->before && change->after && is_serving(&change->before->pod) &&
           is_serving(&change->after->pod) &&
           strcmp(change->before->pod.template_hash, change->after->pod.template_hash) == 0;
}

static void change_pod(struct groups *groups, const struct change *change)
{
    struct group *left = change->old ? change->old->place : NULL, *joined = NULL;
    if (left)
        past_note_serving(left);
    if (change->new) { /* first, lest a group be empty for a moment */
        joined = enter_home(groups, change->new, &change->after->pod);
        each_other_home(groups, change->new, &change->after->pod, enter);
    }
    if (change->old) {
        leave_home(groups, change->old, &change->before->pod);
        each_other_home(groups, change->old, &change->before->pod, leave);
    }
    if (joined) {
        past_note_serving(joined);
        past_note_pod(joined, change->before ? &change->before->pod : NULL, &change->after->pod);
    }
    if (joined && joined == left && serves_as_before(change))
        groups_touch(groups, joined);
    else if (joined)
        groups_changed(groups, joined);
    if (left && left != joined)
        groups_changed(groups, left);
}

/* ---- Objects ---- */

/* Lets every pod of a group look for its home again. */
static void regroup(struct groups *groups, struct group *group)
{
    struct members pods = group->pods;
    size_t count = pods.count;
    AUTO_FREE struct item **items = xmalloc((count + 1) * sizeof(struct item *));
    for (size_t i = 0; i < count; i++)
        items[i] = pods.items[i];
    for (size_t i = 0; i < count; i++) {
        const union facts *facts = item_facts(groups->texts, STORE_PODS, items[i], groups->arena);
        leave_home(groups, items[i], &facts->pod);
        struct group *joined = enter_home(groups, items[i], &facts->pod);
        past_note_serving(joined);
        groups_changed(groups, joined);
    }
    groups_changed(groups, group);
}

/* Regroups the ReplicaSets of a Deployment's family. Moving pods adds no group to the family but those that
 * are there. */
static void gather(struct groups *groups, const struct group *deployment)
{
    struct table_node *node = table_first(&groups->table, deployment->node.hash);
    for (; node; node = table_next(node)) {
        struct group *group = group_at(node);
        if (strcmp(group->kind, REPLICA_SET) == 0 && strcmp(group->ns, deployment->ns) == 0)
            regroup(groups, group);
    }
}

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
    if (!*group->owner.kind)
        return;
    struct group *owner = owner_of(groups, group);
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
    else if (before == change->old)
        group->object = NULL;
    if (change->new)
        change_part_of_owner(groups, group, NULL, change->new);
    if (change->new)
        past_note_object(groups, group, change);
    groups_changed(groups, group);
    if (change->kind == STORE_NODES)
        change_node(groups, group, change);
    if (change->kind == STORE_DEPLOYMENTS && !before && group->object)
        gather(groups, group);
    else if (before && !group->object && group->pods.count > 0 && change->kind != STORE_NODES)
        regroup(groups, group);
    else if (!before && *group->owner.kind && group->pods.count > 0)
        regroup(groups, group);
}

/* A slice comes and goes with its Service, or a little later. */
static void change_slice(struct groups *groups, const struct change *change)
{
    if (change->old) {
        struct group *left = change->old->place;
        members_remove(&left->parts, change->old);
        past_note_serving(left);
        left->serving -= (size_t)change->before->slice.ready;
        groups_touch(groups, left);
    }
    if (!change->new)
        return;
    struct group *joined = groups_find_or_add(groups, change->after->slice.ns, subjects[STORE_SERVICES].kind,
                                              change->after->slice.service);
    change->new->place = joined;
    members_add(&joined->parts, change->new);
    joined->serving += (size_t)change->after->slice.ready;
    past_note_serving(joined);
    groups_touch(groups, joined);
}

void workloads_change(struct groups *groups, const struct change *change)
{
    if (change->kind == STORE_PODS)
        change_pod(groups, change);
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
    return !group->is_asked && !group->object && !*group->owner.kind && group->pods.count > 0 &&
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
    owner_of(groups, group)->is_asked = 1; /* the top has no further owner */
    regroup(groups, group);
}
