/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the API server again and again whether it is well (its /readyz), in a thread of its own, so that /readyz of this process and
 * the log say at once when it is away, ill, or refuses the actor's credentials, and not only when something has to be repaired;
 * and so that nothing is repaired while the API server itself is ill. Thread-safe.
 */
#pragma once

#include "common/base/error.h"
#include "common/runtime/kube.h"

/* Not asked yet. config must outlive it; it may be NULL where reach_start() is never called. */
struct reach;
struct reach *reach_new(struct kube_config *config);
void reach_free(struct reach *reach);

/* Starts the thread. */
void reach_start(struct reach *reach);

/* Takes in what came of asking: NULL = it is well. */
void reach_note(struct reach *reach, const struct error *why);

/* Whether it is well and has not been otherwise for a while: one that has just come back knows nobody's rights yet, and forbids
 * everything, its own /readyz too. */
int reach_is_settled(struct reach *reach);

/* 0 = it was well when it was last asked. -1: ERROR_RETRY says what it is. */
int reach_check(struct reach *reach, struct error *err);
