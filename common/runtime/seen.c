/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/seen.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/limits.h"

#define BUCKETS 8192 /* a power of two, about twice the ids */

/* A ring of ids in the order of their coming; chains of ring places by hash. Places count from 1, 0 ends a
 * chain. */
struct seen {
    char *ids[LIMIT_SEEN_IDS];
    uint16_t next[LIMIT_SEEN_IDS];
    uint16_t buckets[BUCKETS];
    unsigned head; /* the place that is filled next */
};

_Static_assert(LIMIT_SEEN_IDS < UINT16_MAX, "places fit their type");

struct seen *seen_new(void)
{
    return xcalloc(1, sizeof(struct seen));
}

void seen_free(struct seen *seen)
{
    for (size_t i = 0; seen && i < LIMIT_SEEN_IDS; i++)
        free(seen->ids[i]);
    free(seen);
}

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static unsigned bucket_of(const char *id)
{
    uint32_t hash = 2166136261u;
    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * 16777619u;
    return hash % BUCKETS;
}

int seen_has(const struct seen *seen, const char *id)
{
    for (unsigned place = seen->buckets[bucket_of(id)]; place; place = seen->next[place - 1])
        if (strcmp(seen->ids[place - 1], id) == 0)
            return 1;
    return 0;
}

static void forget(struct seen *seen, unsigned index)
{
    uint16_t *link = &seen->buckets[bucket_of(seen->ids[index])];
    while (*link != index + 1)
        link = &seen->next[*link - 1];
    *link = seen->next[index];
    free(seen->ids[index]);
}

void seen_add(struct seen *seen, const char *id)
{
    unsigned index = seen->head;
    if (seen->ids[index])
        forget(seen, index);
    uint16_t *bucket = &seen->buckets[bucket_of(id)];
    seen->ids[index] = xstrdup(id);
    seen->next[index] = *bucket;
    *bucket = (uint16_t)(index + 1);
    seen->head = (index + 1) % LIMIT_SEEN_IDS;
}
