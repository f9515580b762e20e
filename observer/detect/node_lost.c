/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node does not report, or says that it is not ready: one incident for all that is on it. One that has just come takes its
 * time, and one that was emptied may be switched off, but for those that were told of before.
 */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

/* What a drain leaves there (DaemonSets, static pods) does not count. */
static size_t pods_on(const struct workload *workload)
{
    size_t count = 0;
    for (size_t i = 0; i < workload->pod_count; i++) {
        const struct pod_facts *pod = workload->pods[i];
        count += !pod->mirror && strcmp(pod->owner.kind, "DaemonSet") != 0 && !detect_has_ended(pod);
    }
    return count;
}

/* One that is empty is perhaps only being taken away: that is told later, and not of one that is cordoned. */
static int is_expected(struct scene *scene, size_t pods)
{
    const struct node_facts *node = scene->workload->node;
    if (pods == 0 &&
        (node->cordoned || !scene_is_past(scene, node->unready.since_ms + scene->patience.stuck_ms)))
        return 1;
    return !scene_is_past(scene, node->created_ms + scene->patience.pending_ms);
}

static enum condition examine(struct scene *scene)
{
    const struct node_facts *node = scene->workload->node;
    if (!node || !*node->unready.reason || node->deleted_ms)
        return CONDITION_WELL;
    size_t pods = pods_on(scene->workload);
    if (!scene_is_open(scene, CLASS_NODE) && is_expected(scene, pods))
        return CONDITION_WELL;
    scene->failed_ms = node->unready.since_ms;
    scene->affected = pods;
    strbuf_printf(&scene->detail, "%s (%s); pods on it: %zu",
                  strcmp(node->unready.reason, "NodeStatusUnknown") == 0
                      ? "its kubelet does not report"
                      : "its kubelet says that it is not ready",
                  node->unready.reason, pods);
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_printf(out, "run pods: %s", finding->detail);
}

const struct detector node_lost = {.class = CLASS_NODE, .of_object = examine, .describe = describe};
