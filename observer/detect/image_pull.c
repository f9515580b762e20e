/* SPDX-License-Identifier: Apache-2.0 */
/* The image cannot be had, for whatever else. Pull attempts and pauses alternate between two reasons; both are the failure. */
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/classes.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

/* https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/images/types.go
 * https://github.com/kubernetes/cri-api/blob/v0.36.0/pkg/errors/errors.go */
static const char *const reasons[] = {"ErrImagePull", "ImagePullBackOff", "ImageInspectError",
                                      "SignatureValidationFailed"};

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    (void)scene, (void)pod;
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (detect_waits_for(container, reasons[i]))
            return CONDITION_FAILING;
    return CONDITION_WELL;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct container_facts *container = &finding->samples[0].container;
    strbuf_printf(out, "pull image \"%s\"", container->image);
}

const struct detector image_pull = {.class = CLASS_IMAGE_PULL, .of_container = examine, .describe = describe};
