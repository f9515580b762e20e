/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/diff.h"

#include <string.h>

#include "actor/plan.h"
#include "common/base/alloc.h"
#include "common/base/redact.h"
#include "common/schema/limits.h"

#define VALUE_BYTES 200 /* a value in a line; templates that appear or vanish whole are long */

#define ANNOTATIONS "annotations."
#define NOT_SHOWN "(not shown)"

struct diff {
    struct strbuf *shown, all;
    struct redactor *redactor;
    size_t lines;
    size_t root; /* bytes of a path that name the object */
};

static const char *const left_out[] = {"status", "metadata.managedFields", "metadata.resourceVersion",
                                       "metadata.generation", ("metadata.annotations." GENERATION_MARK)};

static int is_left_out(const struct diff *diff, const char *path)
{
    for (size_t i = 0; i < COUNT_OF(left_out); i++)
        if (strlen(path) > diff->root && strcmp(path + diff->root, left_out[i]) == 0)
            return 1;
    return 0;
}

static int has_end(const char *path, const char *end)
{
    size_t len = strlen(path), end_len = strlen(end);
    return len >= end_len && strcmp(path + len - end_len, end) == 0;
}

/* Our own marks, which look as random as keys do, and what a Deployment's controller notes. */
static int is_known_annotation(const char *path)
{
    static const char *const known[] = {"aegiops.io/", "deployment.kubernetes.io/"};
    const char *name = strstr(path, ANNOTATIONS);
    for (size_t i = 0; name && i < COUNT_OF(known); i++)
        if (strncmp(name + strlen(ANNOTATIONS), known[i], strlen(known[i])) == 0)
            return 1;
    return 0;
}

/* "….env[DB_PASSWORD].value", a header of a probe's request, an annotation, into which people write what they like; or a
 * whole variable, container or list around them. */
static int may_be_secret(const char *path, const json_t *value)
{
    static const char *const holders[] = {"env", "httpHeaders", "annotations"};
    AUTO_STRBUF text = {0};
    if (strstr(path, ANNOTATIONS))
        return 1;
    if (json_is_object(value) || json_is_array(value))
        json_write(value, &text);
    for (size_t i = 0; i < COUNT_OF(holders); i++) {
        AUTO_FREE char *within = xasprintf(".%s[", holders[i]), *end = xasprintf(".%s", holders[i]),
                       *member = xasprintf("\"%s\":", holders[i]);
        if (strstr(path, within) || has_end(path, end) || strstr(strbuf_text(&text), member))
            return 1;
    }
    return 0;
}

static void add_value(struct strbuf *out, const json_t *value)
{
    if (value)
        json_write(value, out);
    else
        strbuf_puts(out, "(unset)");
}

/* A key is any text; it may not begin a line of its own. */
static void add_path(struct strbuf *out, const char *path)
{
    AUTO_JSON *clean = json_text(path, strlen(path), LIMIT_KEY_BYTES);
    for (const char *c = json_string_value(clean); *c; c++)
        strbuf_putc(out, *c == '\n' ? ' ' : *c);
}

/* Redacted behind its path, as a secret may be known by its name. */
static void redact_value(struct diff *diff, const char *path, const json_t *value, struct strbuf *out)
{
    AUTO_STRBUF text = {0}, safe = {0};
    add_path(&text, path);
    strbuf_puts(&text, ": ");
    size_t begin = text.len;
    add_value(&text, value);
    redact(diff->redactor, text.data, text.len, &safe);
    if (safe.len >= begin && memcmp(safe.data, text.data, begin) == 0)
        strbuf_add(out, safe.data + begin, safe.len - begin);
    else
        strbuf_puts(out, NOT_SHOWN);
}

static void show_value(struct diff *diff, const char *path, const json_t *value)
{
    AUTO_STRBUF text = {0};
    if (is_known_annotation(path))
        add_value(&text, value);
    else if (value && may_be_secret(path, value))
        strbuf_puts(&text, NOT_SHOWN);
    else
        redact_value(diff, path, value, &text);
    AUTO_JSON *cut = json_text(text.data, text.len, VALUE_BYTES);
    strbuf_puts(diff->shown, json_string_value(cut));
}

