/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kubelet kills it because a liveness or startup probe fails. How it ends then is up to the program, and between two
 * kills it may run and be ready: only the kubelet's event tells that it was a probe.
 */
#include "common/schema/classes.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

#define UNHEALTHY "Unhealthy"

static int was_killed_for(const struct scene *scene, const struct pod_facts *pod,
                          const struct container_facts *container, const struct termination *end,
                          const char *complaint)
{
    const struct event_facts *event = detect_event(scene, pod, container, UNHEALTHY, complaint);
    return event && detect_is_kill(event, end);
}

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    const struct termination *end = container->restarts > 0 ? detect_news(scene, pod, container) : NULL;
    if (!end)
        return CONDITION_WELL;
    if (was_killed_for(scene, pod, container, end, "Startup probe failed"))
        strbuf_puts(&scene->detail, "startup");
    else if (was_killed_for(scene, pod, container, end, "Liveness probe failed"))
        strbuf_puts(&scene->detail, "liveness");
    else
        return CONDITION_WELL;
    return detect_after_end(container, scene->now_ms);
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct container_facts *container = &finding->samples[0].container;
    strbuf_printf(out, "stay up: container %s is killed because its %s probe fails (restarts: %d)",
                  container->name, finding->detail, container->restarts);
}

const struct detector liveness = {.class = CLASS_LIVENESS, .of_container = examine, .describe = describe};
