/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/escapes.h"

#include <ctype.h>
#include <string.h>

#include "common/base/alloc.h"

#define UNSEEN_BYTES 5     /* each of them */
#define PARAMETERS_MOST 32 /* of a colour: "38;2;255;255;255" */

static const char *const escapes[] = {"u001b", "x1b", "033", "e"};
static const char *const unseen[] = {"u00ad", "u200b", "u200c", "u200d", "u200e", "u200f",
                                     "u202a", "u202b", "u202c", "u202d", "u202e", "u2060",
                                     "u2066", "u2067", "u2068", "u2069", "ufeff"};

/* How many of the last of these bytes are one of the names and the backslashes before it. */
static size_t named(const char *text, size_t len, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(names[i]);
        if (len <= size || text[len - size - 1] != '\\' ||
            strncasecmp(text + len - size, names[i], size) != 0)
            continue;
        while (size < len && text[len - size - 1] == '\\')
            size++;
        return size;
    }
    return 0;
}

/* … are a colour: an escape, "[", numbers, and a letter. */
static size_t colour(const char *text, size_t len)
{
    size_t size = 1;
    if (!isalpha((unsigned char)text[len - 1]))
        return 0;
    while (size < len && size <= PARAMETERS_MOST && strchr("0123456789;?", text[len - size - 1]))
        size++;
    if (size == len || text[len - size - 1] != '[')
        return 0;
    size++;
    size_t escape = named(text, len - size, escapes, COUNT_OF(escapes));
    return escape ? escape + size : 0;
}

/* What comes to stand side by side when something between it goes is looked at, too: each end of what is kept so far. */
void escapes_remove(struct strbuf *text)
{
    size_t kept = 0;
    for (size_t i = 0; i < text->len; i++) {
        text->data[kept++] = text->data[i];
        size_t size = colour(text->data, kept);
        if (!size && kept > UNSEEN_BYTES && text->data[kept - UNSEEN_BYTES - 1] == '\\')
            size = named(text->data, kept, unseen, COUNT_OF(unseen));
        kept -= size;
    }
    if (text->data)
        text->data[kept] = '\0';
    text->len = kept;
}