static void add_line(struct diff *diff, const char *path, const json_t *before, const json_t *after)
{
    strbuf_puts(&diff->all, diff->lines ? "\n" : "");
    add_path(&diff->all, path);
    strbuf_puts(&diff->all, ": ");
    add_value(&diff->all, before);
    strbuf_puts(&diff->all, " -> ");
    add_value(&diff->all, after);
    if (++diff->lines > LIMIT_DIFF_LINES)
        return;
    strbuf_puts(diff->shown, diff->lines > 1 ? "\n" : "");
    add_path(diff->shown, path);
    strbuf_puts(diff->shown, ": ");
    show_value(diff, path, before);
    strbuf_puts(diff->shown, " -> ");
    show_value(diff, path, after);
}

static void compare(struct diff *diff, const char *path, const json_t *before, const json_t *after);

static void compare_member(struct diff *diff, const char *path, const char *key, const json_t *before,
                           const json_t *after)
{
    AUTO_FREE char *member = xasprintf("%s%s%s", path, *path ? "." : "", key);
    compare(diff, member, json_object_get(before, key), json_object_get(after, key));
}

static void compare_objects(struct diff *diff, const char *path, const json_t *before, const json_t *after)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)before, key, value)
    {
        compare_member(diff, path, key, before, after);
    }
    json_object_foreach((json_t *)(uintptr_t)after, key, value)
    {
        if (!json_object_get(before, key))
            compare_member(diff, path, key, before, after);
    }
}

/* Items of Kubernetes' lists are told by their name where they have one. */
static void compare_arrays(struct diff *diff, const char *path, const json_t *before, const json_t *after)
{
    size_t count =
        json_array_size(before) > json_array_size(after) ? json_array_size(before) : json_array_size(after);
    for (size_t i = 0; i < count; i++) {
        const json_t *old = json_array_get(before, i), *new = json_array_get(after, i);
        const char *old_name = json_string_value(json_object_get(old, "name"));
        const char *new_name = json_string_value(json_object_get(new, "name"));
        const char *name = old_name ? old_name : new_name;
        int same = !old_name || !new_name || strcmp(old_name, new_name) == 0;
        AUTO_FREE char *item = name && same ? xasprintf("%s[%s]", path, name) : xasprintf("%s[%zu]", path, i);
        compare(diff, item, old, new);
    }
}

/* Words are shown together: what follows --password is one only then. */
static int holds_objects(const json_t *list)
{
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item)
    {
        if (!json_is_object(item))
            return 0;
    }
    return json_is_array(list);
}

static void compare(struct diff *diff, const char *path, const json_t *before, const json_t *after)
{
    if (is_left_out(diff, path) || (before && after && json_equal(before, after)))
        return;
    if (json_is_object(before) && json_is_object(after))
        compare_objects(diff, path, before, after);
    else if (holds_objects(before) && holds_objects(after))
        compare_arrays(diff, path, before, after);
    else
        add_line(diff, path, before, after);
}

void diff_write(struct strbuf *out, char sha256[SHA256_HEX_SIZE], const struct change *changes, size_t count)
{
    struct diff diff = {.shown = out, .redactor = redactor_new()};
    for (size_t i = 0; i < count; i++) {
        const char *name = changes[i].name ? changes[i].name : "";
        diff.root = *name ? strlen(name) + 1 : 0;
        compare(&diff, name, changes[i].before, changes[i].after);
    }
    if (diff.lines > LIMIT_DIFF_LINES)
        strbuf_printf(out, "\n… and %zu more", diff.lines - LIMIT_DIFF_LINES);
    sha256_hex(strbuf_text(&diff.all), diff.all.len, sha256);
    strbuf_free(&diff.all);
    redactor_free(diff.redactor);
}
