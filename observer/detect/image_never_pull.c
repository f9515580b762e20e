/* SPDX-License-Identifier: Apache-2.0 */
/* The image is not on the node, and the pull policy forbids to fetch it. */
#include "common/schema/classes.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    (void)scene, (void)pod;
    return detect_waits_for(container, "ErrImageNeverPull") ? CONDITION_FAILING : CONDITION_WELL;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct container_facts *container = &finding->samples[0].container;
    strbuf_printf(out, "have image \"%s\": it is not on the node, and the pull policy is Never",
                  container->image);
}

const struct detector image_never_pull = {
    .class = CLASS_IMAGE_NEVER_PULL, .of_container = examine, .describe = describe};
