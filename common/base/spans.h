/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a text, gathered in any order. */
#pragma once

#include "common/base/pattern.h"

struct spans {
    struct span *items;
    size_t count, capacity;
};

#define AUTO_SPANS __attribute__((cleanup(spans_free))) struct spans
void spans_free(struct spans *spans);

/* Adds a part; an empty one is left out. */
void spans_add(struct spans *spans, struct span span);

/* Puts them in order and makes one of those that overlap or touch. */
void spans_merge(struct spans *spans);
