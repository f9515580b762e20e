/* SPDX-License-Identifier: Apache-2.0 */
/* Its grace is over, and it is still there. */
#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

/* A finalizer does not keep the containers from ending. */
static void say_why(struct scene *scene, const struct pod_facts *pod)
{
    int is_gone =
        !store_is_blind(scene->store, STORE_NODES) && !store_object(scene->store, STORE_NODES, pod->node);
    if (*pod->node && is_gone)
        strbuf_printf(&scene->detail, "its node %s is gone", pod->node);
    else if (pod->finalizers && (detect_has_ended(pod) || !*pod->node))
        strbuf_printf(&scene->detail, "%d finalizer%s not been removed", pod->finalizers,
                      pod->finalizers == 1 ? " has" : "s have");
    else
        strbuf_printf(&scene->detail, "node %s does not end it", pod->node);
}

static enum condition examine(struct scene *scene, const struct pod_facts *pod)
{
    if (!pod->deleted_ms || !scene_is_past(scene, pod->deleted_ms + scene->patience.stuck_ms))
        return CONDITION_WELL;
    scene->failed_ms = pod->deleted_ms;
    say_why(scene, pod);
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_printf(out, "be deleted: %s", finding->detail);
}

const struct detector stuck_deleting = {
    .class = CLASS_STUCK_DELETING, .of_pod = examine, .describe = describe};
