/* SPDX-License-Identifier: Apache-2.0 */
/* An init container fails again and again, so that the pod never begins its work; or it fails once where nothing is tried
 * again, which fails the pod. */
#include <string.h>

#include "common/schema/classes.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

static int is_init(const struct container_facts *container)
{
    return container->init && !container->sidecar;
}

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    const struct termination *end = is_init(container) ? detect_news(scene, pod, container) : NULL;
    if (!end || end->exit_code == 0 || container->restarts == 0)
        return CONDITION_WELL;
    return detect_after_end(container, scene->now_ms);
}

/* A pod that was evicted, or had to go for another reason than its containers, is no init container's fault. */
static int failed_by_itself(const struct pod_facts *pod)
{
    return strcmp(pod->phase, "Failed") == 0 && !*pod->reason && !*pod->disruption && !pod->deleted_ms;
}

static enum condition examine_pod(struct scene *scene, const struct pod_facts *pod)
{
    for (size_t i = 0; i < pod->container_count && failed_by_itself(pod); i++) {
        const struct container_facts *container = &pod->containers[i];
        if (!is_init(container) || !detect_news(scene, pod, container) || container->now.exit_code == 0)
            continue;
        scene->failed_ms = container->now.finished_ms;
        strbuf_puts(&scene->detail, container->name);
        return CONDITION_FAILING;
    }
    return CONDITION_WELL;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct container_facts *container = &finding->samples[0].container;
    const struct termination *end = detect_last_end(container);
    if (finding->detail)
        strbuf_printf(out, "be initialized: init container %s has failed, and is not tried again",
                      finding->detail);
    else
        strbuf_printf(out, "be initialized: init container %s ends with exit code %d (restarts: %d)",
                      container->name, end->exit_code, container->restarts);
}

const struct detector init_failed = {
    .class = CLASS_INIT, .of_container = examine, .of_pod = examine_pod, .describe = describe};
