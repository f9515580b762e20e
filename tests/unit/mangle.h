/* SPDX-License-Identifier: Apache-2.0 */
/* Malformed input for readers: what a truncated file, a broken disk or a hostile writer may hand over. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/id.h"

/* Calls check with a heap block of just this size, so that the address sanitizer sees a read beyond it. */
static inline void mangle_exact(const char *bytes, size_t len, void (*check)(const char *bytes, size_t len))
{
    AUTO_FREE char *copy = xmalloc(len);
    if (len > 0)
        memcpy(copy, bytes, len);
    check(copy, len);
}

/* Every truncation of the sample, then rounds copies of which 1 to 8 bits are flipped (the same in each run).
 */
static inline void mangle(const char *sample, size_t len, size_t rounds,
                          void (*check)(const char *bytes, size_t len))
{
    for (size_t cut = 0; cut <= len; cut++)
        mangle_exact(sample, cut, check);
    id_seed(1);
    for (size_t round = 0; round < rounds; round++) {
        AUTO_FREE char *copy = xmalloc(len);
        memcpy(copy, sample, len);
        for (uint32_t flips = 1 + id_random(8); flips > 0; flips--)
            copy[id_random((uint32_t)len)] ^= (char)(1 << id_random(8));
        mangle_exact(copy, len, check);
    }
}
