/* SPDX-License-Identifier: Apache-2.0 */
/* The image has a name that is none. The kubelet does not even try. */
#include "common/schema/classes.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    (void)scene, (void)pod;
    return detect_waits_for(container, "InvalidImageName") ? CONDITION_FAILING : CONDITION_WELL;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct container_facts *container = &finding->samples[0].container;
    strbuf_printf(out, "pull image \"%s\": that is not the name of an image", container->image);
}

const struct detector image_name = {.class = CLASS_IMAGE_NAME, .of_container = examine, .describe = describe};
