/* SPDX-License-Identifier: Apache-2.0 */
/* What the container is configured with is not there, or does not fit: a ConfigMap, a Secret or a key of it, a user that the
 * image must not have. The kubelet looks again every few seconds and changes nothing meanwhile. */
#include "common/schema/classes.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    (void)scene, (void)pod;
    return detect_waits_for(container, "CreateContainerConfigError") ? CONDITION_FAILING : CONDITION_WELL;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct container_facts *container = &finding->samples[0].container;
    strbuf_printf(out,
                  "be configured: a ConfigMap, Secret, key or setting that container %s needs is not there",
                  container->name);
}

const struct detector config_missing = {.class = CLASS_CONFIG, .of_container = examine, .describe = describe};
