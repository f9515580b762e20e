/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/option_value.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/strbuf.h"

/* One value on its way into its field. */
struct assignment {
    const struct option *row;
    void *field;
    const struct option_source *from;
};

static const struct {
    const char *unit;
    long ms;
} durations[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}, {"d", 24 * 3600 * 1000}};

char *option_origin(const struct option_source *from)
{
    return from->file ? xasprintf("%s:%d", from->file, from->line) : xstrdup(from->name);
}

/* 90000 as "90s": the largest unit that divides it. */
static void describe_number(struct strbuf *out, enum option_type type, long value)
{
    size_t unit = 0;
    for (size_t i = 1; i < COUNT_OF(durations) && value != 0; i++)
        if (value % durations[i].ms == 0)
            unit = i;
    if (type == OPTION_DURATION)
        strbuf_printf(out, "%ld%s", value / durations[unit].ms, durations[unit].unit);
    else
        strbuf_printf(out, "%ld", value);
}

static void describe_range(struct strbuf *out, const struct option *row)
{
    if (!row->least && !row->most)
        return;
    strbuf_puts(out, " from ");
    describe_number(out, row->type, row->least);
    strbuf_puts(out, " to ");
    describe_number(out, row->type, row->most);
}

static void describe_choices(struct strbuf *out, const char *const *choices)
{
    strbuf_puts(out, "one of ");
    for (size_t i = 0; choices[i]; i++)
        strbuf_printf(out, "%s%s", i ? ", " : "", choices[i]);
}

char *option_expected(const struct option *row)
{
    static const char *const words[] = {
        [OPTION_STRING] = "text",
        [OPTION_PATH] = "a path",
        [OPTION_SECRET] = "text",
        [OPTION_INTEGER] = "a number",
        [OPTION_DURATION] = "a duration (500ms, 20s, 5m, 2h, 1d)",
        [OPTION_BOOLEAN] = "true or false",
        [OPTION_CHOICE] = "",
        [OPTION_LIST] = "a list (a, b, c)",
        [OPTION_MAP] = "a map (a=b,c=d)",
    };
    AUTO_STRBUF text = {0};
    strbuf_puts(&text, words[row->type]);
    if (row->type == OPTION_INTEGER || row->type == OPTION_DURATION)
        describe_range(&text, row);
    if (row->type == OPTION_MAP && row->choices)
        strbuf_puts(&text, " of ");
    if (row->choices)
        describe_choices(&text, row->choices);
    return strbuf_take(&text);
}

static int refuse(const struct assignment *it, const char *found, struct error *err)
{
    AUTO_FREE char *origin = option_origin(it->from);
    AUTO_FREE char *expected = option_expected(it->row);
    return fail(err, ERROR_FATAL, "%s: %s must be %s, not %s", origin, it->row->key, expected, found);
}

static int refuse_text(const struct assignment *it, const char *text, struct error *err)
{
    AUTO_FREE char *found = xasprintf("\"%.60s\"", text);
    return refuse(it, found, err);
}

static void replace_text(const struct assignment *it, char *take_text)
{
    char **field = it->field;
    free(*field);
    *field = take_text;
}

static int set_string(const struct assignment *it, const char *text, struct error *err)
{
    (void)err;
    replace_text(it, xstrdup(text));
    return 0;
}

static int set_secret(const struct assignment *it, const char *text, struct error *err)
{
    (void)err;
    replace_text(it, *text ? xstrdup(text) : NULL);
    return 0;
}

char *option_path(const struct option_source *from, const char *path)
{
    if (!*path || *path == '/')
        return xstrdup(path);
    const char *slash = from->file ? strrchr(from->file, '/') : NULL;
    AUTO_FREE char *folder = xstrndup(slash ? from->file : "", slash ? (size_t)(slash - from->file) + 1 : 0);
    if (*folder == '/')
        return xasprintf("%s%s", folder, path);
    AUTO_FREE char *here = getcwd(NULL, 0);
    return xasprintf("%s/%s%s", here ? here : "", folder, path);
}

static int set_path(const struct assignment *it, const char *text, struct error *err)
{
    (void)err;
    replace_text(it, option_path(it->from, text));
    return 0;
}

