/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A proposal is sealed, so that what comes back approved is known to be what this actor proposed, and to be that still: an
 * HMAC-SHA-256 over the incident, its lap, the action with all its fields, the digest of its diff, the generation of the object
 * (of several, their sum) and the time until which it holds. Whoever changes the specification meanwhile, or uses the approval
 * a second time, meets another generation. Pure but for the clock; thread-safe.
 */
#pragma once

#include "actor/order.h"
#include "actor/outcome.h"
#include "actor/plan.h"

struct seal {
    char *key;      /* NULL = none: nothing can be approved */
    long expiry_ms; /* how long a proposal holds */
};

/* ERROR_FATAL when the key is too short to keep anybody from guessing it. */
int seal_check_key(const struct seal *seal, struct error *err);

/* Seals what outcome proposes; no more than says so where there is no key. Settles: returns 1. */
int seal_propose(const struct seal *seal, const struct order *order, const struct plan *plan,
                 struct outcome *outcome);

/* Whether the document carries this actor's proposal, unchanged and in time, and a person approved it. 0 = it does; 1 = settled,
 * as refused. For an incident that has been approved. */
int seal_check(const struct seal *seal, const struct order *order, struct outcome *outcome);

/* Seals the way back of what outcome says was done, so that a person may ask for it later. Nothing without a key or a way. */
void seal_undo(const struct seal *seal, const struct order *order, struct outcome *outcome);

/* Whether a person asks for what the document says was done to be taken back. */
int seal_asks_undo(const struct incident *incident);

/* Whether this actor did it and sealed the way back. 0 = it did; 1 = settled, as refused. */
int seal_check_undo(const struct seal *seal, const struct incident *incident, struct outcome *outcome);

/* Makes the document that of an undo: what was done is the try before, and undoing it what is decided. */
void seal_turn_round(const struct incident *incident);

/* After the dry run: whether it would still make the very change that was approved, to the object as it was. 0, or 1 = settled. */
int seal_compare(const struct order *order, const struct plan *plan, struct outcome *outcome);
