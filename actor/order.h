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
    const char *api_version, *kind, *ns, *name, *uid; /* of the target */
};

/* Reads the decision's action for the actor of this cluster. 0 = *out is filled; 1 = settled: there is no
 * action, or it is refused, and outcome says why. outcome learns the action's type and id. */
int order_read(struct order *out, const struct incident *incident, const char *cluster,
               struct outcome *outcome);

/* A text of the order that order_read() has checked to be there. */
const char *order_text(const struct order *order, const char *path);
