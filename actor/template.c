/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/template.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/base/alloc.h"

static const char *const lists[] = {"containers", "initContainers"};

int template_container(const json_t *template, const char *name, struct container *out)
{
    for (size_t list = 0; list < COUNT_OF(lists); list++) {
        const json_t *containers = json_object_get(json_at(template, "spec"), lists[list]);
        for (size_t i = 0; i < json_array_size(containers); i++) {
            const char *found = json_string_at(json_array_get(containers, i), "name");
            if (!found || strcmp(found, name) != 0)
                continue;
            out->json = json_array_get(containers, i);
            snprintf(out->pointer, sizeof out->pointer, "/spec/template/spec/%s/%zu", lists[list], i);
            return 1;
        }
    }
    return 0;
}

/* Older API servers write "creationTimestamp": null where newer ones write nothing. */
static json_t *comparable(const json_t *template)
{
    json_t *copy = json_deep_copy(template);
    json_object_del(json_at(copy, "metadata"), "creationTimestamp");
    return copy;
}

int template_equal(const json_t *a, const json_t *b)
{
    AUTO_JSON *left = comparable(a), *right = comparable(b);
    return json_equal(left, right);
}
