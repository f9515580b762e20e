/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/detect/keeper.h"

#include <string.h>

int is_keeper(const struct controller_facts *controller)
{
    return strcmp(controller->kind, "Deployment") == 0 || strcmp(controller->kind, "StatefulSet") == 0 ||
           strcmp(controller->kind, "DaemonSet") == 0;
}

/* A Deployment says in its condition what its rollout does; once that is complete, scaling does not change it.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/deployment/progress.go */
int keeper_is_rolling(const struct controller_facts *controller)
{
    const char *reason = controller->progressing_reason;
    if (strcmp(controller->kind, "Deployment") == 0)
        return *reason && strcmp(reason, "NewReplicaSetAvailable") != 0;
    return controller->updated < controller->replicas;
}

int keeper_is_held(const struct workload *workload)
{
    for (size_t i = 0; i < workload->pod_count; i++)
        if (strcmp(workload->pods[i]->unscheduled.reason, "SchedulingGated") == 0 &&
            detect_is_live(workload->pods[i]))
            return 1;
    return 0;
}

/* Ready and not available: a pod that has to be ready for a while first (minReadySeconds) is no reason to worry. */
int keeper_falls_short(struct scene *scene)
{
    const struct controller_facts *controller = scene->workload->controller;
    const struct patience *patience = &scene->patience;
    int64_t longest_ms =
        patience->stuck_ms > patience->pending_ms ? patience->stuck_ms : patience->pending_ms;
    return controller->observed_generation >= controller->generation &&
           controller->ready < controller->replicas && !keeper_is_held(scene->workload) &&
           scene_is_past(scene, scene->workload->past->moved_ms + longest_ms);
}
