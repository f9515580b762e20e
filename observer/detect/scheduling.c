/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/detect/scheduling.h"

#include <string.h>

static int64_t longer(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int is_unschedulable(struct scene *scene, const struct pod_facts *pod)
{
    const struct workload *workload = scene->workload;
    const struct complaint *complaint = &pod->unscheduled;
    if (!detect_is_live(pod) || strcmp(complaint->reason, "Unschedulable") != 0)
        return 0;
    int64_t since_ms = longer(complaint->since_ms, workload->past->gated_ms);
    int help_comes = *pod->nominated || workload->newest_node_ms > complaint->since_ms;
    int64_t patience_ms = scene->patience.pending_ms;
    if (help_comes)
        patience_ms = longer(patience_ms, scene->patience.stuck_ms);
    scene->failed_ms = complaint->since_ms;
    return scene_is_past(scene, since_ms + patience_ms);
}
