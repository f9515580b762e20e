/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "common/base/alloc.h"
#include "common/base/file.h"

/* A sequence or mapping that is still open. */
struct level {
    struct yaml_node *node;
    struct yaml_node **tail; /* where its next member goes */
    char *key;               /* read already, its value not yet */
    int key_line;
};

struct reader {
    yaml_parser_t parser;
    const char *name;
    const char *bytes;
    size_t len;
    struct yaml_node *root;
    struct level levels[YAML_MAX_DEPTH];
    size_t depth;
    int documents;
    int done;
};

void yaml_tree_free(struct yaml_node *node)
{
    while (node) {
        struct yaml_node *next = node->next;
        yaml_tree_free(node->first); /* no deeper than YAML_MAX_DEPTH */
        free(node->key);
        free(node->text);
        free(node);
        node = next;
    }
}

void yaml_auto_free(struct yaml_node **node)
{
    yaml_tree_free(*node);
}

static void reader_free(struct reader *reader)
{
    yaml_parser_delete(&reader->parser);
    for (size_t i = 0; i < reader->depth; i++)
        free(reader->levels[i].key);
    yaml_tree_free(reader->root);
}

static int line_of(const yaml_mark_t *mark)
{
    return (int)mark->line + 1;
}

static int refuse(const struct reader *reader, int line, const char *why, struct error *err)
{
    return fail(err, ERROR_FATAL, "%s:%d: %s", reader->name, line, why);
}

/* The commonest mistake, which libyaml reports in many ways. */
static int indented_by_tab(const struct reader *reader, int line)
{
    const char *at = reader->bytes, *end = reader->bytes + reader->len;
    for (int i = 1; at && i < line; i++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    while (at && at < end && *at == ' ')
        at++;
    return at && at < end && *at == '\t';
}

/* What libyaml says, in one line. Errors of its byte reader carry an offset instead of a mark. */
static int syntax_error(const struct reader *reader, struct error *err)
{
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        abort();
    int line = line_of(&parser->problem_mark);
    if (parser->error == YAML_READER_ERROR) {
        line = 1;
        for (size_t i = 0; i < parser->problem_offset && i < reader->len; i++)
            line += reader->bytes[i] == '\n';
    }
    if (indented_by_tab(reader, line))
        return refuse(reader, line, "indented by a tab: use spaces", err);
    return fail(err, ERROR_FATAL, "%s:%d: no valid YAML: %s%s%s", reader->name, line, parser->problem,
                parser->context ? " " : "", parser->context ? parser->context : "");
}

/* Hangs a node into the open sequence or mapping; owns it from the first line on. */
static struct yaml_node *add_node(struct reader *reader, enum yaml_kind kind, int line)
{
    struct yaml_node *node = xcalloc(1, sizeof(*node));
    node->kind = kind;
    node->line = line;
    if (reader->depth == 0) {
        reader->root = node;
        return node;
    }
    struct level *level = &reader->levels[reader->depth - 1];
    if (level->node->kind == YAML_MAPPING) {
        node->key = STEAL(level->key);
        node->line = level->key_line;
    }
    *level->tail = node;
    level->tail = &node->next;
    return node;
}

static int expects_key(const struct reader *reader)
{
    if (reader->depth == 0)
        return 0;
    const struct level *level = &reader->levels[reader->depth - 1];
    return level->node->kind == YAML_MAPPING && !level->key;
}

static int on_scalar(struct reader *reader, const yaml_event_t *event, struct error *err)
{
    int line = line_of(&event->start_mark);
    const char *text = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    int quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (memchr(text, '\0', len))
        return refuse(reader, line, "a NUL character has no place in a text", err);
    if (expects_key(reader)) {
        if (len == 0)
            return refuse(reader, line, "a value without a key", err);
        struct level *level = &reader->levels[reader->depth - 1];
        level->key = xstrndup(text, len);
        level->key_line = line;
        return 0;
    }
    struct yaml_node *node = add_node(reader, YAML_SCALAR, line);
    node->text = xstrndup(text, len);
    node->quoted = quoted;
    return 0;
}

static int on_open(struct reader *reader, enum yaml_kind kind, const yaml_event_t *event, struct error *err)
{
    int line = line_of(&event->start_mark);
    if (expects_key(reader))
        return refuse(reader, line, "a key must be a plain text, not a list or a mapping", err);
    if (reader->depth == YAML_MAX_DEPTH)
        return fail(err, ERROR_FATAL, "%s:%d: nested deeper than %d levels", reader->name, line,
                    YAML_MAX_DEPTH);
    struct yaml_node *node = add_node(reader, kind, line);
    reader->levels[reader->depth++] = (struct level){.node = node, .tail = &node->first};
    return 0;
}

static int by_key_then_line(const void *left, const void *right)
{
    const struct yaml_node *a = *(struct yaml_node *const *)left, *b = *(struct yaml_node *const *)right;
    int order = strcmp(a->key, b->key);
    return order ? order : a->line - b->line;
}

/* Sorted, so that a hostile file of many keys costs no square of them. */
static int check_duplicates(const struct reader *reader, const struct yaml_node *mapping, struct error *err)
{
    size_t count = 0;
    for (const struct yaml_node *member = mapping->first; member; member = member->next)
        count++;
    AUTO_FREE const struct yaml_node **sorted = xcalloc(count, sizeof(*sorted));
    size_t at = 0;
    for (const struct yaml_node *member = mapping->first; member; member = member->next)
        sorted[at++] = member;
    qsort(sorted, count, sizeof(*sorted), by_key_then_line);
    for (size_t i = 1; i < count; i++)
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0)
            return fail(err, ERROR_FATAL, "%s:%d: key \"%s\" was given before, in line %d", reader->name,
                        sorted[i]->line, sorted[i]->key, sorted[i - 1]->line);
    return 0;
}

