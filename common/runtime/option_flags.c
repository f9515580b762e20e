/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/base/alloc.h"
#include "common/runtime/option_name.h"
#include "common/runtime/option_reader.h"

static struct slot *slot_of_flag(struct reader *reader, const char *flag)
{
    for (size_t i = 0; i < reader->count; i++) {
        AUTO_FREE char *candidate = option_flag(reader->slots[i].name);
        if (strcmp(candidate, flag) == 0)
            return &reader->slots[i];
    }
    return NULL;
}

/* The secret that a flag would show to everybody who may run ps, or NULL. */
static const struct option *secret_of_flag(const struct reader *reader, const char *flag)
{
    for (size_t i = 0; i < reader->count; i++) {
        const struct option *row = reader->slots[i].row;
        AUTO_FREE char *candidate = option_flag(row->key);
        if (row->type == OPTION_SECRET && strcmp(candidate, flag) == 0)
            return row;
    }
    return NULL;
}

static int refuse(const struct reader *reader, const char *flag, struct error *err)
{
    const struct option *secret = secret_of_flag(reader, flag);
    if (secret) {
        AUTO_FREE char *variable = option_variable(secret->key);
        return fail(err, ERROR_FATAL, "%s: a secret does not go on the command line; use %s-file or $%s",
                    flag, flag, variable);
    }
    AUTO_FREE char *hint = reader_hint(reader, flag, option_flag);
    return fail(err, ERROR_FATAL, "%.80s: unknown flag; %s", flag, hint);
}

/* Where the value of a flag goes, or NULL after refusing the flag. */
static const char **target_of(struct reader *reader, const char *flag, struct error *err)
{
    if (strcmp(flag, "--config") == 0)
        return &reader->config;
    struct slot *slot = slot_of_flag(reader, flag);
    if (!slot)
        refuse(reader, flag, err);
    return slot ? &slot->flag : NULL;
}

/* Notes the flag's value; *i moves over a value that is an argument of its own. */
static int parse_value(struct reader *reader, int argc, char **argv, int *i, struct error *err)
{
    const char *equals = strchr(argv[*i], '=');
    AUTO_FREE char *flag = xstrndup(argv[*i], equals ? (size_t)(equals - argv[*i]) : strlen(argv[*i]));
    const char **target = target_of(reader, flag, err);
    if (!target)
        return -1;
    if (!equals && (*i + 1 == argc || strncmp(argv[*i + 1], "--", 2) == 0))
        return fail(err, ERROR_FATAL, "%s: its value is missing", flag);
    *target = equals ? equals + 1 : argv[++*i];
    return 0;
}

static int *switch_of(struct reader *reader, const char *flag)
{
    if (strcmp(flag, "--check") == 0)
        return &reader->check;
    if (strcmp(flag, "--help") == 0)
        return &reader->help;
    return strcmp(flag, "--version") == 0 ? &reader->version : NULL;
}

int option_flags_parse(struct reader *reader, int argc, char **argv, struct error *err)
{
    for (int i = 1; i < argc; i++) {
        int *on = switch_of(reader, argv[i]);
        if (on)
            *on = 1;
        else if (strncmp(argv[i], "--", 2) != 0)
            return fail(err, ERROR_FATAL, "%.80s: not a flag; %s --help lists them", argv[i],
                        reader->process);
        else if (parse_value(reader, argc, argv, &i, err))
            return -1;
    }
    return 0;
}

int option_flags_apply(struct reader *reader, struct error *err)
{
    for (size_t i = 0; i < reader->count; i++) {
        struct slot *slot = &reader->slots[i];
        AUTO_FREE char *flag = option_flag(slot->name);
        struct option_source from = {.name = flag};
        if (slot->flag && reader_set(slot, &from, slot->flag, err))
            return -1;
    }
    return 0;
}
