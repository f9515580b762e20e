/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/words.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/json.h"

const char *words_or(const char *text, const char *other)
{
    return text && *text ? text : other;
}

/* Runs of white space become one space, or one line break where they hold one and breaks is true; none stays
 * at the ends. In place. */
static void squeeze(char *text, int breaks)
{
    char *to = text;
    for (const char *from = text; *from;) {
        size_t gap = strspn(from, " \t\r\n"), broken = strcspn(from, "\r\n");
        if (gap && to > text && from[gap])
            *to++ = breaks && broken < gap ? '\n' : ' ';
        from += gap;
        if (*from)
            *to++ = *from++;
    }
    *to = '\0';
}

static char *squeezed(const char *text, size_t max_bytes, int breaks)
{
    AUTO_FREE char *copy = xstrdup(text);
    squeeze(copy, breaks);
    AUTO_JSON *clean = json_text(copy, strlen(copy), max_bytes);
    return xstrdup(json_string_value(clean));
}

char *words_line(const char *text, size_t max_bytes)
{
    return squeezed(text, max_bytes, 0);
}

char *words_prose(const char *text, size_t max_bytes)
{
    return squeezed(text, max_bytes, 1);
}

/* A line of a diff or a command keeps its inner spaces; a tab would break the layout. */
static void add_verbatim(struct strbuf *out, const char *line, size_t len)
{
    AUTO_JSON *clean = json_text(line, len, WORDS_LINE_BYTES);
    AUTO_FREE char *text = xstrdup(json_string_value(clean));
    for (char *at = text; (at = strchr(at, '\t'));)
        *at = ' ';
    strbuf_printf(out, "%s%s", out->len ? "\n" : "", text);
}

char *words_lines(const char *text, size_t max)
{
    AUTO_STRBUF out = {0};
    size_t shown = 0, more = 0;
    while (*text) {
        size_t len = strcspn(text, "\r\n");
        int empty = strspn(text, " \t") >= len;
        if (!empty && shown < max) {
            add_verbatim(&out, text, len);
            shown++;
        } else if (!empty) {
            more++;
        }
        text += len + (text[len] != '\0');
    }
    if (more)
        strbuf_printf(&out, "\n… and %zu more", more);
    return out.len ? strbuf_take(&out) : xstrdup("");
}

void words_add_line(struct strbuf *out, const char *text)
{
    AUTO_FREE char *line = xstrdup(text);
    squeeze(line, 0);
    strbuf_printf(out, "%s\n", line);
}

char *words_duration(int64_t ms)
{
    long long s = (ms + 500) / 1000;
    if (ms < 1000)
        return xasprintf("%lld ms", (long long)ms);
    if (ms < 60 * 1000)
        return xasprintf("%lld.%lld s", (long long)ms / 1000, (long long)ms % 1000 / 100);
    if (s < 3600)
        return xasprintf("%lld min %lld s", s / 60, s % 60);
    return xasprintf("%lld h %lld min", s / 3600, s % 3600 / 60);
}
