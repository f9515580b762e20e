/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A failure class: one detector in a file of its own (detect/), and a row in the table of detect.c, strongest first. Pure
 * but for questions to the store: facts and a time in, a condition out.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/strbuf.h"
#include "observer/facts.h"
#include "observer/store.h"

/* Crash loops flicker: between two failures a container runs. So there is a state between well and failing;
 * it prolongs a failure (settle.h), but never begins one. */
enum condition { CONDITION_WELL, CONDITION_UNPROVEN, CONDITION_FAILING };

/* How long is too long. */
struct patience {
    int64_t pending_ms; /* to be scheduled, created, ready */
    int64_t stuck_ms;   /* to go, or to go on */
};

/* What is remembered of the incident that is open about a subject: after a restart more than the store has seen. */
struct open_incident {
    const char *class, *detail; /* class "" = none is open */
    int64_t opened_ms;
};

/* What a detector looks at. The store's lock is held, so that it may ask further (store.h). */
struct scene {
    const struct workload *workload;
    struct store *store;
    struct patience patience;
    struct open_incident open;
    int64_t now_ms;
    size_t stranded; /* pods whose node or registry is lost; for detectors of objects, which are asked last */
    size_t sick;     /* pods that a stronger class has seen something in; likewise */
    int64_t look_again_ms; /* when time alone will change an answer; 0 = never */
    /* A detector's own words, empty before each call: */
    int64_t failed_ms; /* since when it fails, where the API server says so in a way that stays */
    size_t affected;   /* pods that an object's failure concerns */
    const struct pod_facts *witness; /* the pod whose log tells most of an object's failure; NULL = none */
    struct strbuf detail; /* words that describe() will need, or a name that open.detail is to give back */
};

/* Whether that moment has come; if not, the subject is looked at again then. */
int scene_is_past(struct scene *scene, int64_t at_ms);

/* Whether the incident that is open is of this class. */
int scene_is_open(const struct scene *scene, const char *class);

struct sick_pod {
    struct pod_facts pod;             /* containers is NULL */
    struct container_facts container; /* the one that counts; its name is "" where it is the pod itself */
};

struct finding;

struct detector {
    const char *class; /* CLASS_… */
    /* These say what is looked at: each container of a live pod, each pod (which may have failed or be going, but has not
     * succeeded and stayed), or the object and all there is. */
    enum condition (*of_container)(struct scene *scene, const struct pod_facts *pod,
                                   const struct container_facts *container);
    enum condition (*of_pod)(struct scene *scene, const struct pod_facts *pod);
    enum condition (*of_object)(struct scene *scene);
    /* What the pods, or the object, cannot do, to follow the word "cannot": pull image "nginx:1.99". */
    void (*describe)(const struct finding *finding, struct strbuf *out);
};

#define DETECTORS_MAX 48 /* room for spells; detect.c asserts that the table fits */
extern const struct detector *const detectors[];
extern const size_t detector_count;
#define DETECT_RECENT_MS (30 * 60 * 1000) /* an end longer ago is an old scar: history, not news */
#define DETECT_GRAIN_MS 1000              /* the API server's stamps have whole seconds */

/* Whether a container that failed before has run well for long enough since: for 10 minutes, after which kubelets forget, too;
 * or ready for twice the pause that its restarts earn, and longer than from one end to the next. Or it initialized the pod. */
int detect_is_proven(const struct container_facts *container, int64_t now_ms);

/* How a container is after an end that counts. It fails until its next run; with three ends in 10 minutes also while it
 * runs, as long as it has not outlived the runs before: backed off or not, seen between two runs or not, it is a loop. */
enum condition detect_after_end(const struct container_facts *container, int64_t now_ms);

/* Whether the end is no more than DETECT_RECENT_MS ago. */
int detect_is_recent(const struct termination *end, int64_t now_ms);

/* The end that a container has come to, or that its run before came to. */
const struct termination *detect_last_end(const struct container_facts *container);

/* That end if it may count as a failure: it is recent, no Job judges it, no restart rule provides for it. Else NULL. */
const struct termination *detect_news(const struct scene *scene, const struct pod_facts *pod,
                                      const struct container_facts *container);

/* The newest event of this reason about the container whose message begins so (the kubelet's own words); NULL = none. */
const struct event_facts *detect_event(const struct scene *scene, const struct pod_facts *pod,
                                       const struct container_facts *container, const char *reason,
                                       const char *beginning);

/* Whether the kubelet may have killed the run that ended so for what the event says. */
int detect_is_kill(const struct event_facts *event, const struct termination *end);

/* Whether the container waits for this reason. */
int detect_waits_for(const struct container_facts *container, const char *reason);

/* Whether nobody but the owner judges failures: a Job tries again by itself, up to its backoffLimit. */
int detect_is_retried(const struct pod_facts *pod);

/* Whether this registry lets many workloads wait, or did until a moment ago, lest the blame go to and fro. */
int detect_is_outage(struct scene *scene, const char *host);

/* Whether it has Succeeded or Failed; whether it has neither, nor is being deleted, nor is about to be. */
int detect_has_ended(const struct pod_facts *pod);
int detect_is_live(const struct pod_facts *pod);

/* The newest event about the pod for one of these reasons, unless a kubelet would have repeated it since. */
const struct event_facts *detect_heard(struct scene *scene, const struct pod_facts *pod,
                                       const char *const *reasons, size_t count);
