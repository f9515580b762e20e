/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/plan.h"

#include <stdint.h>
#include <stdlib.h>

#include "common/base/alloc.h"

void plan_free(struct plan *plan)
{
    free(plan->version);
    free(plan->path);
    json_decref(plan->before);
    json_decref(plan->body);
    json_decref(plan->undo);
}

void plan_operation(struct plan *plan, const char *op, const char *pointer, json_t *take_value)
{
    json_array_append_new(plan->body,
                          json_pack("{s:s, s:s, s:o}", "op", op, "path", pointer, "value", take_value));
}

/* An object without the member fails the test, as it should. */
static void must_be_unchanged(struct plan *plan, const char *pointer, const char *path)
{
    const char *text = json_string_at(plan->before, path);
    plan_operation(plan, "test", pointer, json_string(text ? text : ""));
}

void plan_patch(struct plan *plan, const char *path, const json_t *object, const json_t *annotations,
                const char *action_id)
{
    const char *version = json_string_at(object, "metadata.resourceVersion");
    plan->verb = WRITE_PATCH;
    plan->path = xstrdup(path);
    plan->before = json_incref((json_t *)(uintptr_t)object);
    plan->version = xstrdup(version ? version : "");
    plan->body = json_array();
    must_be_unchanged(plan, "/metadata/uid", "metadata.uid");
    must_be_unchanged(plan, "/metadata/resourceVersion", "metadata.resourceVersion");
    json_t *marked =
        json_copy((json_t *)(uintptr_t)(annotations ? annotations : json_at(object, "metadata.annotations")));
    marked = marked ? marked : json_object();
    json_object_set_new(marked, ACTION_MARK, json_string(action_id));
    plan_operation(plan, "add", "/metadata/annotations", marked); /* "add" also replaces */
}
