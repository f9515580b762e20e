/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much was done within the last hour to a workload, in a namespace, in the cluster, and whether one more action is within
 * policy. Two things are known: what the outcomes of all actors say was done, and what the lanes of this one have in hand. (What
 * another actor has in hand is known when its outcome is written: two of them may exceed a budget by that much.) Thread-safe.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "actor/policy.h"

#define BUDGET_WINDOW_MS (3600 * 1000)
#define BUDGET_ENTRIES 100000 /* of an hour: as many as policy can allow */

/* cluster: what is done in others that share the topics does not count. Borrowed. */
struct budget;
struct budget *budget_new(const char *cluster);
void budget_free(struct budget *budget);

/* Takes in a document of the topic outcomes. What cannot be read was done by nobody. */
void budget_note(struct budget *budget, const char *bytes, size_t len);

/* Takes a place for the order in all three. 0 = taken, until budget_settle(); 1 = settled: deferred, and outcome says until
 * when. An action that was counted before (its record is read again) takes no other place. */
int budget_take(struct budget *budget, const struct policy *policy, const struct order *order,
                struct outcome *outcome);

/* The action has ended: what was not done gives its place back. What took none is ignored. */
void budget_settle(struct budget *budget, const char *action_id, int was_done);
