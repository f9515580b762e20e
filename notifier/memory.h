/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people were told already: read from `notices`, from its first record and then for as long as the
 * process lives, so that it also knows what other replicas said. Bounded: the last LIMIT_SAID_INCIDENTS
 * incidents; only the newest event of each is kept, as outcomes of one incident come in order. Thread-safe.
 *
 * An event: "<incident>.<lap>", or "<incident>.<lap>.<answer>" of what followed when a person answered that lap's proposal.
 */
#pragma once

#include "common/runtime/process.h"

/* Starts the thread that reads; options must outlive it. */
void memory_start(struct common_options *options);

/* Waits until all that was there at the start has been read, or the process is asked to stop. */
void memory_wait(void);

/* Takes in the key and event of a notice; anything else is ignored. */
void memory_learn(const char *incident, const char *event);

/* True when people were told of this event of the incident, or of a later one. */
int memory_said(const char *incident, const char *event);
