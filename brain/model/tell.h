/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of the calls of models: aegiops_model_… and the log. Thread-safe. */
#pragma once

#include "brain/model.h"
#include "brain/model/call.h"

/* Whether a model can be asked: 1 until none can. */
void tell_up(int is_up);

/* One call is over: its result as a metric, and in the log at debug unless it went well. is_mended: an answer that could be
 * used came of a second try. */
void tell_call(const char *model, const struct heard *heard, int is_mended, int64_t took_ms);

/* A reply came of it all. */
void tell_reply(const struct reply *reply, int64_t took_ms);

/* Warns of a model that answers in another's place, once for each pair of them. */
struct versions;
struct versions *versions_new(void);
void versions_free(struct versions *versions);
void tell_version(struct versions *versions, const char *model, const char *version);
