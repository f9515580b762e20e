/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a workload, seen in its facts at one moment. A failure class is one detector in a file
 * of its own (detect/) and a row in the table of detect.c, strongest first: each container counts for the
 * first class that sees something in it. Pure: facts and a time in, a sighting out.
 *
 * Nothing is seen in what is being deleted, has ended (Succeeded, Failed), or carries aegiops.io/ignore on
 * pod, Deployment or namespace. A rollout under way is nothing by itself, as no class looks at readiness
 * alone.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/strbuf.h"
#include "common/schema/limits.h"
#include "observer/facts.h"
#include "observer/store.h"

/* Crash loops flicker: between two failures a container runs. So there is a state between well and failing;
 * it prolongs a failure (settle.h), but never begins one. */
enum condition { CONDITION_WELL, CONDITION_UNPROVEN, CONDITION_FAILING };

struct detector {
    const char *class; /* CLASS_… */
    enum condition (*examine)(const struct pod_facts *pod, const struct container_facts *container,
                              int64_t now_ms);
    /* What the pods cannot do, to follow the word "cannot": pull image "nginx:1.99". */
    void (*describe)(const struct container_facts *container, struct strbuf *out);
};

#define DETECTORS_MAX 8 /* room in a sighting; detect.c asserts that the table fits */
extern const struct detector image_pull, oom_killed, crash_loop; /* detect/<name>.c */
extern const struct detector *const detectors[];
extern const size_t detector_count;

#define DETECT_RECENT_MS (30 * 60 * 1000) /* an end longer ago is an old scar: history, not news */

/* For detectors: whether a container that failed before has run well for long enough since. Either for 10
 * minutes, after which a kubelet forgets the failures too, or ready for twice the pause that its restarts
 * earn by default. An init container that completed has proven itself. */
int detect_is_proven(const struct container_facts *container, int64_t now_ms);

/* For detectors: whether the end is no more than DETECT_RECENT_MS ago. */
int detect_is_recent(const struct termination *end, int64_t now_ms);

/* For detectors: whether nobody but the owner judges failures: a Job tries again by itself, up to its
 * backoffLimit. */
int detect_is_retried(const struct pod_facts *pod);

/* The worst condition of a pod over all classes. */
enum condition detect_pod(const struct pod_facts *pod, int64_t now_ms);

struct sick_pod {
    struct pod_facts pod;             /* containers is NULL */
    struct container_facts container; /* the one that counts */
};

/* What one class found in a workload. */
struct finding {
    const struct detector *detector; /* NULL = nothing */
    enum condition condition;        /* the worst */
    size_t affected;                 /* pods that are not well */
    struct sick_pod first;           /* the oldest of them: where it began */
    int64_t failed_ms; /* since when, by a stamp of the API server that stays; 0 = it gives none */
    int64_t since_ms;  /* failed_ms, or since when it is seen to fail (settle.h fills it) */
    size_t sample_count;
    struct sick_pod samples[LIMIT_PODS_SAMPLED]; /* failing ones first, oldest first */
};

/* A workload at one moment. Strings are borrowed from the store, valid under its lock, until sighting_keep().
 */
struct sighting {
    int64_t at_ms;
    int gone; /* no such workload; all below is empty but ns, kind and name */
    const char *ns, *kind, *name, *uid, *api_version;
    int has_deployment;
    struct deployment_facts deployment;
    int wanted;                                    /* replicas; without a Deployment: the pods there are */
    size_t pods;                                   /* neither ended nor being deleted */
    size_t available;                              /* ready, with nothing wrong */
    size_t sick;                                   /* with anything wrong */
    size_t unready;                                /* not ready; also a pod without owner that ended badly */
    int64_t newest_failing_ms, newest_unproven_ms; /* creation of the newest such pod; 0 = none */
    struct finding findings[DETECTORS_MAX];        /* in the order of the table */
    char **kept;
    size_t kept_count;
};

#define AUTO_SIGHTING __attribute__((cleanup(sighting_free))) struct sighting

/* Examines a workload; the store's lock is held. */
void detect(const struct workload *workload, int64_t now_ms, struct sighting *out);

/* A workload that does not exist. */
void sighting_of_nothing(const char *ns, const char *kind, const char *name, int64_t now_ms,
                         struct sighting *out);

/* The strongest finding among the failing ones, else among all; NULL = there is none. */
const struct finding *sighting_worst(const struct sighting *sighting);

/* "2 of 3 pods of Deployment shop/web"; of a pod that nobody owns only "Pod shop/web". */
void sighting_name_pods(const struct sighting *sighting, size_t count, size_t total, struct strbuf *out);

/* Copies every string, so that the sighting outlives the lock. */
void sighting_keep(struct sighting *sighting);
void sighting_free(struct sighting *sighting);
