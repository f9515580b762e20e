/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/past.h"

#include <string.h>

#include "common/base/clock.h"

#define PREEMPTED "PreemptionByScheduler"
#define GATED "SchedulingGated"

static void keep_longest(int64_t *longest_ms, int64_t from_ms, int64_t to_ms)
{
    if (from_ms && to_ms - from_ms > *longest_ms)
        *longest_ms = to_ms - from_ms;
}

void past_note_serving(struct group *group)
{
    if (group->serving > 0)
        group->past.served_ms = clock_now_ms();
    if ((int)group->serving > group->past.served)
        group->past.served = (int)group->serving;
}

/* Only what was seen: since when a pod is ready does not tell how often it was not. */
static void note_readiness(struct past *past, const struct pod_facts *before, const struct pod_facts *pod)
{
    int64_t since_ms = pod_running_since(pod);
    if (before && !before->ready && pod->ready && before->ready_since_ms <= since_ms)
        keep_longest(&past->ready_ms, since_ms, pod->ready_since_ms);
}

void past_note_pod(struct group *group, const struct pod_facts *before, const struct pod_facts *pod)
{
    struct past *past = &group->past;
    note_readiness(past, before, pod);
    if (strcmp(pod->disruption, PREEMPTED) == 0)
        past->preempted_ms = clock_now_ms();
    if (strcmp(pod->unscheduled.reason, GATED) == 0)
        past->gated_ms = clock_now_ms();
    for (size_t i = 0; i < pod->container_count; i++) {
        const struct container_facts *container = &pod->containers[i];
        if (container->init && container->state == CONTAINER_TERMINATED && container->now.exit_code == 0)
            keep_longest(&past->init_ms, container->started_ms, container->now.finished_ms);
    }
}

static int counts_the_same(const struct controller_facts *a, const struct controller_facts *b)
{
    return a->generation == b->generation && a->observed_generation == b->observed_generation &&
           a->replicas == b->replicas && a->status_replicas == b->status_replicas &&
           a->updated == b->updated && a->ready == b->ready && a->available == b->available;
}

static void note_moves(struct group *group, const struct change *change)
{
    if (!change->before || !counts_the_same(&change->before->controller, &change->after->controller))
        group->past.moved_ms = clock_now_ms();
}

void past_note_object(struct groups *groups, struct group *group, const struct change *change)
{
    const struct controller_facts *job = &change->after->controller;
    if (change->kind == STORE_DEPLOYMENTS || change->kind == STORE_STATEFUL_SETS ||
        change->kind == STORE_DAEMON_SETS)
        note_moves(group, change);
    if (change->kind != STORE_JOBS || !job->completed_ms)
        return;
    struct group *top =
        group->owner ? groups_find(groups, group->ns, group->owner->kind, group->owner->name) : group;
    if (top)
        keep_longest(&top->past.job_ms, job->started_ms, job->completed_ms);
}
