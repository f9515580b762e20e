/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The brain's spine: an incident goes in, the first rule that settles it speaks, a decision comes out. Pure
 * but for the time stamp; any lane may run it.
 */
#pragma once

#include "common/runtime/lane.h"
#include "common/schema/incident.h"

/* incidents → decisions. Takes no context. */
extern const struct stage decide_stage;

/* The decided section for a document, as incident.h defines it. rule, where not NULL, gets the index of the
 * rule that spoke. A new reference, never NULL. */
json_t *decide(const struct incident *incident, size_t *rule);
