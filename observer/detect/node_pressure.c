/* SPDX-License-Identifier: Apache-2.0 */
/* A node is short of something and will put pods out, or has no network. One that is cordoned is being seen to. */
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

static const struct {
    const char *type, *words;
} pressures[] = {
    {"MemoryPressure", "memory is short (MemoryPressure)"},
    {"DiskPressure", "disk space is short (DiskPressure)"},
    {"PIDPressure", "process numbers are short (PIDPressure)"},
    {"NetworkUnavailable", "its network is not set up (NetworkUnavailable)"},
};

static enum condition examine(struct scene *scene)
{
    const struct node_facts *node = scene->workload->node;
    if (!node || !*node->pressure.reason || node->deleted_ms)
        return CONDITION_WELL;
    if (!scene_is_open(scene, CLASS_PRESSURE) &&
        (node->cordoned || !scene_is_past(scene, node->created_ms + scene->patience.pending_ms)))
        return CONDITION_WELL;
    scene->failed_ms = node->pressure.since_ms;
    for (size_t i = 0; i < scene->workload->pod_count; i++)
        scene->affected += (size_t)detect_is_live(scene->workload->pods[i]);
    for (size_t i = 0; i < COUNT_OF(pressures); i++)
        if (strcmp(node->pressure.reason, pressures[i].type) == 0)
            strbuf_puts(&scene->detail, pressures[i].words);
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_printf(out, "take more: %s", finding->detail);
}

const struct detector node_pressure = {.class = CLASS_PRESSURE, .of_object = examine, .describe = describe};
