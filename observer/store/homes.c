/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/homes.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "observer/store/past.h"

#define DEPLOYMENT "Deployment"
#define REPLICA_SET "ReplicaSet"
#define NODE "Node"

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

struct group *homes_owner_of(struct groups *groups, const struct group *group)
{
    struct group *owner = groups_find_or_add(groups, group->ns, group->owner->kind, group->owner->name);
    if (!owner->object)
        groups_identify(groups, owner, group->owner->uid, group->owner->api_version);
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
    if (group->owner)
        return homes_owner_of(groups, group);
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

int64_t homes_outage_ms(const struct groups *groups, const char *host)
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
    home->serving -= (uint32_t)is_serving(pod);
}

static struct group *enter_home(struct groups *groups, struct item *item, const struct pod_facts *pod)
{
    struct group *home = home_of(groups, pod), *nearest = nearest_of(groups, pod);
    if (nearest && nearest != home)
        nearest->passed_on++;
    members_add(&home->pods, item);
    home->serving += (uint32_t)is_serving(pod);
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

void homes_change(struct groups *groups, const struct change *change)
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

void homes_regroup(struct groups *groups, struct group *group)
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

/* Moving pods adds no group to the family but those that are there. */
void homes_gather(struct groups *groups, const struct group *deployment)
{
    struct table_node *node = table_first(&groups->table, deployment->node.hash);
    for (; node; node = table_next(node)) {
        struct group *group = group_at(node);
        if (strcmp(group->kind, REPLICA_SET) == 0 && strcmp(group->ns, deployment->ns) == 0)
            homes_regroup(groups, group);
    }
}
