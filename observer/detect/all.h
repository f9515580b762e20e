/* SPDX-License-Identifier: Apache-2.0 */
/* Every failure class: detect/<name>.c holds the detector of that name. */
#pragma once

#include "observer/detector.h"

/* Containers. */
extern const struct detector config_missing, crash_loop, create_error, image_name, image_never_pull,
    image_pull, init_failed, liveness, oom_killed, registry_unavailable, sidecar_failed, start_error;

/* Pods. */
extern const struct detector volume, sandbox, preempted, unschedulable, evicted, admission, stuck_deleting,
    readiness, init_overdue, probe_unstable, resize;

/* Workloads, and all else. */
extern const struct detector claim_pending, config_map_gone, failed_create, job_failed, job_overdue,
    namespace_stuck, node_lost, node_pressure, registry_outage, rollout_stuck, scaled_to_zero, service_gone,
    unavailable, without_endpoints;
