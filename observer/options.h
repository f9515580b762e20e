/* SPDX-License-Identifier: Apache-2.0 */
/* The observer's own options: `observer:` in the file. */
#pragma once

#include "common/runtime/kube.h"
#include "common/runtime/options.h"
#include "common/runtime/process.h"

struct observer_options {
    struct common_options common;
    struct kube_options kube;
    const char *listen;
    long settle_ms;          /* failing for so long before it is an incident */
    long soak_ms;            /* healthy for so long before it is recovered */
    long pending_after_ms;   /* waiting for so long is failing: to be scheduled, created, ready */
    long stuck_after_ms;     /* … to go, or to get on */
    long verify_deadline_ms; /* after an action, until it is said not to have helped */
    long intake_lanes;
};

extern const struct option observer_option_rows[];
extern const size_t observer_option_count;
