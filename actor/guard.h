/* SPDX-License-Identifier: Apache-2.0 */
/* What forbids a change although policy allows it: the object is another one by now, is going, is to be left
 * alone, or belongs to something that would put it back. Read from the object itself, right before the write.
 * Pure. */
#pragma once

#include "actor/outcome.h"
#include "common/base/json.h"

/* Any object that an action touches: has this uid, is not being deleted, is not marked with the annotation or
 * label aegiops.io/ignore: "true", is not critical to the system. what: "Deployment shop/web", for the
 * sentence. 0 = free; 1 = settled. */
int guard_object(const json_t *object, const char *uid, const char *what, struct outcome *outcome);

/* A workload whose specification would be patched: not paused, no controller above it, not managed from a
 * repository or by another tool that would undo the patch. 0 or 1. */
int guard_specification(const json_t *object, const char *what, struct outcome *outcome);

/* What belongs to a Helm release is patched only where that is allowed, and with a warning. 0 or 1. */
int guard_release(const json_t *object, const char *what, int may_patch, struct outcome *outcome);

/* The object of the namespace in which something is to be done: not being deleted, not marked as above. 0 or 1. */
int guard_namespace(const json_t *object, const char *name, struct outcome *outcome);

/* The owner reference of the object's controller, or NULL. Borrowed. */
const json_t *guard_controller(const json_t *object);
