/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/file.h"
#include "common/runtime/option_name.h"
#include "common/runtime/option_reader.h"
#include "common/runtime/version.h"

static void reader_open(struct reader *reader, const struct option_table *tables)
{
    for (; tables->rows; tables++)
        for (size_t i = 0; i < tables->count; i++) {
            reader->slots = xrealloc(reader->slots, (reader->count + 1) * sizeof *reader->slots);
            reader->slots[reader->count++] = (struct slot){
                .row = &tables->rows[i], .into = tables->into, .name = option_name(&tables->rows[i])};
        }
}

static void reader_free(struct reader *reader)
{
    for (size_t i = 0; i < reader->count; i++) {
        free(reader->slots[i].name);
        free(reader->slots[i].secret_path);
        free(reader->slots[i].secret_origin);
    }
    free(reader->slots);
}

struct slot *reader_slot(const struct reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->count; i++)
        if (strcmp(reader->slots[i].name, name) == 0)
            return &reader->slots[i];
    return NULL;
}

int reader_set(struct slot *slot, const struct option_source *from, const char *text, struct error *err)
{
    if (slot->row->type != OPTION_SECRET)
        return option_set(slot->row, slot->into, from, text, err);
    option_clear(slot->row, slot->into);
    free(slot->secret_path);
    free(slot->secret_origin);
    slot->secret_path = *text ? option_path(from, text) : NULL;
    slot->secret_origin = option_origin(from);
    return 0;
}

/* Keeps the nearer of two candidates and frees the other. */
static char *nearer(const char *word, char *take_best, char *take_candidate)
{
    int better = !take_best || option_distance(word, take_candidate) < option_distance(word, take_best);
    free(better ? take_best : take_candidate);
    return better ? take_candidate : take_best;
}

/* With much more than a third of the letters wrong, a guess would rather mislead. */
static char *hint_from(const struct reader *reader, const char *word, const char *best)
{
    if (best && option_distance(word, best) <= strlen(word) / 3 + 1)
        return xasprintf("did you mean %s?", best);
    return xasprintf("%s --help lists what there is", reader->process);
}

char *reader_hint(const struct reader *reader, const char *word, char *(*spell)(const char *name))
{
    AUTO_FREE char *best = NULL;
    for (size_t i = 0; i < reader->count; i++)
        best = nearer(word, best, spell(reader->slots[i].name));
    return hint_from(reader, word, best);
}

char *reader_hint_among(const struct reader *reader, const char *word, const char *const *candidates,
                        size_t count)
{
    AUTO_FREE char *best = NULL;
    for (size_t i = 0; i < count; i++)
        best = nearer(word, best, xstrdup(candidates[i]));
    return hint_from(reader, word, best);
}

static int apply_fallbacks(struct reader *reader, struct error *err)
{
    for (size_t i = 0; i < reader->count; i++) {
        const struct slot *slot = &reader->slots[i];
        struct option_source from = {.name = "default"};
        option_clear(slot->row, slot->into);
        if (slot->row->fallback && option_set(slot->row, slot->into, &from, slot->row->fallback, err))
            return -1;
    }
    return 0;
}

static const char *chosen_file(const struct reader *reader)
{
    const char *path = reader->config ? reader->config : getenv("AEGIOPS_CONFIG");
    return path && *path ? path : NULL;
}

static int apply_file(struct reader *reader, struct error *err)
{
    const char *path = chosen_file(reader);
    if (!path)
        return 0;
    if (access(path, R_OK))
        return fail(err, ERROR_FATAL, "%s: cannot read %s: %s",
                    reader->config ? "--config" : "$AEGIOPS_CONFIG", path, strerror(errno));
    return option_file_apply(reader, path, err);
}

static int read_secret(const struct slot *slot, struct error *err)
{
    AUTO_FREE char *secret = file_read(slot->secret_path, err);
    if (!secret)
        return wrap(err, "%s: %s", slot->secret_origin, slot->name);
    size_t len = strlen(secret);
    while (len > 0 && isspace((unsigned char)secret[len - 1]))
        secret[--len] = '\0';
    if (!len)
        return fail(err, ERROR_FATAL, "%s: %s: %s is empty", slot->secret_origin, slot->name,
                    slot->secret_path);
    struct option_source from = {.name = slot->secret_origin};
    return option_set(slot->row, slot->into, &from, secret, err);
}

static int apply_secrets(struct reader *reader, struct error *err)
{
    for (size_t i = 0; i < reader->count; i++)
        if (reader->slots[i].secret_path && read_secret(&reader->slots[i], err))
            return -1;
    return 0;
}

static int apply_all(struct reader *reader, struct error *err)
{
    if (apply_fallbacks(reader, err) || apply_file(reader, err) || option_environment_apply(reader, err) ||
        option_flags_apply(reader, err))
        return -1;
    return apply_secrets(reader, err);
}

/* Answers --help and --version, which must work however broken the rest is. 0 when neither was asked for. */
static int answer_early(const struct reader *reader)
{
    AUTO_STRBUF text = {0};
    if (reader->help)
        option_help(reader, &text);
    else if (reader->version)
        strbuf_printf(&text, "%s %s\n", reader->process, AEGIOPS_VERSION);
    fputs(strbuf_text(&text), stdout);
    return reader->help || reader->version;
}

int options_read(const char *process, const char *purpose, const struct option_table *tables, int argc,
                 char **argv, enum options_answer *answer, struct error *err)
{
    __attribute__((cleanup(reader_free))) struct reader reader = {.process = process, .purpose = purpose};
    reader_open(&reader, tables);
    *answer = OPTIONS_EXIT;
    if (option_flags_parse(&reader, argc, argv, err))
        return -1;
    if (answer_early(&reader))
        return 0;
    if (apply_all(&reader, err))
        return -1;
    *answer = reader.check ? OPTIONS_CHECK : OPTIONS_RUN;
    return 0;
}

const char *options_file(int argc, char **argv)
{
    struct reader reader = {0};
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "--config=", strlen("--config=")) == 0)
            reader.config = argv[i] + strlen("--config=");
        else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            reader.config = argv[++i];
    return chosen_file(&reader);
}

void options_free(const struct option_table *tables)
{
    for (; tables->rows; tables++)
        for (size_t i = 0; i < tables->count; i++) {
            const struct option *row = &tables->rows[i];
            option_clear(row, tables->into);
            if (row->origins)
                option_clear(&(struct option){.type = OPTION_MAP, .offset = row->origins}, tables->into);
        }
}

const char *option_map_get(const struct option_map *map, const char *name)
{
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->pairs[i].name, name) == 0)
            return map->pairs[i].value;
    return NULL;
}

int option_list_has(const struct option_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], item) == 0)
            return 1;
    return 0;
}
