/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime cannot make the pod's sandbox, or the node has no network for it. */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/detect/hindrance.h"
#include "observer/sighting.h"

static enum condition examine(struct scene *scene, const struct pod_facts *pod)
{
    const struct event_facts *event = hindrance(scene, pod);
    if (event && strcmp(event->reason, "NetworkNotReady") == 0)
        strbuf_puts(&scene->detail, "has no network");
    else if (event && strcmp(event->reason, "FailedCreatePodSandBox") == 0)
        strbuf_puts(&scene->detail, "cannot make a sandbox");
    else
        return CONDITION_WELL;
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_printf(out, "be made: node %s %s", finding->first.pod.node, finding->detail);
}

const struct detector sandbox = {.class = CLASS_SANDBOX, .of_pod = examine, .describe = describe};
