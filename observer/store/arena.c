/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

#define BLOCK_BYTES 16384 /* a workload of some tens of pods */

struct arena_block {
    struct arena_block *older;
    size_t size;
    alignas(max_align_t) char bytes[];
};

void *arena_take(struct arena *arena, size_t size)
{
    size = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (!arena->newest || arena->newest->size - arena->used < size) {
        size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        struct arena_block *block = xmalloc(sizeof(*block) + room);
        block->older = arena->newest;
        block->size = room;
        arena->newest = block;
        arena->used = 0;
    }
    void *taken = arena->newest->bytes + arena->used;
    arena->used += size;
    return memset(taken, 0, size);
}

void arena_clear(struct arena *arena)
{
    while (arena->newest && (arena->newest->older || arena->newest->size > BLOCK_BYTES)) {
        struct arena_block *older = arena->newest->older;
        free(arena->newest);
        arena->newest = older;
    }
    arena->used = 0;
}

void arena_free(struct arena *arena)
{
    arena_clear(arena);
    free(arena->newest);
    *arena = (struct arena){0};
}
