/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/text.h"

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
        size_t size = text_character(bytes + i, len - i, &code);
        if (size == 0 || text_is_hidden(code))
            strbuf_puts(&text, TEXT_REPLACEMENT);
        else
            strbuf_add(&text, bytes + i, size);
        i += size ? size : 1;
        if (text.len + strlen(TEXT_ELLIPSIS) <= max_bytes)
            fits = text.len;
    }
    if (text.len <= max_bytes)
        return json_stringn(strbuf_text(&text), text.len);
    text.len = fits;
    if (max_bytes >= strlen(TEXT_ELLIPSIS))
        strbuf_puts(&text, TEXT_ELLIPSIS);
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
