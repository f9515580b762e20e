/* SPDX-License-Identifier: Apache-2.0 */
/* One gathering: what was read for it, and what its parts (parts.h) have in common. One thread, without the store's lock. */
#pragma once

#include "common/schema/classes.h"
#include "observer/gather.h"
#include "observer/gather/evidence.h"
#include "observer/gather/revisions.h"
#include "observer/store/arena.h"

struct visit {
    const struct gatherer *gatherer;
    const struct sighting *sighting;
    const struct finding *finding; /* NULL = nothing fails */
    struct evidence *evidence;
    const struct sick_pod *witness; /* the pod that stands for all that fail; NULL = there is none */
    struct sick_pod chosen;         /* what it points to where the finding has no samples … */
    struct arena arena;             /* … and texts that are kept until the end */
    json_t *object;   /* what it is about; of a kind that is not known the witness; NULL = not to be had */
    json_t *metadata; /* of what it is about, where its kind is not known; NULL = not to be had */
    json_t
        *history; /* what the workload keeps of its templates (kube_read.h); NULL = none, or not to be had */
    struct revisions revisions;
    json_t *claims;       /* names of the claims that the witness needs; NULL = none */
    char *managed_by;     /* which tool or controller keeps it as it is; NULL = none is known to */
    struct error missing; /* why something was not to be had */
    int away;             /* the API server is: nothing more is asked */
    int later;            /* there may be more to be had another time */
};

void visit_free(struct visit *visit);

#define AUTO_VISIT __attribute__((cleanup(visit_free))) struct visit

/* Says what could not be had, and why. */
void visit_miss(struct visit *visit, const char *kind, const char *what, const struct error *why);

/* Whether one of the classes (ended by NULL) was found. */
int visit_is(const struct visit *visit, const char *const classes[]);

/* Whether it is about an object of this kind. */
int visit_is_about(const struct visit *visit, const char *kind);

/* Picks the witness. Where the failure is an object's own, the newest pod of it that is not well stands for it. */
void visit_choose_witness(struct visit *visit);

/* The namespace of its pods: what is wrong with a registry is wrong with pods of many. */
const char *visit_ns(const struct visit *visit);

/* Copies an owner, for as long as the visit lasts. */
void visit_keep_owner(struct visit *visit, const struct owner *owner, struct owner *out);

/* The metadata of what it is about, or NULL. */
const json_t *visit_metadata(const struct visit *visit);

/* The pod template {metadata, spec} in whatever holds one: a workload, a kept revision, a Pod itself; NULL = none. */
const json_t *template_in(const json_t *maker);

/* That of the failing revision, else the present one; NULL = none. */
const json_t *visit_template(const struct visit *visit);

/* The container of this name in a template, or NULL. */
const json_t *container_in(const json_t *template, const char *name);
