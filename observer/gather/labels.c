/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/labels.h"

#include <string.h>

static int is_among(const json_t *values, const char *value)
{
    size_t i;
    const json_t *item;
    json_array_foreach(values, i, item) if (json_is_string(item) &&
                                            strcmp(json_string_value(item), value) == 0) return 1;
    return 0;
}

static int matches_expression(const json_t *labels, const json_t *expression)
{
    const char *key = json_string_at(expression, "key"), *relation = json_string_at(expression, "operator");
    const char *value = key ? json_string_value(json_object_get(labels, key)) : NULL;
    const json_t *values = json_object_get(expression, "values");
    if (!key || !relation)
        return 0;
    if (strcmp(relation, "Exists") == 0)
        return value != NULL;
    if (strcmp(relation, "DoesNotExist") == 0)
        return !value;
    if (strcmp(relation, "In") == 0)
        return value && is_among(values, value);
    return strcmp(relation, "NotIn") == 0 && (!value || !is_among(values, value));
}

int labels_match(const json_t *labels, const json_t *selector)
{
    const char *key;
    json_t *wanted;
    size_t i;
    json_object_foreach(json_object_get(selector, "matchLabels"), key, wanted)
    {
        if (!json_equal(json_object_get(labels, key), wanted))
            return 0;
    }
    json_array_foreach(json_object_get(selector, "matchExpressions"), i,
                       wanted) if (!matches_expression(labels, wanted)) return 0;
    return json_is_object(selector);
}

static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return line + (*line == '\n');
}

/* The line of labels with this key, or NULL. */
static const char *line_of(const char *labels, const char *key, size_t key_len)
{
    for (const char *at = labels; *at; at = next_line(at))
        if (strncmp(at, key, key_len) == 0 && at[key_len] == '=')
            return at;
    return NULL;
}

static int are_equal(const char *one, const char *other)
{
    size_t len = strcspn(one, "\n");
    return len == strcspn(other, "\n") && memcmp(one, other, len) == 0;
}

size_t labels_miss(const char *labels, const char *selector, struct strbuf *out)
{
    size_t count = 0;
    for (const char *at = selector; *at; at = next_line(at)) {
        const char *line = line_of(labels, at, strcspn(at, "=\n"));
        if (!line || are_equal(line, at))
            continue;
        strbuf_printf(out, "%s%.*s instead of %.*s", count++ ? ", " : "", (int)strcspn(line, "\n"), line,
                      (int)strcspn(at, "\n"), at);
    }
    return count;
}
