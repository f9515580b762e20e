/* SPDX-License-Identifier: Apache-2.0 */
/* JSON with ' for ", which makes tests readable. */
#pragma once

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/json.h"
#include "tests/unit/unit.h"

/* A new reference. */
static inline json_t *parse(const char *text)
{
    struct error err;
    AUTO_FREE char *copy = xstrdup(text);
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *value = json_read(copy, strlen(copy), &err);
    if (!value)
        fail_msg("%s", err.text);
    return value;
}
