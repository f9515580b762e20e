/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Says why before it aborts: a core dump alone would look like a bug. */
static void *checked(void *memory, size_t size)
{
    if (memory)
        return memory;
    fprintf(stderr, "out of memory: %zu more bytes were asked for\n", size);
    abort();
}

/* malloc(0) and realloc(x, 0) may return NULL, which is no lack of memory. */
static size_t at_least_one(size_t size)
{
    return size ? size : 1;
}

void *xmalloc(size_t size)
{
    return checked(malloc(at_least_one(size)), size);
}

void *xcalloc(size_t count, size_t size)
{
    return checked(calloc(at_least_one(count), at_least_one(size)), size);
}

void *xrealloc(void *old, size_t size)
{
    return checked(realloc(old, at_least_one(size)), size);
}

char *xstrdup(const char *text)
{
    return xstrndup(text, strlen(text));
}

char *xstrndup(const char *bytes, size_t len)
{
    len = strnlen(bytes, len);
    char *copy = xmalloc(len + 1);
    memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

char *xasprintf(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    return checked(len < 0 ? NULL : text, 0);
}

void auto_free(void *pointer_to_pointer)
{
    void *memory;
    memcpy(&memory, pointer_to_pointer, sizeof(memory)); /* a char ** may not be read as a void ** */
    free(memory);
}
