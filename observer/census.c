/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/census.h"

#include <string.h>

#include "common/base/alloc.h"

static const struct {
    const char *kind;
    enum store_kind kept_as;
} counted[] = {{"Deployment", STORE_DEPLOYMENTS},
               {"StatefulSet", STORE_STATEFUL_SETS},
               {"DaemonSet", STORE_DAEMON_SETS}};

static int is_counted(const char *kind)
{
    for (size_t i = 0; i < COUNT_OF(counted); i++)
        if (strcmp(kind, counted[i].kind) == 0)
            return 1;
    return 0;
}

json_t *census(struct store *store, struct memory *memory)
{
    size_t workloads = 0, failing = 0;
    for (size_t i = 0; i < COUNT_OF(counted); i++)
        workloads += store_count(store, counted[i].kept_as);
    for (size_t i = 0; i < memory_count(memory); i++) {
        const struct chart *chart = memory_at(memory, i);
        failing += is_counted(chart->kind) && !settle_is_calm(chart->spells);
    }
    return workloads
               ? json_pack("{s:I, s:I}", "workloads", (json_int_t)workloads, "failing", (json_int_t)failing)
               : NULL;
}
