/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/spans.h"

#include <stdlib.h>

#include "common/base/alloc.h"

#define FIRST_CAPACITY 16

void spans_free(struct spans *spans)
{
    free(spans->items);
    *spans = (struct spans){0};
}

void spans_add(struct spans *spans, struct span span)
{
    if (span.end <= span.start)
        return;
    if (spans->count == spans->capacity) {
        spans->capacity = spans->capacity ? 2 * spans->capacity : FIRST_CAPACITY;
        spans->items = xrealloc(spans->items, spans->capacity * sizeof *spans->items);
    }
    spans->items[spans->count++] = span;
}

static int compare(const void *a, const void *b)
{
    const struct span *one = a, *other = b;
    return (one->start > other->start) - (one->start < other->start);
}

void spans_merge(struct spans *spans)
{
    size_t kept = 0;
    if (spans->count == 0)
        return;
    qsort(spans->items, spans->count, sizeof *spans->items, compare);
    for (size_t i = 1; i < spans->count; i++) {
        struct span *last = &spans->items[kept], *next = &spans->items[i];
        if (next->start > last->end)
            spans->items[++kept] = *next;
        else if (next->end > last->end)
            last->end = next->end;
    }
    spans->count = kept + 1;
}
