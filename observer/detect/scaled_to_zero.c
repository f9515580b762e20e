/* SPDX-License-Identifier: Apache-2.0 */
/*
 * It served, was scaled to nothing, and a Service still leads to it. What another controller owns or an autoscaler scales is
 * theirs to scale; where it may not be seen whether there is one, nothing is said.
 */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/detect/keeper.h"
#include "observer/selector.h"
#include "observer/sighting.h"

static int is_scaled_by(void *context, const union facts *facts)
{
    const struct controller_facts *controller = context;
    const struct autoscaler_facts *autoscaler = &facts->autoscaler;
    return strcmp(autoscaler->target_name, controller->name) == 0 &&
           strcmp(autoscaler->target_kind, controller->kind) == 0 &&
           strcmp(autoscaler->ns, controller->ns) == 0;
}

static int is_scaled_by_others(const struct scene *scene)
{
    const struct controller_facts *controller = scene->workload->controller;
    return *controller->owner.kind || store_is_blind(scene->store, STORE_AUTOSCALERS) ||
           store_each(scene->store, STORE_AUTOSCALERS, is_scaled_by, (void *)controller);
}

static enum condition examine(struct scene *scene)
{
    const struct controller_facts *controller = scene->workload->controller;
    const struct past *past = scene->workload->past;
    if (!controller || !is_keeper(controller) || strcmp(controller->kind, "DaemonSet") == 0 ||
        controller->replicas > 0 || !(past->served_ms || scene_is_open(scene, CLASS_SCALED_TO_ZERO)) ||
        is_scaled_by_others(scene))
        return CONDITION_WELL;
    const struct service_facts *service = selector_service(scene->store, controller->ns, controller->labels);
    if (!service)
        return CONDITION_WELL;
    scene->failed_ms = past->served_ms;
    scene->affected = (size_t)past->served;
    strbuf_puts(&scene->detail, service->name);
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_printf(out, "serve: it was scaled to 0 replicas while Service %s still leads to it",
                  finding->detail);
}

const struct detector scaled_to_zero = {
    .class = CLASS_SCALED_TO_ZERO, .of_object = examine, .describe = describe};
