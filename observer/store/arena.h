/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for what is shown for a moment: taken piece by piece, given back all at once. Not thread-safe. */
#pragma once

#include <stddef.h>

struct arena_block;

/* Zeroed, it is empty and ready. */
struct arena {
    struct arena_block *newest;
    size_t used; /* of the newest */
};

/* Zeroed bytes that stay where they are until arena_clear(). */
void *arena_take(struct arena *arena, size_t size);

/* Everything that was taken is invalid now; one block is kept for the next time. */
void arena_clear(struct arena *arena);
void arena_free(struct arena *arena);
