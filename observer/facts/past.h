/* SPDX-License-Identifier: Apache-2.0 */
/* What the observer has seen of a workload in better times; 0 = never. It forgets with the process. */
#pragma once

#include <stdint.h>

struct past {
    int64_t served_ms;    /* when it last had pods that were ready, or as a Service endpoints */
    int served;           /* how many these were at most */
    int64_t moved_ms;     /* when what its controller counts last changed */
    int64_t preempted_ms; /* when a pod of it last had to make room for another */
    int64_t job_ms;       /* how long its Jobs took at most to succeed */
    int64_t gated_ms;     /* when a pod of it was last held back by a scheduling gate */
    int64_t init_ms;      /* how long an init container of it took at most to complete */
    int64_t ready_ms;     /* how long a pod of it took at most from running to ready */
    int64_t outage_ms;    /* of a registry: when it last let STORE_OUTAGE_WORKLOADS wait */
    int64_t gone_ms;      /* a Service that served: when it was seen to go; it is still a subject then … */
    const char *selector; /* … and this is what it led to */
};
