/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/options.h"

#include "common/base/alloc.h"

#define SECOND 1000L
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define FIELD(name) offsetof(struct observer_options, name)

const struct option observer_option_rows[] = {
    {.key = "observer.listen",
     .type = OPTION_STRING,
     .offset = FIELD(listen),
     .fallback = "127.0.0.1:9101",
     .help = "Address and port of /healthz, /readyz and /metrics; empty for none."},
    {.key = "observer.settle",
     .type = OPTION_DURATION,
     .offset = FIELD(settle_ms),
     .fallback = "30s",
     .least = 1 * SECOND,
     .most = 1 * HOUR,
     .help =
         "How long a workload fails before it becomes an incident; also the pause after a deferred action."},
    {.key = "observer.pending_after",
     .type = OPTION_DURATION,
     .offset = FIELD(pending_after_ms),
     .fallback = "2m",
     .least = 1 * SECOND,
     .most = 1 * HOUR,
     .help = "How long a pod may wait to be scheduled, created or ready, and a claim to be bound, before "
             "that is a failure. Where an autoscaler's nodes take longer to join, give them that time."},
    {.key = "observer.stuck_after",
     .type = OPTION_DURATION,
     .offset = FIELD(stuck_after_ms),
     .fallback = "5m",
     .least = 1 * SECOND,
     .most = 2 * HOUR,
     .help = "How long something may take to go beyond its grace, or to get on beyond its usual time, before "
             "that is a failure."},
    {.key = "observer.soak",
     .type = OPTION_DURATION,
     .offset = FIELD(soak_ms),
     .fallback = "60s",
     .least = 1 * SECOND,
     .most = 1 * HOUR,
     .help = "How long a workload is healthy before its incident is called recovered."},
    {.key = "observer.verify_deadline",
     .type = OPTION_DURATION,
     .offset = FIELD(verify_deadline_ms),
     .fallback = "5m",
     .least = 5 * SECOND,
     .most = 2 * HOUR,
     .help = "How long after an action a workload may take to become healthy; then the next lap begins."},
    {.key = "observer.intake_lanes",
     .type = OPTION_INTEGER,
     .offset = FIELD(intake_lanes),
     .fallback = "1",
     .least = 1,
     .most = 16,
     .help = "Threads that read people's requests from the topic intake."},
};

const size_t observer_option_count = COUNT_OF(observer_option_rows);
