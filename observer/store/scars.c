/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/scars.h"

#include <string.h>

#include "common/base/alloc.h"

static int is(const char *text, const char *other)
{
    return strcmp(text ? text : "", other) == 0;
}

static int pauses_without_a_word(const struct container_facts *container)
{
    return is(container->reason, "ImagePullBackOff") && is(container->unreachable, "");
}

/* Most pods have no past. */
static int may_have_scars(const struct pod_facts *pod)
{
    for (size_t i = 0; i < pod->container_count; i++)
        if (pod->containers[i].restarts > 0 || pauses_without_a_word(&pod->containers[i]))
            return 1;
    return 0;
}

static const struct container_facts *container_of(const struct pod_facts *pod, const char *name)
{
    for (size_t i = 0; i < pod->container_count; i++)
        if (is(name, pod->containers[i].name))
            return &pod->containers[i];
    return NULL;
}

/* All ends that were known, the latest first; those before the last one are the earlier ones. */
static void keep_ends(const struct container_facts *before, struct container_facts *container)
{
    const int64_t known_ms[] = {before->now.finished_ms, before->last.finished_ms, before->earlier_ms[0],
                                before->earlier_ms[1]};
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(known_ms) && count < COUNT_OF(container->earlier_ms); i++)
        if (known_ms[i] && known_ms[i] < container->last.finished_ms)
            container->earlier_ms[count++] = known_ms[i];
}

static void keep(const struct container_facts *before, struct container_facts *container)
{
    keep_ends(before, container);
    if (pauses_without_a_word(container) && is(container->image, before->image))
        container->unreachable = before->unreachable;
}

const struct pod_facts *scars_keep(const struct texts *texts, const struct item *before,
                                   const struct pod_facts *pod, struct arena *arena)
{
    if (!may_have_scars(pod))
        return pod;
    const struct pod_facts *old = &item_facts(texts, STORE_PODS, before, arena)->pod;
    size_t size = pod->container_count * sizeof(*pod->containers);
    struct pod_facts *kept = arena_take(arena, sizeof(*kept));
    *kept = *pod;
    kept->containers = arena_take(arena, size);
    memcpy(kept->containers, pod->containers, size);
    for (size_t i = 0; i < kept->container_count; i++) {
        const struct container_facts *same = container_of(old, kept->containers[i].name);
        if (same)
            keep(same, &kept->containers[i]);
    }
    return kept;
}
