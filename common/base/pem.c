/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/pem.h"

#include <ctype.h>
#include <string.h>

#include "common/base/alloc.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"
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

/* The bytes of the line end at text, also one that is written as \n or \\r; 0 = there is none. */
static size_t line_end(const char *text)
{
    if (*text == '\n')
        return 1;
    size_t backslashes = strspn(text, "\\");
    int is_written = backslashes > 0 && (text[backslashes] == 'n' || text[backslashes] == 'r');
    return is_written ? backslashes + 1 : 0;
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

static int is_at(const char *text, const char *marker)
{
    return strncmp(text, marker, strlen(marker)) == 0;
}

/* Behind what follows a beginning: headers, lines of nothing but base64, long words of it, and the end. */
static const char *body_end(const char *text)
{
    for (;;) {
        const char *line = text;
        while (line_end(line))
            line += line_end(line);
        int is_new_line = line > text;
        line += strspn(line, " \t");
        if (is_at(line, END))
            return label_end(line + strlen(END));
        const char *end = header_end(line);
        if (end == line)
            end += strspn(line, BASE64_CHARS);
        int is_whole = is_at(end, END) || (is_new_line && (!*end || line_end(end)));
        if (end == line || (!is_whole && end - line < LONG_WORD))
            return text;
        text = end;
    }
}

/* Where the base64 begins, no earlier than from, that stands before an end without a beginning. */
static const char *body_begin(const char *from, const char *end)
{
    while (end > from && (isalnum((unsigned char)end[-1]) || strchr("+/=\n\\", end[-1])))
        end--;
    return end;
}

/* Words about a key, with no base64 beside them, are no key. */
void pem_find(const char *text, struct spans *out)
{
    const char *done = text, *marker;
    for (const char *at = text; (marker = strstr(at, DASHES));) {
        const char *from = marker, *body;
        if (is_at(marker, BEGIN)) {
            body = label_end(marker + strlen(BEGIN));
            at = body_end(body);
        } else if (is_at(marker, END)) {
            from = body_begin(done, marker);
            at = label_end(marker + strlen(END));
            body = from < marker ? marker : at;
        } else {
            at = marker + 1;
            continue;
        }
        if (at > body)
            spans_add(out, (struct span){(size_t)(from - text), (size_t)(at - text)});
        done = at;
    }
}
