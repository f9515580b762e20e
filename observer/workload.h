/* SPDX-License-Identifier: Apache-2.0 */
/* What an incident can be about, as the store shows it: a workload most of all, but also a node, a Service … */
#pragma once

#include "observer/facts.h"
#include "observer/facts/past.h"

/* A subject as it stands, borrowed while the lock is held. One of controller, node … is there where an object of its name
 * exists. */
struct workload {
    const char *ns, *kind, *name, *uid, *api_version;
    const struct controller_facts *controller; /* Deployment, StatefulSet, DaemonSet, Job, CronJob */
    const struct node_facts *node;
    const struct service_facts *service;
    const struct claim_facts *claim;
    const struct namespace_facts *ns_object;       /* of kind Namespace itself */
    const struct namespace_facts *namespace_facts; /* around it; may be NULL */
    const struct pod_facts *const *pods;           /* by creation, then uid */
    size_t pod_count;
    size_t homes;                            /* of a registry: how many workloads its pods belong to */
    const struct slice_facts *const *slices; /* of a Service */
    size_t slice_count;
    const struct controller_facts *const *jobs; /* of a CronJob, by creation */
    size_t job_count;
    const struct past *past;
    int64_t newest_node_ms; /* when the newest node of the cluster was made */
};
