/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API server refuses new pods. A Deployment has a condition for that (and another where not even its ReplicaSet may be
 * made); of the other controllers only events tell, which count while something is missing and nothing was made since. Of the
 * API server's words only those are used, for choosing ours, that stand before any that somebody else wrote.
 */
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

#define REASON "FailedCreate"
#define CREATE "create its "
#define JOBS "Jobs"

/* No name can hold these: names have no blanks and no capitals. */
static const struct refusal {
    const char *mark, *words;
} refusals[] = {
    {"exceeded quota: ", "the quota of the namespace is used up"},
    {"failed quota: ", "the quota of the namespace wants requests and limits that are not set"},
    {"violates PodSecurity", "the pod security standard of the namespace forbids it"},
    {"failed calling webhook", "an admission webhook does not answer"},
    {"admission webhook ", "an admission webhook denies it"},
    {"ValidatingAdmissionPolicy ", "an admission policy denies it"},
    {"error looking up service account ", "its service account does not exist"},
    {"no PriorityClass with name ", "its priority class does not exist"},
};

/* The mark that stands first is the API server's own: what a webhook wrote follows its name. */
static const char *words_of(const char *message)
{
    const char *first = NULL, *words = "the API server refuses it";
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        const char *at = strstr(message, refusals[i].mark);
        if (at && (!first || at < first)) {
            first = at;
            words = refusals[i].words;
        }
    }
    return words;
}

static enum condition refused(struct scene *scene, const char *what, const char *message, int missing)
{
    scene->affected = missing > 0 ? (size_t)missing : 0;
    strbuf_printf(&scene->detail, CREATE "%s: %s", what, words_of(message));
    return CONDITION_FAILING;
}

static enum condition examine_deployment(struct scene *scene)
{
    const struct controller_facts *deployment = scene->workload->controller;
    const struct complaint *failure = &deployment->failure;
    if (strcmp(failure->reason, REASON) == 0) {
        scene->failed_ms = failure->since_ms;
        return refused(scene, "pods", failure->message, deployment->replicas - deployment->status_replicas);
    }
    if (strcmp(deployment->progressing_reason, "ReplicaSetCreateError") != 0)
        return CONDITION_WELL;
    scene->failed_ms = deployment->progressing_ms;
    const struct event_facts *events[STORE_EVENTS_PER_OBJECT];
    size_t count = store_events_of(scene->store, deployment->uid, events, COUNT_OF(events));
    return refused(scene, "ReplicaSet", count > 0 ? events[0]->message : "", deployment->replicas);
}

/* The newest event that tells of a refusal, no longer ago than a controller waits before it tries again; NULL = none. */
static const struct event_facts *refusal_of(const struct scene *scene, const char *uid)
{
    const struct event_facts *events[STORE_EVENTS_PER_OBJECT];
    size_t count = store_events_of(scene->store, uid, events, COUNT_OF(events));
    for (size_t i = 0; i < count; i++)
        if (strcmp(events[i]->reason, REASON) == 0)
            return scene->now_ms - events[i]->last_ms <= DETECT_RECENT_MS ? events[i] : NULL;
    return NULL;
}

/* How many pods of an owner there are that have not ended, and when its newest was made. */
struct made {
    int live;
    int64_t newest_ms;
};

static struct made made_by(const struct workload *workload, const char *owner_uid)
{
    struct made made = {0, 0};
    for (size_t i = 0; i < workload->pod_count; i++) {
        const struct pod_facts *pod = workload->pods[i];
        if (strcmp(pod->owner.uid, owner_uid) != 0)
            continue;
        made.live += !detect_has_ended(pod);
        made.newest_ms = pod->created_ms > made.newest_ms ? pod->created_ms : made.newest_ms;
    }
    return made;
}

/* wanted: how many pods at most. */
static enum condition examine_maker(struct scene *scene, const struct controller_facts *maker, int wanted)
{
    struct made made = made_by(scene->workload, maker->uid);
    const struct event_facts *event = made.live < wanted ? refusal_of(scene, maker->uid) : NULL;
    if (!event || event->last_ms < made.newest_ms)
        return CONDITION_WELL;
    return refused(scene, "pods", event->message, wanted - made.live);
}

static enum condition examine_job(struct scene *scene, const struct controller_facts *job)
{
    int is_over = job->paused || job->completed_ms || *job->failure.reason || job->deleted_ms;
    return is_over ? CONDITION_WELL : examine_maker(scene, job, job->active < 1);
}

/* No more is heard of the refusal, and the time for the next Job has not come: it may be refused, too. */
static int awaits_job(const struct scene *scene, const struct controller_facts *newest)
{
    return scene_is_open(scene, CLASS_FAILED_CREATE) && strstr(scene->open.detail, CREATE JOBS) &&
           !scene->workload->controller->paused &&
           (!newest || newest->created_ms + DETECT_GRAIN_MS <= scene->open.opened_ms);
}

static enum condition examine_cron_job(struct scene *scene)
{
    const struct workload *workload = scene->workload;
    const struct controller_facts *newest =
        workload->job_count ? workload->jobs[workload->job_count - 1] : NULL;
    const struct event_facts *event = refusal_of(scene, workload->controller->uid);
    if (event && (!newest || newest->created_ms < event->last_ms) && !workload->controller->paused)
        return refused(scene, JOBS, event->message, 0);
    if (awaits_job(scene, newest)) {
        strbuf_puts(&scene->detail, scene->open.detail);
        return CONDITION_UNPROVEN;
    }
    return newest ? examine_job(scene, newest) : CONDITION_WELL;
}

static enum condition examine(struct scene *scene)
{
    const struct controller_facts *controller = scene->workload->controller;
    if (!controller)
        return CONDITION_WELL;
    if (strcmp(controller->kind, "Deployment") == 0)
        return examine_deployment(scene);
    if (strcmp(controller->kind, "CronJob") == 0)
        return examine_cron_job(scene);
    if (strcmp(controller->kind, "Job") == 0)
        return examine_job(scene, controller);
    return examine_maker(scene, controller, controller->replicas);
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_puts(out, finding->detail);
}

const struct detector failed_create = {
    .class = CLASS_FAILED_CREATE, .of_object = examine, .describe = describe};
