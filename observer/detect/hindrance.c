/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/detect/hindrance.h"

#include <string.h>

#include "common/base/alloc.h"

/* https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/events/event.go */
static const char *const reasons[] = {"FailedMount", "FailedAttachVolume", "FailedMapVolume",
                                      "FailedCreatePodSandBox", "NetworkNotReady"};

/* While its image is pulled a container waits for the same reasons, but then the pod is assembled. A server before 1.29
 * does not tell; there the events must do. */
static int is_being_made(const struct pod_facts *pod)
{
    for (size_t i = 0; i < pod->container_count; i++)
        if (!detect_waits_for(&pod->containers[i], "ContainerCreating") &&
            !detect_waits_for(&pod->containers[i], "PodInitializing"))
            return 0;
    return detect_is_live(pod) && pod->container_count > 0 && !pod->assembled;
}

const struct event_facts *hindrance(struct scene *scene, const struct pod_facts *pod)
{
    if (!is_being_made(pod) || !scene_is_past(scene, pod->started_ms + scene->patience.pending_ms))
        return NULL;
    scene->failed_ms = pod->started_ms;
    return detect_heard(scene, pod, reasons, COUNT_OF(reasons));
}
