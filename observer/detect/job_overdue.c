/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Job that neither ends nor fails, three times as long as any run that succeeded took. That is known of CronJobs, whose
 * history tells it even to an observer that has just started. Of a Job that runs once nobody knows how long is long: it can
 * have a deadline of its own (activeDeadlineSeconds).
 */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/sighting.h"

#define TIMES 3

static int is_running(const struct controller_facts *job)
{
    return job->started_ms && !job->paused && !job->completed_ms && !*job->failure.reason && !job->deleted_ms;
}

static int is_overdue(struct scene *scene, const struct controller_facts *job)
{
    int64_t limit_ms = TIMES * scene->workload->past->job_ms;
    if (limit_ms < scene->patience.stuck_ms)
        limit_ms = scene->patience.stuck_ms;
    return scene_is_past(scene, job->started_ms + limit_ms);
}

static enum condition examine(struct scene *scene)
{
    const struct workload *workload = scene->workload;
    int is_known = workload->past->job_ms || scene_is_open(scene, CLASS_JOB_OVERDUE);
    if (!is_known || scene->sick || scene->stranded)
        return CONDITION_WELL;
    for (size_t i = 0; i < workload->job_count; i++) {
        const struct controller_facts *job = workload->jobs[i];
        if (!is_running(job) || !is_overdue(scene, job))
            continue;
        scene->failed_ms = job->started_ms;
        for (size_t j = 0; j < workload->pod_count; j++)
            if (strcmp(workload->pods[j]->owner.uid, job->uid) == 0 && detect_is_live(workload->pods[j]))
                scene->witness = workload->pods[j];
        scene->affected = (size_t)job->active;
        if (workload->past->job_ms)
            strbuf_printf(&scene->detail, "finish Job %s: its longest run so far took %lld s", job->name,
                          (long long)workload->past->job_ms / 1000);
        else
            strbuf_puts(&scene->detail, scene->open.detail);
        return CONDITION_FAILING;
    }
    return CONDITION_WELL;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_puts(out, finding->detail);
}

const struct detector job_overdue = {.class = CLASS_JOB_OVERDUE, .of_object = examine, .describe = describe};
