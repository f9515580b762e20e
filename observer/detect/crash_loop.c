/* SPDX-License-Identifier: Apache-2.0 */
/*
 * It ends again and again, and nothing better is known. Between restarts a kubelet shows CrashLoopBackOff or only the
 * terminated run; a first end is answered by a restart without pause and is no loop.
 */
#include <string.h>

#include "common/schema/classes.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

static int always_restarts(const struct pod_facts *pod, const struct container_facts *container)
{
    const char *policy = *container->restart_policy ? container->restart_policy : pod->restart_policy;
    return !*policy || strcmp(policy, "Always") == 0;
}

/* Only what a controller keeps running is wrong to end with 0: a bare pod may be meant to. */
static int ended_badly(const struct pod_facts *pod, const struct container_facts *container,
                       const struct termination *end)
{
    return end->exit_code != 0 || (*pod->owner.kind && !container->init && always_restarts(pod, container));
}

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    if (detect_is_retried(pod) || pod->restarting)
        return CONDITION_WELL;
    if (detect_waits_for(container, "CrashLoopBackOff"))
        return CONDITION_FAILING; /* even if a rule provides for its ends: the kubelet itself calls it a loop */
    const struct termination *end = container->restarts > 0 ? detect_news(scene, pod, container) : NULL;
    if (!end || !ended_badly(pod, container, end))
        return CONDITION_WELL;
    return detect_after_end(container, scene->now_ms);
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
