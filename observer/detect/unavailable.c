/* SPDX-License-Identifier: Apache-2.0 */
/* Fewer pods are ready than wanted, nothing moves, and nothing else is seen: the sum of it, not a cause. */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/detect/keeper.h"
#include "observer/sighting.h"

static enum condition examine(struct scene *scene)
{
    const struct controller_facts *controller = scene->workload->controller;
    if (!controller || !is_keeper(controller) || controller->paused || keeper_is_rolling(controller) ||
        scene->sick || scene->stranded)
        return CONDITION_WELL;
    if (!keeper_falls_short(scene) &&
        !(scene_is_open(scene, CLASS_UNAVAILABLE) && controller->ready < controller->replicas))
        return CONDITION_WELL;
    scene->failed_ms = scene->workload->past->moved_ms;
    scene->affected = (size_t)(controller->replicas - controller->ready);
    strbuf_printf(&scene->detail, "%d of %d are ready", controller->ready, controller->replicas);
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_printf(out, "have all its pods available: %s, and nothing has moved for long", finding->detail);
}

const struct detector unavailable = {.class = CLASS_UNAVAILABLE, .of_object = examine, .describe = describe};
