/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the model costs: tokens and money as metrics, and the most tokens of a day (UTC). It is asked before a call and told
 * after it, so that the day's limit is passed by no more than what is under way. Thread-safe; a process that is started anew
 * begins anew.
 */
#pragma once

#include "brain/model/call.h"

struct spent;

/* daily_tokens: 0 = no limit. Never NULL; spent_free accepts NULL. */
struct spent *spent_new(long daily_tokens);
void spent_free(struct spent *spent);

/* 0, or -1 when the day's tokens are spent: err says so. */
int spent_may(struct spent *spent, struct error *err);

/* Counts what a call of this model took. What the service does not tell is estimated, for the limit alone, from the bytes of
 * the question; asked_bytes: 0 where the service did not work on it. */
void spent_add(struct spent *spent, const char *model, const struct heard *heard, size_t asked_bytes);
