/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of models before they are asked: what they cost, and how little they can be made to think. A model that is not
 * known works all the same: it has no price, and says by itself what it does not take. Pure. */
#pragma once

#include <stdint.h>

/* Whether a model's name as the service gives it is the one that was asked for, but for the number of a version: -001,
 * -2026-09-02. */
int known_same(const char *asked, const char *version);

/* Millionths of a dollar, rounded; 0 = no price is known. cached: of the prompt's tokens; now_ms: since the epoch. */
long long known_cost(const char *model, int64_t now_ms, long long prompt, long long cached, long long answer);

/* The level to begin with where so little thinking is wanted (enum model_thinking): as wanted, or the next that the model
 * takes, or THINKING_OMITTED. */
int known_thinking(const char *model, int wanted);
