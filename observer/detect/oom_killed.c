/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel killed it for its memory limit. Stronger than the crash loop that follows, as it says why. */
#include <string.h>

#include "common/schema/classes.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

/* The reason and not the exit code: with cgroup v1 a program may even end with 0 after the kernel killed its
 * child. */
static int was_killed(const struct termination *end, int64_t now_ms)
{
    return strcmp(end->reason, "OOMKilled") == 0 && detect_is_recent(end, now_ms);
}

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    if (!detect_news(scene, pod, container) ||
        !(was_killed(&container->now, scene->now_ms) || was_killed(&container->last, scene->now_ms)))
        return CONDITION_WELL;
    return detect_after_end(container, scene->now_ms);
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct container_facts *container = &finding->samples[0].container;
    strbuf_printf(out, "stay within the memory limit: container %s is OOM killed (restarts: %d)",
                  container->name, container->restarts);
}

const struct detector oom_killed = {.class = CLASS_OOM_KILLED, .of_container = examine, .describe = describe};
