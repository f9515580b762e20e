/* SPDX-License-Identifier: Apache-2.0 */
/* Memory. Out of memory aborts the process (Kafka redelivers its work), so no caller checks for NULL. */
#pragma once

#include <stddef.h>

/* Each returns memory that the caller releases with free(); never NULL. xcalloc zeroes it. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *bytes, size_t len);

/* A formatted string; the caller owns it. */
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A local pointer that is freed when it leaves its scope: AUTO_FREE char *name = xstrdup(...); */
#define AUTO_FREE __attribute__((cleanup(auto_free)))
void auto_free(void *pointer_to_pointer);

/* Moves a pointer out of a variable, which becomes NULL: the way an AUTO_… local becomes a result. */
#define STEAL(pointer)                                                                                       \
    ({                                                                                                       \
        __typeof__(pointer) steal_ = (pointer);                                                              \
        (pointer) = NULL;                                                                                    \
        steal_;                                                                                              \
    })

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))
