/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An init container neither ends nor fails. What is usual was seen of its siblings; where none has been, three times
 * observer.stuck_after is given: by default a little more than a rollout's own deadline.
 */
#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

#define FACTOR 3

static int64_t patience_ms(const struct scene *scene)
{
    int64_t usual_ms = scene->workload->past->init_ms, stuck_ms = scene->patience.stuck_ms;
    int64_t long_ms = FACTOR * (usual_ms ? usual_ms : stuck_ms);
    return long_ms > stuck_ms ? long_ms : stuck_ms;
}

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    (void)pod;
    if (!container->init || container->sidecar || container->state != CONTAINER_RUNNING ||
        !scene_is_past(scene, container->started_ms + patience_ms(scene)))
        return CONDITION_WELL;
    scene->failed_ms = container->started_ms;
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_printf(out, "start: init container %s runs far longer than usual, and does not end",
                  finding->samples[0].container.name);
}

const struct detector init_overdue = {
    .class = CLASS_INIT_OVERDUE, .of_container = examine, .describe = describe};
