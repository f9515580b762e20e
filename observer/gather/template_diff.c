/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/template_diff.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/text.h"
#include "common/schema/limits.h"

#define VALUE_BYTES 300 /* of one side of a line: an image, a short command */
#define ARROW "\xE2\x86\x92"

struct diff {
    struct strbuf *out;
    size_t changes;
};

/* What stands at a path before and after; NULL = nothing. */
struct change {
    const char *path;
    const json_t *before, *after;
    int hidden; /* inside of what holds values that are nobody's business */
};

static void compare(struct diff *diff, const struct change *change);

static void put_value(const json_t *value, struct strbuf *out)
{
    AUTO_STRBUF text = {0};
    if (!value)
        strbuf_puts(&text, "(unset)");
    else if (json_is_string(value))
        strbuf_puts(&text, json_string_value(value));
    else
        json_write(value, &text);
    size_t size = text_cut_words(strbuf_text(&text), text.len, VALUE_BYTES);
    strbuf_add(out, strbuf_text(&text), size);
    if (size < text.len)
        strbuf_puts(out, TEXT_ELLIPSIS);
}

static void add_line(struct diff *diff, const struct change *change, int hidden)
{
    if (++diff->changes > LIMIT_DIFF_LINES)
        return;
    strbuf_printf(diff->out, "%s: ", change->path);
    if (hidden) {
        strbuf_puts(diff->out, "changed (values are not shown)\n");
        return;
    }
    put_value(change->before, diff->out);
    strbuf_puts(diff->out, " " ARROW " ");
    put_value(change->after, diff->out);
    strbuf_putc(diff->out, '\n');
}

static void compare_member(struct diff *diff, const struct change *change, const char *key)
{
    AUTO_FREE char *path = *change->path ? xasprintf("%s.%s", change->path, key) : xstrdup(key);
    struct change member = {path, json_object_get(change->before, key), json_object_get(change->after, key),
                            change->hidden};
    if (json_equal(member.before, member.after) || strcmp(path, "metadata.labels.pod-template-hash") == 0)
        return;
    if ((change->hidden && strcmp(key, "value") == 0) || strcmp(change->path, "metadata.annotations") == 0)
        add_line(diff, &member, 1);
    else
        compare(diff, &member);
}

static void compare_objects(struct diff *diff, const struct change *change)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)change->before, key, value) compare_member(diff, change, key);
    json_object_foreach((json_t *)change->after, key, value)
    {
        if (!json_object_get(change->before, key))
            compare_member(diff, change, key);
    }
}

static const json_t *named(const json_t *list, const char *name)
{
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item)
    {
        const char *its_name = json_string_value(json_object_get(item, "name"));
        if (its_name && strcmp(its_name, name) == 0)
            return item;
    }
    return NULL;
}

static int is_named_list(const json_t *value)
{
    size_t index;
    json_t *item;
    json_array_foreach(value, index, item)
    {
        if (!json_is_string(json_object_get(item, "name")))
            return 0;
    }
    return !value || json_is_array(value);
}

/* Environment variables, and the headers of a probe's requests, which may carry a password. */
static int has_values(const char *path)
{
    const char *last = strrchr(path, '.');
    return last && (strcmp(last, ".env") == 0 || strcmp(last, ".httpHeaders") == 0);
}

static void compare_named(struct diff *diff, const struct change *change, const char *name)
{
    AUTO_FREE char *path = xasprintf("%s[%s]", change->path, name);
    struct change item = {path, named(change->before, name), named(change->after, name),
                          change->hidden || has_values(change->path)};
    compare(diff, &item);
}

static void compare_lists(struct diff *diff, const struct change *change)
{
    size_t index;
    json_t *item;
    json_array_foreach(change->before, index, item)
        compare_named(diff, change, json_string_value(json_object_get(item, "name")));
    json_array_foreach(change->after, index, item)
    {
        const char *name = json_string_value(json_object_get(item, "name"));
        if (!named(change->before, name))
            compare_named(diff, change, name);
    }
}

static int is_object_or_nothing(const json_t *value)
{
    return !value || json_is_object(value);
}

/* Something that is added or removed as a whole is shown field by field too, so that a value within stays
 * hidden. */
static void compare(struct diff *diff, const struct change *change)
{
    if (json_equal(change->before, change->after))
        return;
    if (is_object_or_nothing(change->before) && is_object_or_nothing(change->after))
        compare_objects(diff, change);
    else if (is_named_list(change->before) && is_named_list(change->after))
        compare_lists(diff, change);
    else
        add_line(diff, change, 0);
}

size_t template_diff(const json_t *old_template, const json_t *new_template, struct strbuf *out)
{
    struct diff diff = {out, 0};
    struct change whole = {"", old_template, new_template, 0};
    compare(&diff, &whole);
    if (diff.changes > LIMIT_DIFF_LINES)
        strbuf_printf(out, "and %zu more\n", diff.changes - LIMIT_DIFF_LINES);
    return diff.changes;
}
