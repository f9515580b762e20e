/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/base/alloc.h"
#include "common/runtime/option_reader.h"

/* Everything that may stand at the top level of the one file that all processes share. */
static const char *const sections[] = {"cluster", "instance", "log",   "shutdown", "kafka",
                                       "kube",    "observer", "brain", "gemini",   "actor",
                                       "policy",  "notifier", "slack"};

/* Where the walk through the tree stands. */
struct place {
    struct reader *reader;
    const char *file;
    const char *prefix; /* "kafka."; "" at the top */
};

static int is_section(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(sections); i++)
        if (strcmp(sections[i], name) == 0)
            return 1;
    return 0;
}

/* Whether any row of this process stands below the name. */
static int is_above_rows(const struct reader *reader, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < reader->count; i++)
        if (strncmp(reader->slots[i].row->key, name, len) == 0 && reader->slots[i].row->key[len] == '.')
            return 1;
    return 0;
}

static char *spell_key(const char *name)
{
    return xstrdup(name);
}

static int is_secret(const struct reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->count; i++)
        if (reader->slots[i].row->type == OPTION_SECRET && strcmp(reader->slots[i].row->key, name) == 0)
            return 1;
    return 0;
}

static int refuse(const struct place *place, const struct yaml_node *node, const char *name,
                  struct error *err)
{
    if (is_secret(place->reader, name))
        return fail(err, ERROR_FATAL,
                    "%s:%d: %s: a secret does not stand in this file; name the file that holds it as %s_file",
                    place->file, node->line, name, name);
    AUTO_FREE char *hint = *place->prefix
                               ? reader_hint(place->reader, name, spell_key)
                               : reader_hint_among(place->reader, name, sections, COUNT_OF(sections));
    return fail(err, ERROR_FATAL, "%s:%d: unknown key %.80s; %s", place->file, node->line, name, hint);
}

static int read_value(const struct place *place, struct slot *slot, const struct yaml_node *node,
                      struct error *err)
{
    struct option_source from = {place->file, node->line, NULL};
    if (slot->row->type == OPTION_SECRET && node->kind == YAML_SCALAR)
        return reader_set(slot, &from, node->text, err);
    return option_set_node(slot->row, slot->into, &from, node, err);
}

static int read_members(const struct place *place, const struct yaml_node *mapping, struct error *err);

static int read_section(const struct place *place, const struct yaml_node *node, const char *name,
                        struct error *err)
{
    if (node->kind != YAML_MAPPING)
        return fail(err, ERROR_FATAL, "%s:%d: %s must be a section, its keys indented below it", place->file,
                    node->line, name);
    AUTO_FREE char *prefix = xasprintf("%s.", name);
    return read_members(&(struct place){place->reader, place->file, prefix}, node, err);
}

static int read_member(const struct place *place, const struct yaml_node *node, struct error *err)
{
    AUTO_FREE char *name = xasprintf("%s%s", place->prefix, node->key);
    struct slot *slot = strchr(node->key, '.') ? NULL : reader_slot(place->reader, name);
    if (slot)
        return read_value(place, slot, node, err);
    if (is_above_rows(place->reader, name))
        return read_section(place, node, name, err);
    return !*place->prefix && is_section(name) ? 0 : refuse(place, node, name, err);
}

/* A key with nothing after it says nothing: its fallback holds, as if the line were not there. */
static int says_nothing(const struct yaml_node *mapping, const struct yaml_node *member)
{
    return member->kind == YAML_SCALAR && !yaml_text(mapping, member->key);
}

static int read_members(const struct place *place, const struct yaml_node *mapping, struct error *err)
{
    for (const struct yaml_node *member = mapping->first; member; member = member->next)
        if (!says_nothing(mapping, member) && read_member(place, member, err))
            return -1;
    return 0;
}

int option_file_apply(struct reader *reader, const char *path, struct error *err)
{
    AUTO_YAML *root = yaml_read_file(path, err);
    if (!root)
        return -1;
    if (root->kind != YAML_MAPPING)
        return fail(err, ERROR_FATAL, "%s:%d: the file must be a mapping: \"cluster: prod\" and so on", path,
                    root->line);
    return read_members(&(struct place){reader, path, ""}, root, err);
}
