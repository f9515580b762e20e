/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/detector.h"

#include <signal.h>
#include <string.h>

/* The default pauses of a kubelet between restarts. They can be configured, so they serve only to judge how
 * long is long. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy */
#define BACKOFF_FIRST_MS (10 * 1000)
#define BACKOFF_MOST_MS (300 * 1000)
#define BACKOFF_RESET_MS (10 * 60 * 1000)

#define LOOP_MS (10 * 60 * 1000) /* three ends within are a loop */

/* A kubelet sends 25 events about a pod, whatever they say, then one in 5 minutes: of a pod that is killed again and again
 * the reason may not have been heard for long.
 * https://github.com/kubernetes/client-go/blob/v0.36.0/tools/record/events_cache.go */
#define SAID_MS DETECT_RECENT_MS
#define JUST_SAID_MS (60 * 1000) /* longer than the usual grace */

int scene_is_past(struct scene *scene, int64_t at_ms)
{
    if (at_ms <= scene->now_ms)
        return 1;
    if (!scene->look_again_ms || at_ms < scene->look_again_ms)
        scene->look_again_ms = at_ms;
    return 0;
}

int scene_is_open(const struct scene *scene, const char *class)
{
    return strcmp(scene->open.class, class) == 0;
}

static int64_t backoff_ms(int restarts)
{
    int64_t pause = BACKOFF_FIRST_MS;
    for (int i = 1; i < restarts && pause < BACKOFF_MOST_MS; i++)
        pause *= 2;
    return pause < BACKOFF_MOST_MS ? pause : BACKOFF_MOST_MS;
}

static int ends_often(const struct container_facts *container)
{
    int64_t first_ms = container->earlier_ms[1];
    return first_ms && container->last.finished_ms - first_ms <= LOOP_MS;
}

/* The longest time from one end to the next that is known; 0 = none is. */
static int64_t usual_life_ms(const struct container_facts *container)
{
    const int64_t *earlier = container->earlier_ms;
    int64_t last = earlier[0] ? container->last.finished_ms - earlier[0] : 0;
    int64_t before = earlier[1] ? earlier[0] - earlier[1] : 0;
    return last > before ? last : before;
}

int detect_is_proven(const struct container_facts *container, int64_t now_ms)
{
    if (container->state == CONTAINER_TERMINATED)
        return container->init && !container->sidecar && container->now.exit_code == 0 &&
               strcmp(container->now.reason, "Completed") == 0;
    if (container->state != CONTAINER_RUNNING || !container->started_ms)
        return 0;
    int64_t ran_ms = now_ms - container->started_ms;
    if (ran_ms >= BACKOFF_RESET_MS)
        return 1;
    return container->ready && ran_ms >= 2 * backoff_ms(container->restarts) &&
           ran_ms > usual_life_ms(container);
}

enum condition detect_after_end(const struct container_facts *container, int64_t now_ms)
{
    if (detect_is_proven(container, now_ms))
        return CONDITION_WELL;
    if (container->state == CONTAINER_TERMINATED || detect_waits_for(container, "CrashLoopBackOff"))
        return CONDITION_FAILING;
    if (container->state == CONTAINER_RUNNING && ends_often(container) &&
        now_ms - container->started_ms <= usual_life_ms(container))
        return CONDITION_FAILING;
    return CONDITION_UNPROVEN;
}

int detect_is_recent(const struct termination *end, int64_t now_ms)
{
    return *end->reason && now_ms - end->finished_ms <= DETECT_RECENT_MS;
}

const struct termination *detect_last_end(const struct container_facts *container)
{
    return container->state == CONTAINER_TERMINATED ? &container->now : &container->last;
}

/* A container that goes because all of its pod are restarted ends for no reason of its own.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/kubelet_pods.go */
static int is_provided_for(const struct pod_facts *pod, const struct container_facts *container,
                           const struct termination *end)
{
    return pod->restarting || container->planned || strcmp(end->reason, "RestartingAllContainers") == 0;
}

const struct termination *detect_news(const struct scene *scene, const struct pod_facts *pod,
                                      const struct container_facts *container)
{
    const struct termination *end = detect_last_end(container);
    if (!detect_is_recent(end, scene->now_ms) || detect_is_retried(pod) ||
        is_provided_for(pod, container, end))
        return NULL;
    return end;
}

const struct event_facts *detect_event(const struct scene *scene, const struct pod_facts *pod,
                                       const struct container_facts *container, const char *reason,
                                       const char *beginning)
{
    const struct event_facts *events[STORE_EVENTS_PER_OBJECT];
    size_t count = store_events_of(scene->store, pod->uid, events, STORE_EVENTS_PER_OBJECT);
    for (size_t i = 0; i < count; i++)
        if (strcmp(events[i]->reason, reason) == 0 && strcmp(events[i]->container, container->name) == 0 &&
            strncmp(events[i]->message, beginning, strlen(beginning)) == 0)
            return events[i];
    return NULL;
}

/* What programs make of SIGTERM, and SIGKILL after it, is known; any other code could be a program's own. */
int detect_is_kill(const struct event_facts *event, const struct termination *end)
{
    int is_usual = end->exit_code == 0 || end->exit_code == 128 + SIGTERM || end->exit_code == 128 + SIGKILL;
    return end->finished_ms - event->last_ms <= (is_usual ? SAID_MS : JUST_SAID_MS);
}

int detect_waits_for(const struct container_facts *container, const char *reason)
{
    return container->state == CONTAINER_WAITING && strcmp(container->reason, reason) == 0;
}

int detect_is_retried(const struct pod_facts *pod)
{
    return strcmp(pod->owner.kind, "Job") == 0;
}

int detect_is_outage(struct scene *scene, const char *host)
{
    int64_t outage_ms = store_outage_ms(scene->store, host);
    return outage_ms && !scene_is_past(scene, outage_ms + scene->patience.pending_ms);
}

int detect_has_ended(const struct pod_facts *pod)
{
    return strcmp(pod->phase, "Succeeded") == 0 || strcmp(pod->phase, "Failed") == 0;
}

int detect_is_live(const struct pod_facts *pod)
{
    return !pod->deleted_ms && !*pod->disruption && !detect_has_ended(pod);
}

const struct event_facts *detect_heard(struct scene *scene, const struct pod_facts *pod,
                                       const char *const *reasons, size_t count)
{
    const struct event_facts *events[STORE_EVENTS_PER_OBJECT];
    size_t heard = store_events_of(scene->store, pod->uid, events, STORE_EVENTS_PER_OBJECT);
    for (size_t i = 0; i < heard; i++)
        for (size_t j = 0; j < count; j++)
            if (strcmp(events[i]->reason, reasons[j]) == 0)
                return scene_is_past(scene, events[i]->last_ms + EVENT_PAUSE_MS) ? NULL : events[i];
    return NULL;
}
