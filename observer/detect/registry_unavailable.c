/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image cannot be had because its registry does not answer: not a matter of the name, and over by itself. What the
 * registry's error says only tells this from image_pull (watch/decode/registry.h). Many workloads that wait for one registry
 * are its own failure: registry_outage.
 */
#include "common/schema/classes.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    (void)scene, (void)pod;
    return *container->unreachable ? CONDITION_FAILING : CONDITION_WELL;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct container_facts *container = &finding->samples[0].container;
    strbuf_printf(out, "pull image \"%s\": registry %s is not available", container->image,
                  container->unreachable);
}

const struct detector registry_unavailable = {
    .class = CLASS_REGISTRY, .of_container = examine, .describe = describe};
