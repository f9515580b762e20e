/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program cannot be run: it is not in the image, may not be executed, its working directory is wrong. Kubelets show that
 * as a waiting state beside the end of a run that never was, and back off like any crash; a shell in between says it with
 * its exit code.
 */
#include <string.h>

#include "common/schema/classes.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

#define NOT_EXECUTABLE 126 /* https://www.gnu.org/software/bash/manual/html_node/Exit-Status.html */
#define NOT_FOUND 127

static int is_start_error(const struct termination *end)
{
    return strcmp(end->reason, "StartError") == 0 || strcmp(end->reason, "ContainerCannotRun") == 0;
}

static int is_shells_word(const struct container_facts *container, const struct termination *end)
{
    return container->restarts > 0 && (end->exit_code == NOT_EXECUTABLE || end->exit_code == NOT_FOUND);
}

static enum condition examine(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container)
{
    if (detect_waits_for(container, "RunContainerError") && !detect_is_retried(pod))
        return CONDITION_FAILING;
    const struct termination *end = detect_news(scene, pod, container);
    if (!end || !(is_start_error(end) || is_shells_word(container, end)))
        return CONDITION_WELL;
    return detect_after_end(container, scene->now_ms);
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const struct container_facts *container = &finding->samples[0].container;
    const struct termination *end = detect_last_end(container);
    strbuf_printf(out, "start: the program of container %s ", container->name);
    if (is_start_error(end) || !*end->reason)
        strbuf_printf(out, "cannot be run (restarts: %d)", container->restarts);
    else
        strbuf_printf(out, "%s (exit code %d, restarts: %d)",
                      end->exit_code == NOT_FOUND ? "is not found" : "may not be executed", end->exit_code,
                      container->restarts);
}

const struct detector start_error = {.class = CLASS_START, .of_container = examine, .describe = describe};
