/* SPDX-License-Identifier: Apache-2.0 */
/* The writes of one action, planned in full before any of it is sent: the objects as they were read, and the requests.
 * The same requests are sent twice, first as dry runs. Nearly always it is one; more only where the action itself is
 * about several objects: each holds for its own object and leaves its mark there, so that a repeat does what is left. */
#pragma once

#include "actor/kube_write.h"
#include "common/base/json.h"

/* One request. */
struct write {
    enum write_verb verb;
    char *path;
    json_t *body;
    json_t *before; /* the object as it was read; NULL where none remains to compare with */
    char *name;     /* begins its lines in the diff: "Deployment web"; NULL = the target */
};

struct order;

struct plan {
    struct write *writes;
    size_t count;
    char *version; /* the metadata.resourceVersions of what was read */
    json_t *undo;  /* what puts it back: the fields of an action, as in actions.h; NULL = nothing does */
    char *note;    /* what else people should know once it is done; NULL = nothing */
};

#define AUTO_PLAN __attribute__((cleanup(plan_free))) struct plan
void plan_free(struct plan *plan);

/* Annotations, written together: the id of the last action on this object; what puts it back, for whoever died before he
 * could say so; and the generation that it made, as another one is somebody else's change. */
#define ACTION_MARK "aegiops.io/action"
#define UNDO_MARK "aegiops.io/undo"
#define GENERATION_MARK "aegiops.io/generation"

/* Notes what will put it back, before the first write is planned. What is itself an undo has no way back. */
void plan_undo(struct plan *plan, const struct order *order, json_t *take_undo);

/* Adds a write on an object as it was read (borrowed), whose version it notes; the body is an empty list. */
struct write *plan_write(struct plan *plan, enum write_verb verb, char *take_path, const json_t *object);

/* Adds the patch of an object as it was read: it will hold only for this uid and resourceVersion, and leaves
 * the mark, with plan->undo as it is now, in the same write. annotations: what the object's shall be
 * (borrowed; NULL = as they are). */
struct write *plan_patch(struct plan *plan, char *take_path, const json_t *object, const json_t *annotations,
                         const char *action_id);

/* Adds the patch of a subresource, which can carry no mark: it will hold only for this uid and resourceVersion. */
struct write *plan_unmarked(struct plan *plan, char *take_path, const json_t *object);

/* Adds the mark of such a patch, behind it. It holds for this uid, in whatever version. generations: how many of them
 * both writes make. */
void plan_mark(struct plan *plan, char *take_path, const json_t *object, const char *action_id,
               int generations);

/* Adds a JSON Patch operation (RFC 6902) to the last write; takes the reference to value, which may be NULL where the
 * operation has none. */
void plan_operation(struct plan *plan, const char *op, const char *pointer, json_t *take_value);

/* Replaces the member at the pointer, which must have the value old (borrowed). */
void plan_replace(struct plan *plan, const char *pointer, const json_t *old, json_t *take_value);
