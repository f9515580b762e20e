/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod names its nearest owner, whose kind need not be watched: a ReplicaSet of an Argo Rollout, a Workflow. Who owns
 * that one is asked of the API server, once, step by step up to the top or to a kind that is watched, and the store files
 * the pods there. What may not be read ends the way: its name is known, its owner is not, and nothing is guessed.
 */
#pragma once

#include "observer/kube_read.h"
#include "observer/sighting.h"
#include "observer/store.h"

/* Asks for what was seen and is of a kind that is not watched. With siblings != 0 for all in its namespace that nobody
 * has asked for yet: any of them may be a part of what was seen, or not be seen because of that. Returns how many were
 * asked for: then the subject is to be looked at anew. -1 (ERROR_RETRY): the API server is away, or forbids what it
 * should not and insist is 0. */
int adopt(struct kube_read *reader, struct store *store, const struct sighting *sighting, int siblings,
          int insist, struct error *err);
