/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/changed.h"

#include <string.h>

#include "common/schema/limits.h"
#include "observer/gather/visit.h"

#define VARIABLE_CHARACTERS                                                                                  \
    "abcdefghijklmnopqrstuvwxyz"                                                                             \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                                                             \
    "0123456789_.-"

static void add(json_t *list, const char *container, const char *field, const char *variable)
{
    if (json_array_size(list) >= LIMIT_CHANGES)
        return;
    json_t *item = json_pack("{s:s, s:s}", "container", container, "field", field);
    if (variable)
        json_object_set_new(item, "variable", json_string(variable));
    json_array_append_new(list, item);
}

static const json_t *variable_in(const json_t *container, const char *name)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(container, "env"), i, item)
    {
        const char *found = json_string_at(item, "name");
        if (found && strcmp(found, name) == 0)
            return item;
    }
    return NULL;
}

/* The variables of one that the other has differently; where both have them, they are told once. */
static void add_variables(json_t *list, const char *container, const json_t *one, const json_t *other,
                          int told)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(one, "env"), i, item)
    {
        const char *name = json_string_at(item, "name");
        if (!name || !*name || name[strspn(name, VARIABLE_CHARACTERS)])
            continue;
        const json_t *there = variable_in(other, name);
        if (!(told && there) && !json_equal(item, there))
            add(list, container, "env", name);
    }
}

json_t *changed_fields(const json_t *then, const json_t *now)
{
    size_t i;
    const json_t *container;
    json_t *list = json_array();
    json_array_foreach(json_at(now, "spec.containers"), i, container)
    {
        const char *name = json_string_at(container, "name");
        const json_t *old = name ? container_in(then, name) : NULL;
        if (!old)
            continue;
        const json_t *image = json_object_get(old, "image");
        if (image && !json_equal(json_object_get(container, "image"), image))
            add(list, name, "image", NULL);
        add_variables(list, name, container, old, 0);
        add_variables(list, name, old, container, 1);
    }
    return list;
}
