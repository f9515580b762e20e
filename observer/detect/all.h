/* SPDX-License-Identifier: Apache-2.0 */
/* Every failure class: detect/<name>.c holds the detector of that name. */
#pragma once

#include "observer/detector.h"

/* Containers. */
extern const struct detector crash_loop, image_pull, oom_killed;

/* Pods. */
extern const struct detector volume, sandbox, preempted, unschedulable, evicted, admission, stuck_deleting,
    readiness, init_overdue, probe_unstable, resize;

/* Workloads, and all else. */
extern const struct detector claim_pending, config_map_gone, failed_create, job_failed, job_overdue,
    namespace_stuck, node_lost, node_pressure, rollout_stuck, scaled_to_zero, service_gone, unavailable,
    without_endpoints;
