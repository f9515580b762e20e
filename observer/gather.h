/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a finding to what the other desks need to know: the observed section. The facts in the store are the
 * skeleton; what only the API server knows (templates, logs) is asked for here, so this is called once for
 * each document and never under the store's lock.
 */
#pragma once

#include "observer/detect.h"
#include "observer/kube_read.h"
#include "observer/store.h"

struct gatherer {
    const struct gaze *gaze;
    struct kube_read *reader;
    int64_t good_after_ms; /* how long a revision must have been seen well to be good */
};

/* The observed section as a new reference, with verdict and verified null, tried and history empty: those the
 * caller fills. sighting is kept (detect.h). finding NULL: nothing fails now; class and onset are null then.
 * insist == 0: NULL + ERROR_RETRY when the API server is away or forbids (one that has just started forbids
 * everything for a moment), as another time there is more to be had. Otherwise never NULL: what could not be
 * had is said in the evidence. What does not exist (404) is no reason to wait. */
json_t *gather(const struct gatherer *gatherer, const struct sighting *sighting,
               const struct finding *finding, int insist, struct error *err);
