/* SPDX-License-Identifier: Apache-2.0 */
/* What makes pods. */
#pragma once

#include "observer/facts/owner.h"

/* Of a Deployment, StatefulSet, DaemonSet, Job or CronJob: what applies to its kind. */
struct controller_facts {
    const char *kind, *ns, *name, *uid, *resource_version;
    struct owner owner;
    int64_t created_ms, deleted_ms;
    int64_t generation, observed_generation;
    int replicas; /* wanted; of a DaemonSet on how many nodes, of a Job its parallelism */
    int status_replicas, updated, ready, available;
    int paused;           /* a Deployment's rollout; a Job or CronJob that is suspended */
    const char *revision; /* a Deployment's annotation deployment.kubernetes.io/revision; a StatefulSet's
                                       updateRevision */
    const char *progressing_reason; /* of condition Progressing: "ProgressDeadlineExceeded" … */
    int64_t progressing_ms;         /* … its last transition */
    struct complaint failure;       /* ReplicaFailure of a Deployment, Failed of a Job */
    int active, succeeded, failed;  /* pods of a Job */
    int64_t started_ms;             /* a Job's startTime; a CronJob's lastScheduleTime */
    int64_t completed_ms;           /* a Job's completionTime; a CronJob's lastSuccessfulTime */
    const char *labels;             /* of its pods: "app=web\ntier=front\n" */
    const char *references;         /* what its pods cannot start without: "ConfigMap/a\nSecret/b\n" */
    int ignored;
};
