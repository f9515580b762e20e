/* SPDX-License-Identifier: Apache-2.0 */
/* One registry lets many workloads wait for their images: one failure with one cause, which is theirs no longer
 * (detect_is_outage). */
#include "common/schema/classes.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

/* When the first of them began to wait: a container that never ran has kept its pod from being ready since then. */
static int64_t first_ms(const struct workload *registry)
{
    int64_t first = 0;
    for (size_t i = 0; i < registry->pod_count; i++) {
        int64_t since = registry->pods[i]->ready_since_ms;
        first = since && (!first || since < first) ? since : first;
    }
    return first;
}

static enum condition examine(struct scene *scene)
{
    const struct workload *registry = scene->workload;
    if (registry->homes == 0)
        return CONDITION_WELL;
    scene->affected = registry->pod_count;
    scene->failed_ms = first_ms(registry);
    strbuf_printf(&scene->detail, "%zu", registry->homes);
    if (registry->homes >= STORE_OUTAGE_WORKLOADS)
        return CONDITION_FAILING;
    return detect_is_outage(scene, registry->name) ? CONDITION_UNPROVEN : CONDITION_WELL;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_printf(out, "serve images: %s workloads wait for them, with %zu pods", finding->detail,
                  finding->affected);
}

const struct detector registry_outage = {.class = CLASS_REGISTRY, .of_object = examine, .describe = describe};
