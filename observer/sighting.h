/* SPDX-License-Identifier: Apache-2.0 */
/* What is seen of a subject at one moment. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/strbuf.h"
#include "common/schema/limits.h"
#include "observer/detector.h"

/* What one class found in a subject. */
struct finding {
    const struct detector *detector;
    size_t class;             /* its place in detectors */
    enum condition condition; /* the worst */
    size_t affected;          /* pods that are not well, or that the object's failure concerns */
    struct sick_pod first;    /* the oldest of them: where it began; empty texts when it is the object */
    int64_t failed_ms;        /* since when, by a stamp of the API server that stays; 0 = it gives none */
    int64_t since_ms;         /* failed_ms, or since when it is seen to fail (settle.h fills it) */
    char *detail;             /* owned; NULL = none */
    size_t failing;           /* pods that fail beyond doubt */
    size_t sample_count;
    struct sick_pod samples[LIMIT_PODS_SAMPLED]; /* failing ones first, oldest first */
};

/* A subject at one moment. Strings are borrowed from the store, valid under its lock, until sighting_keep(). */
struct sighting {
    int64_t at_ms;
    int gone; /* no such subject; all below is empty but ns, kind and name */
    const char *ns, *kind, *name, *uid, *api_version;
    int has_controller;
    struct controller_facts controller;
    int wanted;                                    /* replicas; without a controller: the pods there are */
    size_t pods;                                   /* neither ended nor being deleted */
    size_t available;                              /* ready, with nothing wrong */
    size_t sick;                                   /* with anything wrong */
    size_t unready;                                /* not ready; also a pod without owner that ended badly */
    int is_troubled;                               /* the object itself is not well */
    int64_t newest_failing_ms, newest_unproven_ms; /* creation of the newest such pod; 0 = none */
    int64_t look_again_ms;                         /* when time alone will show something else; 0 = never */
    struct finding *findings;                      /* in the order of the table */
    size_t finding_count;
    char **kept;
    size_t kept_count;
};

#define AUTO_SIGHTING __attribute__((cleanup(sighting_free))) struct sighting

/* A subject that does not exist. */
void sighting_of_nothing(const char *ns, const char *kind, const char *name, int64_t now_ms,
                         struct sighting *out);

/* What this class found, or NULL. */
struct finding *sighting_finding(const struct sighting *sighting, size_t class);

/* The strongest finding among the failing ones, else among all; NULL = there is none. */
const struct finding *sighting_worst(const struct sighting *sighting);

/* "2 of 3 pods of Deployment shop/web", or "4 pods of …" where they are not all among the total; of a pod that nobody owns
 * only "Pod shop/web"; total 0: only the subject. */
void sighting_name_pods(const struct sighting *sighting, size_t count, size_t total, struct strbuf *out);

/* Copies every string, so that the sighting outlives the lock. */
void sighting_keep(struct sighting *sighting);
void sighting_free(struct sighting *sighting);
