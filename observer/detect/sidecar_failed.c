/* SPDX-License-Identifier: Apache-2.0 */
/* An init container that is to run as long as the pod ends again and again. The pod's own container may run and be ready
 * meanwhile, and yet serve nobody. */
#include "common/schema/classes.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    int is_again = container->sidecar && container->restarts > 0;
    const struct termination *end = is_again ? detect_news(scene, pod, container) : NULL;
    return end ? detect_after_end(container, scene->now_ms) : CONDITION_WELL;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct container_facts *container = &finding->samples[0].container;
    strbuf_printf(out, "keep sidecar %s up: it ends with exit code %d (restarts: %d)", container->name,
                  detect_last_end(container)->exit_code, container->restarts);
}

const struct detector sidecar_failed = {
    .class = CLASS_SIDECAR, .of_container = examine, .describe = describe};
