/* SPDX-License-Identifier: Apache-2.0 */
/* The image cannot be had. Pull attempts and pauses alternate between two reasons; both are the failure. */
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

/* https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/images/types.go */
static const char *const reasons[] = {"ImagePullBackOff",         "ErrImagePull",      "InvalidImageName",
                                      "ErrImageNeverPull",        "ImageInspectError", "RegistryUnavailable",
                                      "SignatureValidationFailed"};

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    (void)scene, (void)pod;
    for (size_t i = 0; container->state == CONTAINER_WAITING && i < COUNT_OF(reasons); i++)
        if (strcmp(container->reason, reasons[i]) == 0)
            return CONDITION_FAILING;
    return CONDITION_WELL;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct container_facts *container = &finding->samples[0].container;
    strbuf_printf(out, "pull image \"%s\"", container->image);
}

const struct detector image_pull = {.class = CLASS_IMAGE_PULL, .of_container = examine, .describe = describe};
