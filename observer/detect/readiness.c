/* SPDX-License-Identifier: Apache-2.0 */
/*
 * It runs and is not ready. While a rollout is under way that is expected of the new pods, up to the Deployment's own progress
 * deadline. The message of the kubelet's events tells by its first words which probe failed; the rest, which may quote the
 * workload, is not looked at.
 */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

#define USUAL_FACTOR 3 /* how many times its usual time is too long */

/* Whether its containers run, all but those that are through. */
static int runs(const struct pod_facts *pod)
{
    for (size_t i = 0; i < pod->container_count; i++) {
        const struct container_facts *container = &pod->containers[i];
        int is_through = container->init && !container->sidecar && container->state == CONTAINER_TERMINATED;
        if (container->state != CONTAINER_RUNNING && !is_through)
            return 0;
    }
    return pod_running_since(pod) > 0;
}

/* Since this run of its containers at least; a kubelet says that a pod is not ready before it starts them. */
static int lost_its_readiness(const struct pod_facts *pod)
{
    return pod->ready_since_ms > pod_running_since(pod);
}

static int64_t within(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* A pod that starts may take some times what was seen of its siblings, but not for ever: learnt in a bad hour, that may be
 * long. */
static int64_t patience_ms(const struct scene *scene)
{
    int64_t pending_ms = scene->patience.pending_ms, most_ms = 2 * scene->patience.stuck_ms;
    return within(USUAL_FACTOR * scene->workload->past->ready_ms, pending_ms,
                  most_ms > pending_ms ? most_ms : pending_ms);
}

/* Whether a rollout is under way that has not failed. One without a deadline of its own gets observer.stuck_after. */
static int is_rolling(struct scene *scene, const struct pod_facts *pod)
{
    const struct controller_facts *controller = scene->workload->controller;
    if (!controller || (controller->generation <= controller->observed_generation &&
                        controller->updated >= controller->replicas))
        return 0;
    if (*controller->progressing_reason && !controller->paused)
        return strcmp(controller->progressing_reason, "ProgressDeadlineExceeded") != 0;
    return !scene_is_past(scene, pod->created_ms + scene->patience.stuck_ms);
}

static int is_late(struct scene *scene, const struct pod_facts *pod)
{
    if (lost_its_readiness(pod))
        return scene_is_past(scene, pod->ready_since_ms + scene->patience.pending_ms);
    return !is_rolling(scene, pod) && scene_is_past(scene, pod_running_since(pod) + patience_ms(scene));
}

static void say_why(struct scene *scene, const struct pod_facts *pod)
{
    static const char *const reasons[] = {"Unhealthy"};
    const struct event_facts *event = detect_heard(scene, pod, reasons, 1);
    const char *probe = event && strncmp(event->message, "Readiness", strlen("Readiness")) == 0
                            ? "does not pass its readiness probe"
                            : "is not ready";
    for (size_t i = 0; i < pod->container_count; i++)
        if (pod->containers[i].state == CONTAINER_RUNNING && !pod->containers[i].ready) {
            strbuf_printf(&scene->detail, "container %s runs, but %s", pod->containers[i].name, probe);
            return;
        }
    strbuf_puts(&scene->detail, "its containers are ready, but a readiness gate is closed");
}

static enum condition examine(struct scene *scene, const struct pod_facts *pod)
{
    if (!detect_is_live(pod) || pod->ready || detect_is_retried(pod) || !runs(pod) || !is_late(scene, pod))
        return CONDITION_WELL;
    scene->failed_ms = pod->ready_since_ms;
    say_why(scene, pod);
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_printf(out, "become ready: %s", finding->detail);
}

const struct detector readiness = {.class = CLASS_READINESS, .of_pod = examine, .describe = describe};
