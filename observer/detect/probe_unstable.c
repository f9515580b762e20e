/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probes fail again and again, but never often enough in a row to kill the container or to take the pod out for long: nothing
 * in the status tells, only repeated events do.
 *
 * Ten failures without a pause of six minutes (event_facts.streak) are beyond what a busy moment explains, and the newest must
 * have come after the pod was ready for the last time: an outage that is over is over. While the pod is not ready, or has only
 * just become so again, it prolongs the spell and does not begin one. The first words of the message, a kubelet's own, tell which
 * probe it is; the rest may quote the workload and is not looked at.
 */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

#define STREAK_LEAST 10

/* All that was heard without a pause: one event for each wording. */
struct failures {
    int count;
    const struct event_facts *newest;
};

static struct failures failures_of(struct scene *scene, const struct pod_facts *pod)
{
    const struct event_facts *events[STORE_EVENTS_PER_OBJECT];
    struct failures failures = {0, NULL};
    size_t count = store_events_of(scene->store, pod->uid, events, STORE_EVENTS_PER_OBJECT);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(events[i]->reason, "Unhealthy") != 0 ||
            scene_is_past(scene, events[i]->last_ms + EVENT_PAUSE_MS))
            continue;
        failures.count += events[i]->streak;
        failures.newest = failures.newest ? failures.newest : events[i]; /* newest first */
    }
    return failures;
}

/* Then others say more, and say it better. */
static int has_restarted(const struct scene *scene, const struct pod_facts *pod)
{
    for (size_t i = 0; i < pod->container_count; i++)
        if (pod->containers[i].state != CONTAINER_RUNNING
                ? !pod->containers[i].init
                : detect_is_recent(&pod->containers[i].last, scene->now_ms))
            return 1;
    return 0;
}

/* Probes may fail while a program starts. */
static int is_starting(const struct scene *scene, const struct pod_facts *pod,
                       const struct event_facts *event)
{
    return event->last_ms < pod_running_since(pod) + scene->patience.stuck_ms;
}

static const char *probe_of(const struct event_facts *event)
{
    static const char *const probes[] = {"Readiness", "Liveness", "Startup"};
    static const char *const names[] = {"readiness", "liveness", "startup"};
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
        if (strncmp(event->message, probes[i], strlen(probes[i])) == 0)
            return names[i];
    return "";
}

static enum condition examine(struct scene *scene, const struct pod_facts *pod)
{
    int ours = scene_is_open(scene, CLASS_PROBE_UNSTABLE);
    if (!detect_is_live(pod) || has_restarted(scene, pod))
        return CONDITION_WELL;
    struct failures failures = failures_of(scene, pod);
    if (!failures.newest || (failures.count < STREAK_LEAST && !ours) ||
        is_starting(scene, pod, failures.newest))
        return CONDITION_WELL;
    strbuf_printf(&scene->detail, "%s", probe_of(failures.newest));
    if (pod->ready && failures.newest->last_ms > pod->ready_since_ms)
        return CONDITION_FAILING;
    return ours || !pod->ready || !scene_is_past(scene, pod->ready_since_ms + scene->patience.pending_ms)
               ? CONDITION_UNPROVEN
               : CONDITION_WELL;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    const char *probe = finding->detail ? finding->detail : "";
    strbuf_printf(out, "pass the %s%sprobe reliably: it fails again and again, but kills nothing", probe,
                  *probe ? " " : "");
}

const struct detector probe_unstable = {
    .class = CLASS_PROBE_UNSTABLE, .of_pod = examine, .describe = describe};
