/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define ELLIPSIS "\xE2\x80\xA6"    /* U+2026 */

/* jansson answers NULL when it is out of memory; ours aborts instead, so that no caller has to check. */
__attribute__((constructor)) static void use_checked_memory(void)
{
    json_set_alloc_funcs(xmalloc, free);
}

void json_auto_free(json_t **value)
{
    json_decref(*value);
}

/* The byte where nesting goes beyond JSON_MAX_DEPTH, or len. Looked for before parsing, as the parser
 * recurses. */
static size_t too_deep_at(const char *bytes, size_t len)
{
    size_t depth = 0;
    int in_string = 0;
    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '[') && ++depth > JSON_MAX_DEPTH)
            return i;
        else if (!in_string && (c == '}' || c == ']') && depth > 0)
            depth--;
    }
    return len;
}

json_t *json_read(const char *bytes, size_t len, struct error *err)
{
    size_t deep = too_deep_at(bytes, len);
    if (deep < len) {
        fail(err, ERROR_REJECT, "JSON: byte %zu: nested deeper than %d levels", deep, JSON_MAX_DEPTH);
        return NULL;
    }
    json_error_t why;
    json_t *value = json_loadb(bytes, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (!value)
        fail(err, ERROR_REJECT, "JSON: byte %d: %s", why.position, why.text);
    return value;
}

static int add_to_strbuf(const char *bytes, size_t len, void *out)
{
    strbuf_add(out, bytes, len);
    return 0;
}

void json_write(const json_t *value, struct strbuf *out)
{
    if (json_dump_callback(value, add_to_strbuf, out, JSON_COMPACT | JSON_ENCODE_ANY))
        abort(); /* a cycle, or a string that was never checked: our own mistake */
}

/* The length of the well-formed UTF-8 character at bytes (Unicode, table 3-7) and its code point; 0 = there
 * is none. */
static size_t decode_utf8(const unsigned char *bytes, size_t len, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = bytes[0];
    size_t size = first < 0x80   ? 1
                  : first < 0xC0 ? 0
                  : first < 0xE0 ? 2
                  : first < 0xF0 ? 3
                  : first < 0xF8 ? 4
                                 : 0;
    if (size == 0 || size > len)
        return 0;
    *code = size == 1 ? first : first & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (bytes[i] & 0x3Fu);
    }
    int surrogate = *code >= 0xD800 && *code <= 0xDFFF;
    return *code < least[size] || *code > 0x10FFFF || surrogate ? 0 : size;
}

/* Characters that a reader cannot see, or that change how the text around them is shown. */
static int is_hidden(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        {0x00, 0x08},       {0x0B, 0x1F}, /* C0 but \t and \n */
        {0x7F, 0x9F},                     /* DEL, C1 */
        {0x61C, 0x61C},                   /* Arabic letter mark */
        {0x180E, 0x180E},   {0x200B, 0x200F},
        {0x2028, 0x202E}, /* zero-width, line separators, bidirectional */
        {0x2060, 0x206F},   {0xFEFF, 0xFEFF},
        {0xFFF9, 0xFFFB},   /* word joiner, isolates, byte-order mark, anchors */
        {0xE0000, 0xE0FFF}, /* tags, which can carry a hidden message */
    };
    for (size_t i = 0; i < COUNT_OF(hidden); i++)
        if (code >= hidden[i].first && code <= hidden[i].last)
            return 1;
    return 0;
}

/* Printable ASCII and line breaks: most text is nothing else, and can be taken as it is. */
static int is_plain(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((bytes[i] < 0x20 || bytes[i] > 0x7E) && bytes[i] != '\n' && bytes[i] != '\t')
            return 0;
    return 1;
}

json_t *json_text(const char *bytes, size_t len, size_t max_bytes)
{
    AUTO_STRBUF text = {0};
    if (len <= max_bytes && is_plain(bytes, len))
        return json_stringn_nocheck(len ? bytes : "", len);
    size_t fits = 0; /* the longest run of whole characters that leaves room for the ellipsis */
    for (size_t i = 0; i < len && text.len <= max_bytes;) {
        uint32_t code = 0;
        size_t size = decode_utf8((const unsigned char *)bytes + i, len - i, &code);
        if (size == 0 || is_hidden(code))
            strbuf_puts(&text, REPLACEMENT);
        else
            strbuf_add(&text, bytes + i, size);
        i += size ? size : 1;
        if (text.len + strlen(ELLIPSIS) <= max_bytes)
            fits = text.len;
    }
    if (text.len <= max_bytes)
        return json_stringn(strbuf_text(&text), text.len);
    text.len = fits;
    if (max_bytes >= strlen(ELLIPSIS))
        strbuf_puts(&text, ELLIPSIS);
    return json_stringn(text.data, text.len);
}

json_t *json_at(const json_t *object, const char *path)
{
    for (;;) {
        size_t len = strcspn(path, ".");
        json_t *member = json_object_getn(object, path, len);
        if (!member || !path[len])
            return member;
        object = member;
        path += len + 1;
    }
}

const char *json_string_at(const json_t *object, const char *path)
{
    return json_string_value(json_at(object, path));
}

long long json_integer_at(const json_t *object, const char *path, long long fallback)
{
    const json_t *value = json_at(object, path);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

int json_true_at(const json_t *object, const char *path)
{
    return json_is_true(json_at(object, path));
}
