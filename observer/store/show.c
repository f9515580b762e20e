/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/show.h"

#include <stdlib.h>
#include <string.h>

static int compare(int64_t a_ms, const char *a_uid, int64_t b_ms, const char *b_uid)
{
    if (a_ms != b_ms)
        return a_ms < b_ms ? -1 : 1;
    return strcmp(a_uid, b_uid);
}

static int by_creation(const void *a, const void *b)
{
    const struct pod_facts *one = *(const struct pod_facts *const *)a,
                           *other = *(const struct pod_facts *const *)b;
    return compare(one->created_ms, one->uid, other->created_ms, other->uid);
}

static int jobs_by_creation(const void *a, const void *b)
{
    const struct controller_facts *one = *(const struct controller_facts *const *)a,
                                  *other = *(const struct controller_facts *const *)b;
    return compare(one->created_ms, one->uid, other->created_ms, other->uid);
}

/* Pointers to the facts of each member; a union begins where each of its members does. */
static const void *show_members(const struct view *view, const struct members *members, enum store_kind kind)
{
    const void **list = arena_take(view->arena, members->count * sizeof(*list));
    for (size_t i = 0; i < members->count; i++)
        list[i] = item_facts(view->texts, kind, members->items[i], view->arena);
    return list;
}

static void show_parts(const struct view *view, const struct group *group, struct workload *out)
{
    if (strcmp(group->kind, "Service") == 0) {
        out->slices = show_members(view, &group->parts, STORE_SLICES);
        out->slice_count = group->parts.count;
    } else {
        out->jobs = show_members(view, &group->parts, STORE_JOBS);
        out->job_count = group->parts.count;
        qsort((void *)out->jobs, out->job_count, sizeof(*out->jobs), jobs_by_creation);
    }
}

static void show_object(const struct view *view, const struct group *group, struct workload *out)
{
    const union facts *facts = item_facts(view->texts, group->kept_as, group->object, view->arena);
    switch (group->kept_as) {
    case STORE_NODES:
        out->node = &facts->node;
        break;
    case STORE_NAMESPACES:
        out->ns_object = &facts->ns;
        break;
    case STORE_SERVICES:
        out->service = &facts->service;
        break;
    case STORE_CLAIMS:
        out->claim = &facts->claim;
        break;
    default:
        out->controller = &facts->controller;
        break;
    }
}

void show(const struct view *view, const struct group *group, struct workload *out)
{
    *out = (struct workload){.ns = group->ns,
                             .kind = group->kind,
                             .name = group->name,
                             .uid = group->uid,
                             .api_version = group->api_version,
                             .past = &group->past};
    if (!group_is_subject(group))
        return;
    if (group->object)
        show_object(view, group, out);
    out->pods = show_members(view, &group->pods, STORE_PODS);
    out->pod_count = group->pods.count;
    if (strcmp(group->kind, STORE_REGISTRY) == 0)
        out->homes = group_homes(group, group->pods.count);
    qsort((void *)out->pods, out->pod_count, sizeof(*out->pods), by_creation);
    if (group->parts.count > 0)
        show_parts(view, group, out);
}
