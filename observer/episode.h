/* SPDX-License-Identifier: Apache-2.0 */
/* One incident in memory: what its documents, of incidents and of outcomes, say together. */
#pragma once

#include <stdint.h>

#include "common/base/json.h"
#include "common/schema/incident.h"
#include "observer/settle.h"

/* Where an incident is, and what the observer does meanwhile. */
enum phase {
    PHASE_DECIDING,  /* published; brain and actor are at it */
    PHASE_VERIFYING, /* acted (done, already): watch until healthy, or until the deadline */
    PHASE_DEFERRED,  /* not now: the next lap begins after a pause */
    PHASE_FAILED,    /* the action did not work out: the next lap begins at once */
    PHASE_WATCHING,  /* with people (proposed, refused, none, laps used up): silent until healthy */
    PHASE_CLOSING,   /* recovered was published; brain and actor tell people */
    PHASE_CLOSED,
};

/* One incident, as its newest lap left it. */
struct episode {
    char *id, *class, *detail, *opened_at;
    json_t *target; /* as last observed: another uid is another workload */
    int lap;
    char *verdict; /* of that lap; NULL = none */
    enum phase phase;
    int64_t since_ms; /* of the phase: the time of the outcome or of the observation */
    int64_t acted_ms; /* pods created from then on are of the action's making; 0 = nothing was done */
    long long affected, available; /* pods, when the lap began */
    char *traceparent;             /* of the newest record; NULL = none */
    json_t *onset;                 /* as last observed; never NULL, may be JSON null */
    json_t *tried;                 /* as `observed.tried`, of all laps that have an outcome */
    int64_t healthy_since_ms;      /* for verify.h: 0 = not healthy */
    struct spell relapse;          /* for verify.h: failing pods of the action's making */
};

/* An episode of the document's id that knows nothing else yet. The caller frees it. */
struct episode *episode_new(const struct incident *incident);
void episode_free(struct episode *episode);

/* Takes in a document of this incident: whichever lap, in whichever order, once or twice. */
void episode_note(struct episode *episode, const struct incident *incident, const char *traceparent);

/* Whether something was done to the cluster in any lap so far. */
int episode_acted(const struct episode *episode);

/* As an item of `observed.history`, with the newest action that changed something, else the newest: a new reference. */
json_t *episode_history(const struct episode *episode);
