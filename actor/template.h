/* SPDX-License-Identifier: Apache-2.0 */
/* The containers of a pod template. Pure. */
#pragma once

#include "common/base/json.h"

#define CONTAINER_POINTER_SIZE 64

/* One container; borrowed from its template. */
struct container {
    const json_t *json;
    char pointer
        [CONTAINER_POINTER_SIZE]; /* JSON Pointer from the workload: "/spec/template/spec/initContainers/0" */
};

/* Finds a container by its name, an init container too, in which names are unique. 1 = found, 0 = there is none. */
int template_container(const json_t *template, const char *name, struct container *out);

/* Whether two templates are the same, whoever made them. */
int template_equal(const json_t *a, const json_t *b);
