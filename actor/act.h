/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The actor's spine: a decision goes in; its action is read, held against policy, planned, dry-run and
 * applied, or proposed; what a person approved goes the same way once more. An outcome comes out, whichever way it went. Run
 * again after a crash, it finds its own mark and answers "already".
 */
#pragma once

#include "actor/breaker.h"
#include "actor/budget.h"
#include "actor/control.h"
#include "actor/policies.h"
#include "actor/reach.h"
#include "actor/seal.h"
#include "common/runtime/follow.h"
#include "common/runtime/lane.h"
#include "common/schema/incident.h"

/* decisions, approvals → outcomes. Its shared context is a struct actor without policy and kube. */
extern const struct stage act_stage;

/* What acting takes. A lane has its own, with a connection. All borrowed but kube. */
struct actor {
    const char *cluster; /* the one that keys of documents must name */
    struct policies *policies;
    const struct policy *policy; /* the one that held when the record in hand was begun */
    struct control *control;
    struct budget *budget;
    struct reach *reach;
    const struct follower *const *followers; /* what must have been read before anything is done; NULL ends */
    const struct seal *seal;
    struct kube_config *server;
    struct kube *kube;
};

/* Carries out the decision of a document, or what a person approved of it, and says in outcome what became of it. 0, or -1 = err (ERROR_RETRY):
 * nothing is known to have been done, try again. */
int act(const struct actor *actor, const struct incident *incident, struct outcome *outcome,
        struct error *err);
