/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/pem.h"

#include <ctype.h>
#include <string.h>

#include "common/base/alloc.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define LABEL_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "
#define BASE64_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
#define LONG_WORD 16 /* a word of base64 rather than of a sentence */

/* Behind what stands at a marker's label: the label and its dashes. */
static const char *label_end(const char *label)
{
    label += strspn(label, LABEL_CHARS);
    for (int dashes = 0; dashes < 5 && *label == '-'; dashes++)
        label++;
    return label;
}

/* The bytes of the line end at text, also one that is written as \n or \\n; 0 = there is none. */
static size_t line_end(const char *text)
{
    if (*text == '\n')
        return 1;
    size_t backslashes = strspn(text, "\\");
    return backslashes > 0 && text[backslashes] == 'n' ? backslashes + 1 : 0;
}

/* Behind "Name: value" of a block's own headers. */
static const char *header_end(const char *line)
{
    static const char *const names[] = {
        "Proc-Type: ", "DEK-Info: ", "Version: ", "Comment: ", "Hash: ", "Charset: ", "MessageID: "};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strncmp(line, names[i], strlen(names[i])) == 0)
            return line + strcspn(line, "\n\\");
    return line;
}

/* Behind the lines of a block that has no end: lines of nothing but base64, or long words of it. */
static const char *body_end(const char *text)
{
    for (;;) {
        const char *line = text;
        while (line_end(line))
            line += line_end(line);
        int is_new_line = line > text;
        while (*line == ' ')
            line++;
        const char *end = header_end(line);
        if (end == line)
            end += strspn(line, BASE64_CHARS);
        int is_whole_line = is_new_line && (!*end || line_end(end));
        if (end == line || (!is_whole_line && end - line < LONG_WORD))
            return text;
        text = end;
    }
}

/* Where the base64 begins that stands before an end without a beginning. */
static const char *body_begin(const char *from, const char *end)
{
    while (end > from && (isalnum((unsigned char)end[-1]) || strchr("+/=\n\\", end[-1])))
        end--;
    return end;
}

/* Whether the end belongs to the beginning rather than to another one behind it. */
static int is_closed(const char *begin, const char *end)
{
    const char *other = end ? strstr(begin + strlen(BEGIN), BEGIN) : NULL;
    return end && (!other || end < other);
}

/* The first of this marker at or behind text; last is what was found before, and is kept while it is ahead. */
static const char *next_marker(const char *text, const char *marker, const char *last)
{
    return last && last < text ? strstr(text, marker) : last;
}

void pem_find(const char *text, struct spans *out)
{
    const char *begin = strstr(text, BEGIN), *end = strstr(text, END);
    for (const char *at = text; begin || end;) {
        const char *from = begin, *to;
        int is_empty = 0; /* words about a key are no key */
        if (!begin || (end && end < begin)) {
            from = body_begin(at, end);
            is_empty = from == end;
            to = label_end(end + strlen(END));
        } else if (is_closed(begin, end)) {
            to = label_end(end + strlen(END));
        } else {
            const char *label = label_end(begin + strlen(BEGIN));
            to = body_end(label);
            is_empty = to == label;
        }
        if (!is_empty)
            spans_add(out, (struct span){(size_t)(from - text), (size_t)(to - text)});
        at = to;
        begin = next_marker(at, BEGIN, begin);
        end = next_marker(at, END, end);
    }
}
