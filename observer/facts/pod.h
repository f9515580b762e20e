/* SPDX-License-Identifier: Apache-2.0 */
/* Pods, and the events about them and all else. */
#pragma once

#include "observer/facts/owner.h"

enum container_state { CONTAINER_UNKNOWN, CONTAINER_WAITING, CONTAINER_RUNNING, CONTAINER_TERMINATED };

/* How a container ended; reason "" = it never has. */
struct termination {
    const char *reason; /* "OOMKilled", "Error", "Completed" … */
    int exit_code;
    int64_t finished_ms;
};

struct container_facts {
    const char *name, *image;
    int init;    /* an init container (a sidecar too) */
    int sidecar; /* an init container that is to run as long as the pod */
    enum container_state state;
    const char *reason;  /* of the waiting state: "CrashLoopBackOff", "ErrImagePull" … */
    const char *message; /* of its state, else, and always in a crash loop, of the run before; cut */
    const char
        *unreachable;   /* the registry that did not answer or cannot be found, while its image is pulled */
    int64_t started_ms; /* when running, or of the run that terminated */
    struct termination now;  /* when terminated */
    struct termination last; /* the run before */
    int64_t earlier_ms[2]; /* when the two runs before that ended, the later first: as the store remembers */
    int restarts;
    const char *restart_policy; /* of its own: "Always", "OnFailure", "Never"; "" = the pod's */
    int planned;                /* its restart rules provide for the end that it last came to */
    int ready;
};

struct pod_facts {
    const char *ns, *name, *uid, *node;
    const char *phase;          /* "Running" … */
    const char *reason;         /* status.reason: "Evicted" … */
    const char *message;        /* status.message, cut */
    struct owner owner;         /* the nearest one: a ReplicaSet, not its Deployment; a static pod has none */
    const char *template_hash;  /* label pod-template-hash, controller-revision-hash */
    const char *restart_policy; /* "Never", "OnFailure"; "" = "Always" */
    int64_t created_ms;
    int64_t deleted_ms;           /* deletionTimestamp: when its grace is over */
    int64_t started_ms;           /* when its kubelet took it */
    int ready;                    /* condition Ready */
    int64_t ready_since_ms;       /* its last transition */
    int assembled;                /* while it is Pending: its volumes, sandbox and network are there */
    struct complaint unscheduled; /* PodScheduled is False: "Unschedulable", "SchedulingGated" */
    const char *nominated;        /* the node where others make room for it */
    struct complaint resize; /* PodResizePending ("Infeasible", "Deferred"), PodResizeInProgress ("Error") */
    int restarting;          /* all its containers are restarted, as a rule of it says */
    const char *disruption;  /* why it is being taken: the reason of DisruptionTarget, when that is True */
    int mirror;              /* a static pod's picture: the API server has no say over it */
    int finalizers;          /* how many keep it from going */
    int ignored;             /* annotation aegiops.io/ignore is "true" */
    struct container_facts *containers; /* init containers first */
    size_t container_count;
};

/* When the last of those containers started that run; 0 = none does. */
int64_t pod_running_since(const struct pod_facts *pod);

/* A kubelet tells 25 times of one pod at once, then once in five minutes: so long a silence is no end yet.
 * https://github.com/kubernetes/client-go/blob/v0.36.0/tools/record/events_cache.go */
#define EVENT_PAUSE_MS (6 * 60 * 1000)

struct event_facts {
    const char *uid, *ns;
    const char *object_kind, *object_name, *object_uid;
    const char *container;               /* of the pod; "" = the object as a whole */
    const char *type, *reason, *message; /* message cut */
    int count;
    int64_t last_ms; /* the newest of its times */
    int streak;      /* how often it has come without such a pause, as far as the store has seen */
};
