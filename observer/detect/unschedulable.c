/* SPDX-License-Identifier: Apache-2.0 */
/* No node can take the pod. In the scheduler's message its own set phrases alone are looked for, to say why. */
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/detect/scheduling.h"
#include "observer/sighting.h"

/* https://github.com/kubernetes/kubernetes/tree/v1.36.0/pkg/scheduler/framework/plugins */
static const struct {
    const char *phrase, *why;
} whys[] = {
    {"Insufficient cpu", "too little CPU is free"},
    {"Insufficient memory", "too little memory is free"},
    {"Too many pods", "nodes have as many pods as they may"},
    {"node affinity/selector", "nodes have not the labels that are asked for"},
    {"untolerated taint", "nodes have taints that are not tolerated"},
    {"were unschedulable", "nodes are cordoned"},
    {"pod anti-affinity rules", "pods keep apart from each other"},
    {"topology spread constraints", "the pods are to be spread"},
    {"free ports", "a host port is taken"},
    {"unbound immediate PersistentVolumeClaims", "a claim is not bound"},
    {"persistentvolumeclaim \"", "a claim does not exist"},
    {"volume node affinity conflict", "a volume is bound to other nodes"},
};

static enum condition examine(struct scene *scene, const struct pod_facts *pod)
{
    if (!is_unschedulable(scene, pod))
        return CONDITION_WELL;
    for (size_t i = 0; i < COUNT_OF(whys); i++)
        if (strstr(pod->unscheduled.message, whys[i].phrase))
            strbuf_printf(&scene->detail, "%s%s", scene->detail.len ? ", " : "", whys[i].why);
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_puts(out, "be scheduled");
    if (finding->detail)
        strbuf_printf(out, ": %s", finding->detail);
}

const struct detector unschedulable = {.class = CLASS_UNSCHEDULABLE, .of_pod = examine, .describe = describe};
