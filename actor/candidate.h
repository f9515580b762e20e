/* SPDX-License-Identifier: Apache-2.0 */
/* One container of a workload as it is, and as it was in another revision of it: the only place that images and variables are
 * taken from. */
#pragma once

#include "actor/revision.h"
#include "actor/template.h"

struct candidate {
    json_t *workload;
    struct revision revision;
    struct container now, then; /* borrowed from those */
};

#define AUTO_CANDIDATE __attribute__((cleanup(candidate_free))) struct candidate
void candidate_free(struct candidate *candidate);

/* Reads and guards the target for a change of its specification, and the revision that the order points at ("to"), and finds
 * the "container" in both. 0 = *out is filled; 1 = settled; -1 = err. */
int candidate_read(struct kube *kube, const struct order *order, struct candidate *out,
                   struct outcome *outcome, struct error *err);

/* A "to" without a revision's number, for an action that has none: what leads back to the present. A new reference. */
json_t *candidate_present(const struct order *order);
