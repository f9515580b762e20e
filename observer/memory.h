/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the observer remembers of each workload that was sick lately: how its spells stand, which incident is
 * open and where that is on its way, and how earlier ones ended. There is no other copy than the topics:
 * every document of `incidents` and `outcomes` is taken in, those of the last LIMIT_TAIL_MS at start and
 * all later ones as they come. In which order the two topics are read does not matter, and a document that is
 * taken in twice changes nothing. Bounded: at most MEMORY_WORKLOADS; of each the open incident and
 * LIMIT_HISTORY_ITEMS closed ones, for LIMIT_MEMORY_MS. One thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"
#include "common/base/json.h"
#include "observer/episode.h"
#include "observer/settle.h"

#define MEMORY_WORKLOADS 10000 /* sick at once: a cluster in ruins, where one more incident helps nobody */

struct chart {
    char *key; /* cluster/namespace/kind/name */
    char *ns, *kind, *name;
    struct spell spells[DETECTORS_MAX];
    struct episode **episodes; /* oldest first */
    size_t episode_count;
};

struct memory;

/* cluster: keys of other clusters on the same Kafka are ignored. */
struct memory *memory_new(const char *cluster);
void memory_free(struct memory *memory);

/* Takes in a document of incidents or outcomes; what is not about a workload of this cluster is ignored.
 * ERROR_REJECT when it cannot be read. traceparent: of its record, may be NULL. */
int memory_note(struct memory *memory, const char *bytes, size_t len, const char *traceparent,
                struct error *err);

/* The chart of a workload: begun when there is none yet; NULL when MEMORY_WORKLOADS is reached. Charts keep
 * their place until memory_forget(). */
struct chart *memory_chart(struct memory *memory, const char *ns, const char *kind, const char *name);

/* The chart of a workload, or NULL. */
struct chart *memory_find(struct memory *memory, const char *ns, const char *kind, const char *name);

/* All charts by index, for a walk. */
size_t memory_count(const struct memory *memory);
struct chart *memory_at(struct memory *memory, size_t index);

/* Drops closed episodes older than LIMIT_MEMORY_MS, and charts with nothing left in them. */
void memory_forget(struct memory *memory, int64_t now_ms);

/* The open incident of a workload, or NULL. */
struct episode *chart_open(const struct chart *chart);

/* The id of its newest incident that is closed; "" = none is remembered. */
const char *chart_last_id(const struct chart *chart);

/* The closed incidents, newest first, as `observed.history`: a new reference. */
json_t *chart_history(const struct chart *chart);
