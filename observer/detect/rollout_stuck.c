/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rollout does not get on, and no pod shows why. A Deployment says so itself after its progressDeadlineSeconds. A
 * StatefulSet or DaemonSet has no such word: there it is that pods are missing or not ready and nothing has moved for long.
 * Pods of an older template that are all well are none: a partition, or the strategy OnDelete, may want them. What somebody
 * holds back at a scheduling gate is none either.
 */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/detect/keeper.h"
#include "observer/sighting.h"

static int is_past_deadline(const struct workload *workload)
{
    const struct controller_facts *deployment = workload->controller;
    return strcmp(deployment->progressing_reason, "ProgressDeadlineExceeded") == 0 && !deployment->paused &&
           !keeper_is_held(workload);
}

static enum condition examine(struct scene *scene)
{
    const struct controller_facts *controller = scene->workload->controller;
    if (!controller || !is_keeper(controller) || !keeper_is_rolling(controller) || scene->sick ||
        scene->stranded)
        return CONDITION_WELL;
    int is_deployment = strcmp(controller->kind, "Deployment") == 0;
    if (is_deployment ? !is_past_deadline(scene->workload)
                      : !keeper_falls_short(scene) && !(scene_is_open(scene, CLASS_ROLLOUT) &&
                                                        controller->ready < controller->replicas))
        return CONDITION_WELL;
    scene->failed_ms = is_deployment ? controller->progressing_ms : scene->workload->past->moved_ms;
    scene->affected = (size_t)(controller->replicas - controller->updated);
    strbuf_printf(&scene->detail, "%d of %d pods are of the newest revision, %d are ready",
                  controller->updated, controller->replicas, controller->ready);
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_printf(out, "get on with its rollout: %s", finding->detail);
}

const struct detector rollout_stuck = {.class = CLASS_ROLLOUT, .of_object = examine, .describe = describe};
