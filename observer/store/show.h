/* SPDX-License-Identifier: Apache-2.0 */
/* A group as the observe loop sees it: unpacked and in order. */
#pragma once

#include "observer/store/group.h"

struct view {
    const struct texts *texts;
    struct arena *arena; /* where it lies */
};

/* Fills all of out but namespace_facts. */
void show(const struct view *view, const struct group *group, struct workload *out);
