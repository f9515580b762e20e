/* SPDX-License-Identifier: Apache-2.0 */
/* What workloads live on and with. */
#pragma once

#include "observer/facts/owner.h"

struct node_facts {
    const char *name, *uid;
    int64_t created_ms, deleted_ms;
    struct complaint unready;  /* Ready is not True: "NodeStatusUnknown", "KubeletNotReady" … */
    struct complaint pressure; /* its reason is the type: "MemoryPressure", "DiskPressure", "PIDPressure",
                                  "NetworkUnavailable" */
    int cordoned;
    int ignored;
};

struct namespace_facts {
    const char *name, *uid, *phase;
    int64_t created_ms, deleted_ms;
    struct complaint
        stuck; /* what keeps a terminating one: "ContentDeletionFailed", "SomeFinalizersRemain" … */
    int ignored;
};

struct service_facts {
    const char *ns, *name, *uid;
    const char *type;     /* "ClusterIP" …; an "ExternalName" has no endpoints */
    const char *selector; /* as controller_facts.labels; "" = its endpoints are somebody else's work */
    int ports;
    int64_t created_ms, deleted_ms;
    int ignored;
};

/* A part of a Service's endpoints. */
struct slice_facts {
    const char *ns, *name, *uid, *service;
    int endpoints, ready; /* addresses, and those of them that serve */
    int ports;            /* 0 with endpoints: none of its pods has a port of the name that is asked for */
};

struct claim_facts {
    const char *ns, *name, *uid, *phase; /* "Pending", "Bound", "Lost" */
    const char *class;                   /* spec.storageClassName */
    const char *volume;
    int64_t created_ms, deleted_ms;
    int finalizers;
    int ignored;
};

struct config_map_facts {
    const char *ns, *name, *uid;
};

struct autoscaler_facts {
    const char *ns, *name, *uid;
    const char *target_kind, *target_name;
};
