/* SPDX-License-Identifier: Apache-2.0 */
/* What facts of many kinds are made of. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Who controls an object (its ownerReference with controller: true); kind "" = nobody. */
struct owner {
    const char *api_version, *kind, *name, *uid;
};

/* A condition that tells of trouble; reason "" = there is none. */
struct complaint {
    const char *reason, *message; /* message cut; may quote what a workload wrote */
    int64_t since_ms;             /* its last transition */
};
