/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/item.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

/* Where the strings of a struct lie, and who has them. */
struct shape {
    size_t size;
    size_t id;
    const size_t *shared;
    size_t shared_count;
    const size_t *own;
    size_t own_count;
};

#define SHAPE(type, id, shared, own)                                                                         \
    {                                                                                                        \
        sizeof(struct type), offsetof(struct type, id), shared, COUNT_OF(shared), own, COUNT_OF(own)         \
    }

static const size_t container_shared[] = {
    offsetof(struct container_facts, name), offsetof(struct container_facts, image),
    offsetof(struct container_facts, reason), offsetof(struct container_facts, now.reason),
    offsetof(struct container_facts, last.reason)};
static const size_t container_own[] = {offsetof(struct container_facts, message)};
static const struct shape container_shape = SHAPE(container_facts, name, container_shared, container_own);

static const size_t pod_shared[] = {
    offsetof(struct pod_facts, ns),           offsetof(struct pod_facts, node),
    offsetof(struct pod_facts, phase),        offsetof(struct pod_facts, reason),
    offsetof(struct pod_facts, owner_kind),   offsetof(struct pod_facts, owner_name),
    offsetof(struct pod_facts, owner_uid),    offsetof(struct pod_facts, owner_api_version),
    offsetof(struct pod_facts, template_hash)};
static const size_t pod_own[] = {offsetof(struct pod_facts, name), offsetof(struct pod_facts, uid)};

static const size_t event_shared[] = {
    offsetof(struct event_facts, ns),          offsetof(struct event_facts, object_kind),
    offsetof(struct event_facts, object_name), offsetof(struct event_facts, object_uid),
    offsetof(struct event_facts, type),        offsetof(struct event_facts, reason)};
static const size_t event_own[] = {offsetof(struct event_facts, uid), offsetof(struct event_facts, message)};

static const size_t deployment_shared[] = {
    offsetof(struct deployment_facts, ns), offsetof(struct deployment_facts, name),
    offsetof(struct deployment_facts, uid), offsetof(struct deployment_facts, revision),
    offsetof(struct deployment_facts, progressing_reason)};
static const size_t deployment_own[] = {offsetof(struct deployment_facts, resource_version)};

static const size_t namespace_shared[] = {offsetof(struct namespace_facts, name),
                                          offsetof(struct namespace_facts, phase)};

static const struct shape shapes[STORE_KINDS] = {
    [STORE_PODS] = SHAPE(pod_facts, uid, pod_shared, pod_own),
    [STORE_EVENTS] = SHAPE(event_facts, uid, event_shared, event_own),
    [STORE_DEPLOYMENTS] = SHAPE(deployment_facts, uid, deployment_shared, deployment_own),
    [STORE_NAMESPACES] = {sizeof(struct namespace_facts), offsetof(struct namespace_facts, name),
                          namespace_shared, COUNT_OF(namespace_shared), NULL, 0},
};

void *item_facts(struct item *item)
{
    return item + 1;
}

struct item *item_of(const void *facts)
{
    return (struct item *)(uintptr_t)facts - 1;
}

static const char **string_at(const void *facts, size_t offset)
{
    return (const char **)((uintptr_t)facts + offset);
}

const char *item_id(enum store_kind kind, const void *facts)
{
    return *string_at(facts, shapes[kind].id);
}

/* What the own strings of a struct take. */
static size_t own_size(const struct shape *shape, const void *facts)
{
    size_t size = 0;
    for (size_t i = 0; i < shape->own_count; i++)
        size += strlen(*string_at(facts, shape->own[i])) + 1;
    return size;
}

/* Makes the strings of a copied struct its own, the unshared ones from room on; returns the room that is
 * left. */
static char *keep_strings(struct texts *texts, const struct shape *shape, void *facts, char *room)
{
    for (size_t i = 0; i < shape->shared_count; i++) {
        const char **string = string_at(facts, shape->shared[i]);
        *string = texts_share(texts, *string);
    }
    for (size_t i = 0; i < shape->own_count; i++) {
        const char **string = string_at(facts, shape->own[i]);
        size_t size = strlen(*string) + 1;
        *string = memcpy(room, *string, size);
        room += size;
    }
    return room;
}

static void drop_strings(struct texts *texts, const struct shape *shape, const void *facts)
{
    for (size_t i = 0; i < shape->shared_count; i++)
        texts_drop(texts, *string_at(facts, shape->shared[i]));
}

/* Only pods have containers. */
static size_t container_count(enum store_kind kind, const void *facts)
{
    return kind == STORE_PODS ? ((const struct pod_facts *)facts)->container_count : 0;
}

static size_t block_size(enum store_kind kind, const void *facts)
{
    const struct container_facts *containers =
        kind == STORE_PODS ? ((const struct pod_facts *)facts)->containers : NULL;
    size_t size = sizeof(struct item) + shapes[kind].size + own_size(&shapes[kind], facts);
    for (size_t i = 0; i < container_count(kind, facts); i++)
        size += container_shape.size + own_size(&container_shape, &containers[i]);
    return size;
}

struct item *item_new(struct texts *texts, enum store_kind kind, const void *facts)
{
    const struct shape *shape = &shapes[kind];
    size_t containers_size = container_count(kind, facts) * container_shape.size;
    struct item *item = xmalloc(block_size(kind, facts));
    *item = (struct item){0};
    char *copy = item_facts(item), *room = copy + shape->size + containers_size;
    memcpy(copy, facts, shape->size);
    room = keep_strings(texts, shape, copy, room);
    if (kind != STORE_PODS)
        return item;
    struct pod_facts *pod = item_facts(item);
    struct container_facts *containers = (struct container_facts *)(pod + 1);
    if (containers_size > 0)
        memcpy(containers, pod->containers, containers_size);
    for (size_t i = 0; i < pod->container_count; i++)
        room = keep_strings(texts, &container_shape, &containers[i], room);
    pod->containers = containers;
    return item;
}

void item_free(struct texts *texts, enum store_kind kind, struct item *item)
{
    if (kind == STORE_PODS) {
        const struct pod_facts *pod = item_facts(item);
        for (size_t i = 0; i < pod->container_count; i++)
            drop_strings(texts, &container_shape, &pod->containers[i]);
    }
    drop_strings(texts, &shapes[kind], item_facts(item));
    free(item);
}
