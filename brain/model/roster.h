/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The models in their order, and what was learned of each: whether it may be asked now, how little it can be made to think, in
 * which form it takes a schema. Says in the log, once each: that a model is left out, that no model can be asked ("the model is
 * out"), that one answers again; and keeps aegiops_model_up. Thread-safe.
 */
#pragma once

#include "brain/model/call.h"

struct roster;

/* The options must outlive it. Never NULL; roster_free accepts NULL. */
struct roster *roster_new(const struct model_options *options);
void roster_free(struct roster *roster);

/* The first model from *at on (one that there is) that may be asked now: 0 and *at, and roster_note() has to follow. -1: there
 * is none; err says why, and in retry_after_ms when there will be one, if it is but a quota that has to pass. */
int roster_take(struct roster *roster, size_t *at, struct error *err);

/* Whether that would find one. */
int roster_has(struct roster *roster, size_t at);

/* The name, thinking and form that this model is to be asked with. The name is borrowed. */
void roster_shape(struct roster *roster, size_t at, struct call *call);

/* What came of a call. */
void roster_note(struct roster *roster, size_t at, const struct heard *heard);

/* After CALL_THINKING or CALL_FORM: what this model is asked from now on is simpler than what this call asked. 0 = it can be no
 * simpler. */
int roster_simplify(struct roster *roster, size_t at, const struct call *call, enum call_result result);

/* No model is asked for a reason that lies with us. */
void roster_out(struct roster *roster, const char *why);
