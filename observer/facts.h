/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the observer knows: facts, not objects. A field here is what some detector, verdict or sentence uses; all else of
 * a Kubernetes object is skipped while it is decoded. Strings are borrowed (the store copies what it is given), compared
 * with strcmp, and never NULL: "" is absent. Times are milliseconds since the epoch, 0 = absent.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum container_state { CONTAINER_UNKNOWN, CONTAINER_WAITING, CONTAINER_RUNNING, CONTAINER_TERMINATED };

/* How a container ended. */
struct termination {
    const char *reason; /* "OOMKilled", "Error", "Completed" …; "" = never ended */
    int exit_code;
    int64_t finished_ms;
};

struct container_facts {
    const char *name, *image;
    int init; /* an init container (a sidecar too) */
    enum container_state state;
    const char *reason;      /* of the waiting state: "CrashLoopBackOff", "ErrImagePull" … */
    const char *message;     /* of the waiting state, cut */
    int64_t started_ms;      /* when running */
    struct termination now;  /* when terminated */
    struct termination last; /* the run before */
    int restarts;
    int ready;
};

struct pod_facts {
    const char *ns, *name, *uid, *node;
    const char *phase;                                                   /* "Running" … */
    const char *reason;                                                  /* status.reason: "Evicted" … */
    const char *owner_kind, *owner_name, *owner_uid, *owner_api_version; /* the controller; "" = none */
    const char *template_hash;          /* label pod-template-hash, controller-revision-hash */
    int64_t created_ms, deleted_ms;     /* deleted_ms: deletionTimestamp */
    int ready;                          /* condition Ready */
    int64_t ready_since_ms;             /* its last transition */
    int ignored;                        /* annotation aegiops.io/ignore is "true" */
    struct container_facts *containers; /* init containers first */
    size_t container_count;
};

struct deployment_facts {
    const char *ns, *name, *uid, *resource_version;
    int64_t created_ms, deleted_ms;
    int64_t generation, observed_generation;
    int replicas; /* wanted */
    int status_replicas, updated, ready, available;
    int paused;
    const char *revision;           /* annotation deployment.kubernetes.io/revision */
    const char *progressing_reason; /* of condition Progressing: "ProgressDeadlineExceeded" … */
    int ignored;
};

struct namespace_facts {
    const char *name, *phase;
    int64_t created_ms;
    int ignored;
};

struct event_facts {
    const char *uid, *ns;
    const char *object_kind, *object_name, *object_uid;
    const char *type, *reason, *message; /* message cut */
    int count;
    int64_t last_ms; /* the newest of its times */
};
