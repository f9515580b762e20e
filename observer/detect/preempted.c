/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A workload had to make room for pods of a higher priority, and finds none: what came in the place of its preempted pods is
 * unschedulable. Preemption that finds room elsewhere is the scheduler's daily work.
 */
#include <stdlib.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/detect/scheduling.h"
#include "observer/sighting.h"

#define REPLACED_WITHIN_MS (10 * 60 * 1000) /* the longest grace that a preempted pod is likely to have */

static enum condition examine(struct scene *scene, const struct pod_facts *pod)
{
    int64_t preempted_ms = scene->workload->past->preempted_ms;
    int in_its_place =
        llabs(pod->created_ms - preempted_ms) <= REPLACED_WITHIN_MS || scene_is_open(scene, CLASS_PREEMPTED);
    return in_its_place && is_unschedulable(scene, pod) ? CONDITION_FAILING : CONDITION_WELL;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    (void)finding;
    strbuf_puts(out, "be scheduled again: pods of a higher priority have taken their place");
}

const struct detector preempted = {.class = CLASS_PREEMPTED, .of_pod = examine, .describe = describe};
