/* SPDX-License-Identifier: Apache-2.0 */
/* Its resources are not changed in place as was asked: never on this node, not for now, or the kubelet failed to. */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

/* https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/#pod-resize-status */
static enum condition examine(struct scene *scene, const struct pod_facts *pod)
{
    const struct complaint *complaint = &pod->resize;
    if (!*complaint->reason || !detect_is_live(pod))
        return CONDITION_WELL;
    scene->failed_ms = complaint->since_ms;
    if (strcmp(complaint->reason, "Deferred") == 0 &&
        !scene_is_past(scene, complaint->since_ms + scene->patience.pending_ms))
        return CONDITION_WELL;
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct pod_facts *pod = &finding->samples[0].pod;
    strbuf_printf(out, "be resized on node %s: %s", pod->node, pod->resize.reason);
}

const struct detector resize = {.class = CLASS_RESIZE, .of_pod = examine, .describe = describe};
