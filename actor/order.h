/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One action of a decision, read and checked before anything else is done with it: that it is of the closed
 * list, has the fields of its type and no others, is about the workload that the document is about, and that
 * every name in it is spelled as Kubernetes allows, so that none can reach beyond its place in an API path.
 * Fails closed. Pure.
 */
#pragma once

#include "actor/action.h"
#include "actor/outcome.h"
#include "common/schema/incident.h"

/* All borrowed from the incident. */
struct order {
    const struct incident *incident;
    const struct action *action;
    const json_t *fields; /* the action as decided: json_string_at(fields, "to.replica_set") */
    const char *id;
    const char *api_version, *kind, *ns, *name, *uid; /* of the target; ns of a Namespace is its own name */
    const char *undoes; /* the id of the earlier action that this one takes back; NULL = none */
};

/* Reads the decision's action for the actor of this cluster. 0 = *out is filled; 1 = settled: there is no
 * action, or it is refused, and outcome says why. outcome learns the action's type and id. */
int order_read(struct order *out, const struct incident *incident, const char *cluster,
               struct outcome *outcome);

/* Whether the fields of the order are those of its action, each spelled as it must be. 0 or 1. */
int order_check_fields(const struct order *order, struct outcome *outcome);

/* A text of the order; "" = an optional one that is not there. */
const char *order_text(const struct order *order, const char *path);

/* What the observer saw at this path; "" = nothing. */
const char *order_observed(const struct order *order, const char *path);

#define ORDER_MOST_COUNT 1000000 /* no number in an action is larger */

/* A text of the order as a count: digits and nothing else, 0 to ORDER_MOST_COUNT; -1 = it is none. */
long order_count(const struct order *order, const char *path);
