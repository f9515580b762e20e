/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Job that has given up: it tries no more. Of a CronJob only the newest Job that came to an end counts, as its history may
 * keep older ones that failed. What failed long before anybody looked is history, too. A Job that failed may be gone before
 * its CronJob has run again; then only a success that came later ends the incident.
 */
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

/* https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/api/batch/v1/types.go */
static const struct {
    const char *reason, *words;
} reasons[] = {
    {"BackoffLimitExceeded", "its pods failed more often than its backoffLimit allows"},
    {"DeadlineExceeded", "it did not end within its activeDeadlineSeconds"},
    {"PodFailurePolicy", "a pod failed in a way that its podFailurePolicy does not try again"},
    {"MaxFailedIndexesExceeded", "more of its indexes failed than its maxFailedIndexes allows"},
    {"FailedIndexes", "some of its indexes failed"},
};

static void describe_job(const struct controller_facts *job, int of_cron_job, struct strbuf *out)
{
    const char *words = job->failure.reason;
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (strcmp(job->failure.reason, reasons[i].reason) == 0)
            words = reasons[i].words;
    strbuf_printf(out, "finish%s%s: %s (failed pods: %d)", of_cron_job ? " Job " : "",
                  of_cron_job ? job->name : "", words, job->failed);
}

/* Those that succeeded may be gone already, but the CronJob remembers the last time. */
static const struct controller_facts *newest_end(const struct workload *workload)
{
    for (size_t i = workload->job_count; i-- > 0;) {
        const struct controller_facts *job = workload->jobs[i];
        if (job->ignored)
            continue;
        if (job->completed_ms)
            return NULL;
        if (*job->failure.reason)
            return workload->controller && workload->controller->completed_ms > job->failure.since_ms ? NULL
                                                                                                      : job;
    }
    return NULL;
}

static const struct controller_facts *failed_job(const struct workload *workload)
{
    const struct controller_facts *controller = workload->controller;
    if (strcmp(workload->kind, "CronJob") == 0)
        return newest_end(workload);
    return controller && strcmp(controller->kind, "Job") == 0 && *controller->failure.reason ? controller
                                                                                             : NULL;
}

static int64_t last_success_ms(const struct workload *workload)
{
    int64_t last_ms = workload->controller->completed_ms;
    for (size_t i = 0; i < workload->job_count; i++)
        if (workload->jobs[i]->completed_ms > last_ms)
            last_ms = workload->jobs[i]->completed_ms;
    return last_ms;
}

static int awaits_success(const struct scene *scene)
{
    const struct controller_facts *controller = scene->workload->controller;
    return controller && strcmp(controller->kind, "CronJob") == 0 && !controller->paused &&
           scene_is_open(scene, CLASS_JOB_FAILED) &&
           last_success_ms(scene->workload) + DETECT_GRAIN_MS <= scene->open.opened_ms;
}

static enum condition examine(struct scene *scene)
{
    const struct workload *workload = scene->workload;
    const struct controller_facts *job = failed_job(workload);
    if (!job && awaits_success(scene)) {
        strbuf_puts(&scene->detail, scene->open.detail);
        return CONDITION_UNPROVEN;
    }
    if (!job ||
        (scene->now_ms - job->failure.since_ms > DETECT_RECENT_MS && !scene_is_open(scene, CLASS_JOB_FAILED)))
        return CONDITION_WELL;
    scene->failed_ms = job->failure.since_ms;
    for (size_t i = 0; i < workload->pod_count; i++)
        if (strcmp(workload->pods[i]->owner.uid, job->uid) == 0 &&
            strcmp(workload->pods[i]->phase, "Failed") == 0)
            scene->witness = workload->pods[i];
    scene->affected = (size_t)job->failed;
    describe_job(job, job != workload->controller, &scene->detail);
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_puts(out, finding->detail);
}

const struct detector job_failed = {.class = CLASS_JOB_FAILED, .of_object = examine, .describe = describe};
