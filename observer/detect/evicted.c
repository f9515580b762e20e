/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kubelet has thrown the pod out: it used more than its limit of storage, or the node ran out of something. Which of them is
 * read from the kubelet's own set phrase.
 */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/detect/thrown_out.h"
#include "observer/sighting.h"

/* https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/eviction/helpers.go */
#define NODE_RAN_LOW "The node was low on resource"

static int is_evicted(const struct pod_facts *pod)
{
    return strcmp(pod->phase, "Failed") == 0 && strcmp(pod->reason, "Evicted") == 0;
}

static enum condition examine(struct scene *scene, const struct pod_facts *pod)
{
    return thrown_out(scene, pod, is_evicted);
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct pod_facts *pod = &finding->first.pod;
    int ran_low = strncmp(pod->message, NODE_RAN_LOW, strlen(NODE_RAN_LOW)) == 0;
    strbuf_printf(out, "stay: evicted from node %s, %s", pod->node,
                  ran_low ? "which ran low on resources" : "for exceeding a storage limit");
}

const struct detector evicted = {.class = CLASS_EVICTED, .of_pod = examine, .describe = describe};
