/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/item.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

/* A pod's containers stand behind it, their number first. */
static void pack_containers(struct texts *texts, const struct pod_facts *pod, struct strbuf *out)
{
    pack_number(out, pod->container_count);
    for (size_t i = 0; i < pod->container_count; i++)
        pack(texts, &container_shape, &pod->containers[i], pod->created_ms, out);
}

struct item *item_new(struct texts *texts, enum store_kind kind, const void *facts, struct strbuf *room)
{
    strbuf_clear(room);
    pack(texts, &shapes[kind], facts, 0, room);
    if (kind == STORE_PODS)
        pack_containers(texts, facts, room);
    struct item *item = xmalloc(sizeof(*item) + room->len);
    *item = (struct item){0};
    memcpy(item->packed, room->data, room->len);
    return item;
}

void item_free(struct texts *texts, enum store_kind kind, struct item *item)
{
    uint64_t containers = 0;
    const char *rest = pack_drop(texts, &shapes[kind], item->packed);
    if (kind == STORE_PODS)
        rest = unpack_number(rest, &containers);
    for (uint64_t i = 0; i < containers; i++)
        rest = pack_drop(texts, &container_shape, rest);
    free(item);
}

union facts *item_facts(const struct texts *texts, enum store_kind kind, const struct item *item,
                        struct arena *arena)
{
    union facts *facts = arena_take(arena, shapes[kind].size);
    const char *rest = unpack(texts, &shapes[kind], item->packed, 0, arena, facts);
    if (kind != STORE_PODS)
        return facts;
    uint64_t count;
    rest = unpack_number(rest, &count);
    facts->pod.container_count = (size_t)count;
    facts->pod.containers = arena_take(arena, (size_t)count * sizeof(struct container_facts));
    for (size_t i = 0; i < count; i++)
        rest = unpack(texts, &container_shape, rest, facts->pod.created_ms, arena, &facts->pod.containers[i]);
    return facts;
}

int item_has_id(const struct texts *texts, enum store_kind kind, const struct item *item, const char *id)
{
    return pack_has_id(texts, &shapes[kind], item->packed, id);
}

const char *facts_id(enum store_kind kind, const void *facts)
{
    return *(const char *const *)((const char *)facts + shapes[kind].id);
}
