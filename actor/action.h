/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The closed list of actions. Each is one file below action/ and one line in action.c, and says how it would
 * change the cluster: reads what it touches, checks its guards, and plans the write.
 */
#pragma once

#include "actor/outcome.h"
#include "actor/plan.h"
#include "common/base/error.h"
#include "common/runtime/kube.h"

struct order;
struct policy;

/* A field of an action besides type, id and target. All are texts. */
struct action_field {
    const char *path; /* "to.replica_set" */
    int optional;
    const char *with; /* where this one stands, that one must stand, too; NULL = alone */
    const char *also; /* characters that it may have beyond those of a name; NULL = none */
};

#define ACTION_MAX_FIELDS 10

struct action {
    const char *type;        /* ACTION_… */
    const char *would, *did; /* "roll back", "rolled back" … */
    char *(*words)(
        const struct order *order); /* … "Deployment shop/web to ReplicaSet web-6c9 (revision 3)"; to free */
    struct action_field fields[ACTION_MAX_FIELDS]; /* path NULL ends */

    /* Whether the document supports this action so well that it needs no person, where policy says nothing
     * else. NULL = it never does. */
    int (*is_plain)(const struct order *order);

    /* Reads and guards the target and fills plan. 0 = planned; 1 = settled: nothing is to be written, and
     * outcome says why; -1 = err, to be tried again. Sends nothing that writes. */
    int (*plan)(struct kube *kube, const struct policy *policy, const struct order *order, struct plan *plan,
                struct outcome *outcome, struct error *err);
};

extern const struct action action_delete_pod;
extern const struct action action_restart_rollout;
extern const struct action action_rollback;
extern const struct action action_set_resources;
extern const struct action action_set_image;
extern const struct action action_set_env;
extern const struct action action_set_probe;
extern const struct action action_scale;
extern const struct action action_quarantine_namespace;
extern const struct action action_restore_namespace;
extern const struct action action_undo;

/* The action of this type, or NULL (also for NULL). */
const struct action *action_find(const char *type);

/* Appends the types of all: "delete_pod, rollback, …". */
void action_list(struct strbuf *out);

/* All of them, ended by NULL. */
extern const struct action *const actions[];