static int on_close(struct reader *reader, struct error *err)
{
    const struct yaml_node *node = reader->levels[--reader->depth].node;
    return node->kind == YAML_MAPPING ? check_duplicates(reader, node, err) : 0;
}

/* Anchors and tags say more than plain data; whoever needs them does not get them silently ignored. */
static int refuse_decoration(const struct reader *reader, const yaml_event_t *event,
                             const yaml_char_t *anchor, const yaml_char_t *tag, struct error *err)
{
    if (anchor)
        return refuse(reader, line_of(&event->start_mark), "anchors (&) are not supported: write it out",
                      err);
    if (tag)
        return refuse(reader, line_of(&event->start_mark), "tags (!) are not supported: leave it out", err);
    return 0;
}

static int take_event(struct reader *reader, const yaml_event_t *event, struct error *err)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++reader->documents > 1)
            return refuse(reader, line_of(&event->start_mark), "a second document: one file holds one", err);
        return 0;
    case YAML_ALIAS_EVENT:
        return refuse(reader, line_of(&event->start_mark), "aliases (*) are not supported: write it out",
                      err);
    case YAML_SCALAR_EVENT:
        if (refuse_decoration(reader, event, event->data.scalar.anchor, event->data.scalar.tag, err))
            return -1;
        return on_scalar(reader, event, err);
    case YAML_SEQUENCE_START_EVENT:
        if (refuse_decoration(reader, event, event->data.sequence_start.anchor,
                              event->data.sequence_start.tag, err))
            return -1;
        return on_open(reader, YAML_SEQUENCE, event, err);
    case YAML_MAPPING_START_EVENT:
        if (refuse_decoration(reader, event, event->data.mapping_start.anchor, event->data.mapping_start.tag,
                              err))
            return -1;
        return on_open(reader, YAML_MAPPING, event, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_close(reader, err);
    case YAML_STREAM_END_EVENT:
        reader->done = 1;
        return 0;
    default:
        return 0;
    }
}

/* "~", "null" or nothing at all, not in quotes. */
static int is_null(const struct yaml_node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; !node->quoted && i < COUNT_OF(nulls); i++)
        if (strcmp(node->text, nulls[i]) == 0)
            return 1;
    return 0;
}

/* The finished tree; a file that says nothing is an empty mapping. */
static struct yaml_node *take_root(struct reader *reader)
{
    if (reader->root && (reader->root->kind != YAML_SCALAR || !is_null(reader->root)))
        return STEAL(reader->root);
    struct yaml_node *empty = xcalloc(1, sizeof(*empty));
    empty->kind = YAML_MAPPING;
    empty->line = 1;
    return empty;
}

struct yaml_node *yaml_read(const char *bytes, size_t len, const char *name, struct error *err)
{
    if (len > YAML_MAX_BYTES) {
        fail(err, ERROR_FATAL, "%s:1: larger than %d bytes", name, YAML_MAX_BYTES);
        return NULL;
    }
    __attribute__((cleanup(reader_free))) struct reader reader = {.name = name, .bytes = bytes, .len = len};
    if (!yaml_parser_initialize(&reader.parser))
        abort();
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)bytes, len);
    while (!reader.done) {
        __attribute__((cleanup(yaml_event_delete))) yaml_event_t event = {0};
        if (!yaml_parser_parse(&reader.parser, &event)) {
            syntax_error(&reader, err);
            return NULL;
        }
        if (take_event(&reader, &event, err))
            return NULL;
    }
    return take_root(&reader);
}

struct yaml_node *yaml_read_file(const char *path, struct error *err)
{
    AUTO_FREE char *text = file_read(path, err);
    return text ? yaml_read(text, strlen(text), path, err) : NULL;
}

const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key)
{
    if (!node || node->kind != YAML_MAPPING)
        return NULL;
    for (const struct yaml_node *member = node->first; member; member = member->next)
        if (strcmp(member->key, key) == 0)
            return member;
    return NULL;
}

const char *yaml_text(const struct yaml_node *node, const char *key)
{
    const struct yaml_node *member = yaml_get(node, key);
    return member && member->kind == YAML_SCALAR && !is_null(member) ? member->text : NULL;
}