/* A run of digits, whose end is stored; -1 when there are none or too many. */
static long read_digits(const char *text, const char **end)
{
    char *stop;
    errno = 0;
    long value = isdigit((unsigned char)*text) ? strtol(text, &stop, 10) : -1;
    if (value < 0 || errno)
        return -1;
    *end = stop;
    return value;
}

static int set_number(const struct assignment *it, const char *text, long value, struct error *err)
{
    const struct option *row = it->row;
    if (value < 0 || ((row->least || row->most) && (value < row->least || value > row->most)))
        return refuse_text(it, text, err);
    *(long *)it->field = value;
    return 0;
}

static int set_integer(const struct assignment *it, const char *text, struct error *err)
{
    const char *end = "";
    long value = read_digits(text, &end);
    return set_number(it, text, *end ? -1 : value, err);
}

static int set_duration(const struct assignment *it, const char *text, struct error *err)
{
    const char *unit = "";
    long count = read_digits(text, &unit);
    for (size_t i = 0; i < COUNT_OF(durations); i++)
        if (strcmp(unit, durations[i].unit) == 0 && count <= LONG_MAX / durations[i].ms)
            return set_number(it, text, count * durations[i].ms, err);
    return refuse_text(it, text, err);
}

static int set_boolean(const struct assignment *it, const char *text, struct error *err)
{
    int value = strcmp(text, "true") == 0;
    if (!value && strcmp(text, "false") != 0)
        return refuse_text(it, text, err);
    *(int *)it->field = value;
    return 0;
}

/* The place of the word among the row's choices, or -1. */
static int choice_of(const struct option *row, const char *text)
{
    for (int i = 0; row->choices[i]; i++)
        if (strcmp(text, row->choices[i]) == 0)
            return i;
    return -1;
}

static int set_choice(const struct assignment *it, const char *text, struct error *err)
{
    int choice = choice_of(it->row, text);
    if (choice < 0)
        return refuse_text(it, text, err);
    *(int *)it->field = choice;
    return 0;
}

/* The words between commas, without the blanks around them. Each call moves *rest on; NULL at the end. Caller
 * frees. */
static char *next_word(const char **rest)
{
    *rest += strspn(*rest, " \t\n,");
    if (!**rest)
        return NULL;
    size_t len = strcspn(*rest, ",");
    const char *word = *rest;
    *rest += len;
    while (isspace((unsigned char)word[len - 1]))
        len--;
    return xstrndup(word, len);
}

static void list_add(struct option_list *list, char *take_item)
{
    list->items = xrealloc(list->items, (list->count + 1) * sizeof *list->items);
    list->items[list->count++] = take_item;
}

static int set_list(const struct assignment *it, const char *text, struct error *err)
{
    (void)err;
    option_clear(it->row, (char *)it->field - it->row->offset);
    for (char *word; (word = next_word(&text));)
        list_add(it->field, word);
    return 0;
}

static void put(struct option_map *map, const char *name, const char *value, const struct option_source *from)
{
    size_t i = 0;
    while (i < map->count && strcmp(map->pairs[i].name, name) != 0)
        i++;
    if (i == map->count) {
        map->pairs = xrealloc(map->pairs, (map->count + 1) * sizeof *map->pairs);
        map->pairs[map->count++] = (struct option_pair){.name = xstrdup(name)};
    }
    free(map->pairs[i].value);
    free(map->pairs[i].origin);
    map->pairs[i].value = xstrdup(value);
    map->pairs[i].origin = option_origin(from);
}

static int map_put(const struct assignment *it, const char *name, const char *value,
                   const struct option_source *from, struct error *err)
{
    if (it->row->choices && choice_of(it->row, value) < 0) {
        AUTO_FREE char *origin = option_origin(from);
        AUTO_STRBUF choices = {0};
        describe_choices(&choices, it->row->choices);
        return fail(err, ERROR_FATAL, "%s: %s.%.80s must be %s, not \"%.60s\"", origin, it->row->key, name,
                    strbuf_text(&choices), value);
    }
    put(it->field, name, value, from);
    return 0;
}

