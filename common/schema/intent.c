/* SPDX-License-Identifier: Apache-2.0 */
#include "common/schema/intent.h"

#include <stddef.h>
#include <string.h>

#include "common/base/alloc.h"

static int index_of(const char *name, const char *const names[], size_t count)
{
    for (size_t i = 0; name && i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return (int)i;
    return -1;
}

/* A vocabulary: its spellings in the order of its enum, and the two functions that the header promises. */
#define VOCABULARY(prefix, ...)                                                                              \
    static const char *const prefix##_names[] = {__VA_ARGS__};                                               \
    const char *prefix##_name(enum prefix value)                                                             \
    {                                                                                                        \
        return prefix##_names[value];                                                                        \
    }                                                                                                        \
    int prefix##_from(const char *name)                                                                      \
    {                                                                                                        \
        return index_of(name, prefix##_names, COUNT_OF(prefix##_names));                                     \
    }

VOCABULARY(intent, "REMEDIATE", "DEPLOY", "COST", "EXPLAIN")
VOCABULARY(status, "HEALTHY", "TRANSIENT", "CONFIG", "FATAL")
VOCABULARY(verdict, "recovered", "unchanged", "worse")
VOCABULARY(mode, "observe", "review", "auto")
VOCABULARY(result, "done", "proposed", "deferred", "refused", "already", "failed", "none")
