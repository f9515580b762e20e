/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kubelet has not let the pod in: no room (OutOfcpu …), other labels than it asks for (NodeAffinity), a device that is not
 * there (UnexpectedAdmissionError), a node that is shutting down. There are as many reasons as admission handlers; all have in
 * common that no container was ever reported.
 */
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/detect/thrown_out.h"
#include "observer/sighting.h"

/* Of pods that had been let in: the node shuts down, a critical pod needs the room. */
static const char *const later_reasons[] = {"Terminated", "NodeShutdown", "Shutdown", "Preempting"};

/* Of pods whose containers were not reported either, but for another cause. */
static const char *const other_reasons[] = {"", "Evicted", "DeadlineExceeded"};

static int is_among(const char *reason, const char *const *reasons, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(reason, reasons[i]) == 0)
            return 1;
    return 0;
}

static int is_refused(const struct pod_facts *pod)
{
    if (strcmp(pod->phase, "Failed") != 0)
        return 0;
    return is_among(pod->reason, later_reasons, COUNT_OF(later_reasons)) ||
           (pod->container_count == 0 && !is_among(pod->reason, other_reasons, COUNT_OF(other_reasons)));
}

static enum condition examine(struct scene *scene, const struct pod_facts *pod)
{
    return thrown_out(scene, pod, is_refused);
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct pod_facts *pod = &finding->first.pod;
    strbuf_printf(out, "stay on node %s: refused, %s", pod->node, pod->reason);
}

const struct detector admission = {.class = CLASS_ADMISSION, .of_pod = examine, .describe = describe};
