/* SPDX-License-Identifier: Apache-2.0 */
/*
 * It ends again and again. Between restarts a kubelet shows CrashLoopBackOff or only the terminated run; a
 * first end is answered by a restart without pause and is no loop.
 */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

/* Only the pods of controllers that always restart are wrong to end with 0. */
static int ended_badly(const struct pod_facts *pod, const struct container_facts *container,
                       const struct termination *end)
{
    return *end->reason && (end->exit_code != 0 || (*pod->owner.kind && !container->init));
}

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    if (detect_is_retried(pod))
        return CONDITION_WELL;
    if (detect_waits_for(container, "CrashLoopBackOff"))
        return CONDITION_FAILING;
    int ended = container->state == CONTAINER_TERMINATED;
    const struct termination *end = ended ? &container->now : &container->last;
    if (container->restarts == 0 || !ended_badly(pod, container, end) ||
        !detect_is_recent(end, scene->now_ms))
        return CONDITION_WELL;
    if (ended)
        return CONDITION_FAILING;
    return detect_is_proven(container, scene->now_ms) ? CONDITION_WELL : CONDITION_UNPROVEN;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct container_facts *container = &finding->samples[0].container;
    const struct termination *end = detect_last_end(container);
    strbuf_printf(out, "stay up: container %s ", container->name);
    if (*end->reason)
        strbuf_printf(out, "ends with exit code %d (restarts: %d)", end->exit_code, container->restarts);
    else
        strbuf_printf(out, "restarts again and again (%d times)", container->restarts);
}

const struct detector crash_loop = {.class = CLASS_CRASH_LOOP, .of_container = examine, .describe = describe};
