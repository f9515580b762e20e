/* SPDX-License-Identifier: Apache-2.0 */
/* One write, planned in full before any of it is sent: the object as it was read, and the request.
 * The same request is sent twice, first as a dry run. */
#pragma once

#include "actor/kube_write.h"
#include "common/base/json.h"

struct plan {
    char *version;  /* metadata.resourceVersion of what was read */
    json_t *before; /* the patched object as it was read; NULL where none remains to compare with */
    enum write_verb verb;
    char *path;
    json_t *body;
    json_t *undo; /* what puts it back: the fields of an action, as in incident.h; NULL = nothing does */
};

#define AUTO_PLAN __attribute__((cleanup(plan_free))) struct plan
void plan_free(struct plan *plan);

#define ACTION_MARK "aegiops.io/action" /* annotation: the id of the last action on this object */

/* Begins the patch of an object as it was read: it will hold only for this uid and resourceVersion, and
 * leaves the mark in the same write. annotations: what the object's shall be (borrowed; NULL = as they are).
 * path: of the object; borrowed. */
void plan_patch(struct plan *plan, const char *path, const json_t *object, const json_t *annotations,
                const char *action_id);

/* Adds a JSON Patch operation (RFC 6902); takes the reference to value. */
void plan_operation(struct plan *plan, const char *op, const char *pointer, json_t *take_value);
