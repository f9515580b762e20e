/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime cannot make the container, or what is to be done before or after its start does not work. A container whose
 * postStart hook failed is killed and backed off, so that in between only an event tells.
 */
#include "common/base/alloc.h"
#include "common/schema/classes.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

#define HOOK_FAILED "FailedPostStartHook"

/* https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/kuberuntime/kuberuntime_container.go */
static const char *const reasons[] = {"CreateContainerError", "PreCreateHookError", "PreStartHookError",
                                      "PostStartHookError"};

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (detect_waits_for(container, reasons[i]))
            return CONDITION_FAILING;
    const struct termination *end = detect_news(scene, pod, container);
    const struct event_facts *event = end ? detect_event(scene, pod, container, HOOK_FAILED, "") : NULL;
    return event && detect_is_kill(event, end) ? detect_after_end(container, scene->now_ms) : CONDITION_WELL;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct container_facts *container = &finding->samples[0].container;
    if (detect_waits_for(container, "CreateContainerError"))
        strbuf_printf(out, "start: the runtime cannot create container %s", container->name);
    else
        strbuf_printf(out, "start: a hook around the start of container %s fails (restarts: %d)",
                      container->name, container->restarts);
}

const struct detector create_error = {.class = CLASS_CREATE, .of_container = examine, .describe = describe};
