/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/plan.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "actor/order.h"
#include "common/base/alloc.h"

#define NUMBER_SIZE 24

void plan_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        free(plan->writes[i].path);
        json_decref(plan->writes[i].body);
        json_decref(plan->writes[i].before);
        free(plan->writes[i].name);
    }
    free(plan->writes);
    free(plan->version);
    json_decref(plan->undo);
    free(plan->note);
}

void plan_undo(struct plan *plan, const struct order *order, json_t *take_undo)
{
    plan->undo = take_undo;
    if (order->undoes) {
        json_decref(plan->undo);
        plan->undo = NULL;
    }
}

struct write *plan_write(struct plan *plan, enum write_verb verb, char *take_path, const json_t *object)
{
    const char *version = json_string_at(object, "metadata.resourceVersion");
    char *versions = xasprintf("%s %s", plan->version ? plan->version : "", version ? version : "");
    free(plan->version);
    plan->version = versions;
    plan->writes = xrealloc(plan->writes, (plan->count + 1) * sizeof *plan->writes);
    struct write *write = &plan->writes[plan->count++];
    *write = (struct write){.verb = verb, .path = take_path, .body = json_array()};
    return write;
}

void plan_operation(struct plan *plan, const char *op, const char *pointer, json_t *take_value)
{
    json_array_append_new(plan->writes[plan->count - 1].body,
                          json_pack("{s:s, s:s, s:o*}", "op", op, "path", pointer, "value", take_value));
}

void plan_replace(struct plan *plan, const char *pointer, const json_t *old, json_t *take_value)
{
    plan_operation(plan, "test", pointer, json_incref((json_t *)(uintptr_t)old));
    plan_operation(plan, "replace", pointer, take_value);
}

/* An object without the member fails the test, as it should. */
static void must_be_unchanged(struct plan *plan, const json_t *object, const char *pointer, const char *path)
{
    const char *text = json_string_at(object, path);
    plan_operation(plan, "test", pointer, json_string(text ? text : ""));
}

static json_t *undo_text(const struct plan *plan)
{
    AUTO_STRBUF text = {0};
    if (!plan->undo)
        return NULL;
    json_write(plan->undo, &text);
    return json_string(text.data);
}

/* The marks of this action; a null stands for the way back of an earlier one, which is none of this. */
static json_t *marks(const struct plan *plan, const json_t *object, const char *action_id, int generations)
{
    char generation[NUMBER_SIZE];
    json_t *undo = undo_text(plan);
    snprintf(generation, sizeof generation, "%lld",
             json_integer_at(object, "metadata.generation", 0) + generations);
    return json_pack("{s:s, s:s, s:o}", ACTION_MARK, action_id, GENERATION_MARK, generation, UNDO_MARK,
                     undo ? undo : json_null());
}

struct write *plan_unmarked(struct plan *plan, char *take_path, const json_t *object)
{
    struct write *write = plan_write(plan, WRITE_PATCH, take_path, object);
    write->before = json_incref((json_t *)(uintptr_t)object);
    must_be_unchanged(plan, object, "/metadata/uid", "metadata.uid");
    must_be_unchanged(plan, object, "/metadata/resourceVersion", "metadata.resourceVersion");
    return write;
}

struct write *plan_patch(struct plan *plan, char *take_path, const json_t *object, const json_t *annotations,
                         const char *action_id)
{
    struct write *write = plan_unmarked(plan, take_path, object);
    json_t *marked =
        json_copy((json_t *)(uintptr_t)(annotations ? annotations : json_at(object, "metadata.annotations")));
    AUTO_JSON *own = marks(plan, object, action_id, 1);
    marked = marked ? marked : json_object();
    json_object_update(marked, own);
    if (json_is_null(json_object_get(marked, UNDO_MARK)))
        json_object_del(marked, UNDO_MARK);
    plan_operation(plan, "add", "/metadata/annotations", marked); /* "add" also replaces */
    return write;
}

void plan_mark(struct plan *plan, char *take_path, const json_t *object, const char *action_id,
               int generations)
{
    struct write *write = plan_write(plan, WRITE_MARK, take_path, object);
    write->before = json_incref((json_t *)(uintptr_t)object);
    json_decref(write->body);
    write->body = json_pack("{s:{s:s?, s:o}}", "metadata", "uid", json_string_at(object, "metadata.uid"),
                            "annotations", marks(plan, object, action_id, generations));
}
