/* SPDX-License-Identifier: Apache-2.0 */
/* A namespace was deleted and does not go: usually a finalizer whose controller is gone. */
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

/* https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/namespace/deletion/status_condition_utils.go */
static const struct {
    const char *reason, *words;
} reasons[] = {
    {"DiscoveryFailed", "an API of the cluster does not answer"},
    {"GroupVersionParsingFailed", "an API of the cluster has a version that is none"},
    {"ContentDeletionFailed", "some of what is in it cannot be deleted"},
    {"SomeFinalizersRemain", "finalizers hold some of what is in it"},
    {"SomeResourcesRemain", "something is left in it"},
};

static enum condition examine(struct scene *scene)
{
    const struct namespace_facts *ns = scene->workload->ns_object;
    const char *words = "nothing says why";
    if (!ns || !ns->deleted_ms || !scene_is_past(scene, ns->deleted_ms + scene->patience.stuck_ms))
        return CONDITION_WELL;
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (strcmp(ns->stuck.reason, reasons[i].reason) == 0)
            words = reasons[i].words;
    scene->failed_ms = ns->deleted_ms;
    strbuf_puts(&scene->detail, words);
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_printf(out, "finish its deletion: %s", finding->detail);
}

const struct detector namespace_stuck = {
    .class = CLASS_NAMESPACE, .of_object = examine, .describe = describe};
