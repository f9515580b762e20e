/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel killed it for its memory limit. Stronger than the crash loop that follows, as it says why. */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect.h"

/* The reason and not the exit code: with cgroup v1 a program may even end with 0 after the kernel killed its
 * child. */
static int was_killed(const struct termination *end, int64_t now_ms)
{
    return strcmp(end->reason, "OOMKilled") == 0 && detect_is_recent(end, now_ms);
}

static enum condition examine(const struct pod_facts *pod, const struct container_facts *container,
                              int64_t now_ms)
{
    int killed = was_killed(&container->now, now_ms) || was_killed(&container->last, now_ms);
    if (!killed || detect_is_retried(pod) || detect_is_proven(container, now_ms))
        return CONDITION_WELL;
    return container->state == CONTAINER_RUNNING && container->ready ? CONDITION_UNPROVEN : CONDITION_FAILING;
}

static void describe(const struct container_facts *container, struct strbuf *out)
{
    strbuf_printf(out, "stay within the memory limit: container %s is OOM killed (restarts: %d)",
                  container->name, container->restarts);
}

const struct detector oom_killed = {CLASS_OOM_KILLED, examine, describe};
