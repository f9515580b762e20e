/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/detect/thrown_out.h"

#include <string.h>

#define AGAIN_COUNT 3
#define AGAIN_WITHIN_MS (10 * 60 * 1000)
#define STAMP_GRAIN_MS 1000 /* a successor may have been made in the second of the end */

/* When a failed pod ended, of which no stamp tells by itself. One that was not let in has only its start. */
static int64_t ended_ms(const struct pod_facts *pod)
{
    int64_t ended_ms = pod->started_ms > pod->created_ms ? pod->started_ms : pod->created_ms;
    if (pod->ready_since_ms > ended_ms)
        ended_ms = pod->ready_since_ms;
    for (size_t i = 0; i < pod->container_count; i++)
        if (pod->containers[i].now.finished_ms > ended_ms)
            ended_ms = pod->containers[i].now.finished_ms;
    return ended_ms;
}

static int wanted(const struct workload *workload)
{
    return workload->controller ? workload->controller->replicas : 1;
}

/* Whether there are fewer pods than wanted, or one that was made in its place has not become ready in time. */
static int is_missed(struct scene *scene, int64_t since_ms)
{
    const struct workload *workload = scene->workload;
    int64_t patience_ms = scene->patience.pending_ms;
    int live = 0;
    for (size_t i = 0; i < workload->pod_count; i++) {
        const struct pod_facts *pod = workload->pods[i];
        if (!detect_is_live(pod))
            continue;
        live++;
        int in_its_place =
            pod->created_ms >= since_ms - STAMP_GRAIN_MS && pod->created_ms <= since_ms + patience_ms;
        if (in_its_place && !pod->ready && scene_is_past(scene, pod->created_ms + patience_ms))
            return 1;
    }
    return live < wanted(workload) && scene_is_past(scene, since_ms + patience_ms);
}

static int is_again_and_again(const struct scene *scene, int (*is_of_class)(const struct pod_facts *pod))
{
    const struct workload *workload = scene->workload;
    int count = 0;
    for (size_t i = workload->pod_count; i > 0 && count < AGAIN_COUNT; i--)
        count += is_of_class(workload->pods[i - 1]) &&
                 scene->now_ms - ended_ms(workload->pods[i - 1]) <= AGAIN_WITHIN_MS;
    return count == AGAIN_COUNT;
}

enum condition thrown_out(struct scene *scene, const struct pod_facts *pod,
                          int (*is_of_class)(const struct pod_facts *pod))
{
    if (pod->deleted_ms || detect_is_retried(pod) || !is_of_class(pod))
        return CONDITION_WELL;
    int64_t since_ms = ended_ms(pod);
    if (scene_is_past(scene, since_ms + DETECT_RECENT_MS))
        return CONDITION_WELL;
    scene->failed_ms = since_ms;
    int again = !scene_is_past(scene, since_ms + AGAIN_WITHIN_MS) && is_again_and_again(scene, is_of_class);
    return again || is_missed(scene, since_ms) ? CONDITION_FAILING : CONDITION_WELL;
}