static int set_map(const struct assignment *it, const char *text, struct error *err)
{
    for (char *word; (word = next_word(&text));) {
        AUTO_FREE char *pair = word;
        char *equals = it->row->choices ? strrchr(pair, '=') : strchr(pair, '=');
        if (!equals || equals == pair)
            return refuse_text(it, pair, err);
        *equals = '\0';
        if (map_put(it, pair, equals + 1, it->from, err))
            return -1;
    }
    return 0;
}

/* Notes for whoever wants to know it where the value was set; passes on whether that failed. */
static int note_origin(const struct option *row, void *into, const struct option_source *from, int failed)
{
    AUTO_FREE char *origin = option_origin(from);
    if (!failed && row->origins)
        put((struct option_map *)((char *)into + row->origins), row->key, origin, from);
    return failed;
}

int option_set(const struct option *row, void *into, const struct option_source *from, const char *text,
               struct error *err)
{
    static int (*const setters[])(const struct assignment *, const char *, struct error *) = {
        [OPTION_STRING] = set_string,   [OPTION_PATH] = set_path,         [OPTION_SECRET] = set_secret,
        [OPTION_INTEGER] = set_integer, [OPTION_DURATION] = set_duration, [OPTION_BOOLEAN] = set_boolean,
        [OPTION_CHOICE] = set_choice,   [OPTION_LIST] = set_list,         [OPTION_MAP] = set_map,
    };
    struct assignment it = {row, (char *)into + row->offset, from};
    return note_origin(row, into, from, setters[row->type](&it, text, err));
}

static const char *kind_name(const struct yaml_node *node)
{
    static const char *const names[] = {"text", "a sequence", "a mapping"};
    return names[node->kind];
}

static int set_sequence(const struct assignment *it, const struct yaml_node *node, struct error *err)
{
    option_clear(it->row, (char *)it->field - it->row->offset);
    for (const struct yaml_node *item = node->first; item; item = item->next) {
        if (item->kind != YAML_SCALAR)
            return fail(err, ERROR_FATAL, "%s:%d: an item of %s must be text, not %s", it->from->file,
                        item->line, it->row->key, kind_name(item));
        list_add(it->field, xstrdup(item->text));
    }
    return 0;
}

static int set_mapping(const struct assignment *it, const struct yaml_node *node, struct error *err)
{
    for (const struct yaml_node *member = node->first; member; member = member->next) {
        if (member->kind != YAML_SCALAR)
            return fail(err, ERROR_FATAL, "%s:%d: %s of %s must be text, not %s", it->from->file,
                        member->line, member->key, it->row->key, kind_name(member));
        const char *text = yaml_text(node, member->key);
        struct option_source line = {it->from->file, member->line, NULL};
        if (map_put(it, member->key, text ? text : "", &line, err))
            return -1;
    }
    return 0;
}

int option_set_node(const struct option *row, void *into, const struct option_source *from,
                    const struct yaml_node *node, struct error *err)
{
    struct assignment it = {row, (char *)into + row->offset, from};
    if (row->type == OPTION_LIST && node->kind == YAML_SEQUENCE)
        return note_origin(row, into, from, set_sequence(&it, node, err));
    if (row->type == OPTION_MAP && node->kind == YAML_MAPPING)
        return note_origin(row, into, from, set_mapping(&it, node, err));
    if (node->kind != YAML_SCALAR)
        return refuse(&it, kind_name(node), err);
    return option_set(row, into, from, node->text, err);
}

static void clear_list(struct option_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct option_list){0};
}

static void clear_map(struct option_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        free(map->pairs[i].name);
        free(map->pairs[i].value);
        free(map->pairs[i].origin);
    }
    free(map->pairs);
    *map = (struct option_map){0};
}

void option_clear(const struct option *row, void *into)
{
    void *field = (char *)into + row->offset;
    switch (row->type) {
    case OPTION_STRING:
    case OPTION_PATH:
    case OPTION_SECRET:
        free(STEAL(*(char **)field));
        break;
    case OPTION_INTEGER:
    case OPTION_DURATION:
        *(long *)field = 0;
        break;
    case OPTION_BOOLEAN:
    case OPTION_CHOICE:
        *(int *)field = 0;
        break;
    case OPTION_LIST:
        clear_list(field);
        break;
    case OPTION_MAP:
        clear_map(field);
        break;
    }
}
