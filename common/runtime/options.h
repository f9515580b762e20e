/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options: one table of rows for each section, read into a struct. The file (--config FILE, else
 * $AEGIOPS_CONFIG, else none) is overridden by the environment (AEGIOPS_ and the key in capitals:
 * kafka.topic_prefix is AEGIOPS_KAFKA_TOPIC_PREFIX; some rows also honour a conventional name), and that by
 * flags (--kafka-topic-prefix X or
 * --kafka-topic-prefix=X). --help and --check come from the same rows.
 * Each process reads its own rows; in the file, the sections of its siblings are skipped, and any other unknown key is
 * refused with file, line and the nearest known key, as is a variable that begins like one of our sections and is none of
 * its options. A key with nothing after it keeps its fallback. A relative path in the file is relative to the file.
 */
#pragma once

#include <stddef.h>

#include "common/base/error.h"

enum option_type {
    OPTION_STRING,   /* char *: never NULL unless the fallback is NULL */
    OPTION_PATH,     /* char *: as OPTION_STRING, made absolute */
    OPTION_SECRET,   /* char *: from the environment, or from the file named by <key>_file; never in the file
                        itself, never   shown. NULL when unset. Trailing white space of the file is dropped */
    OPTION_INTEGER,  /* long: between least and most */
    OPTION_DURATION, /* long, milliseconds: "500ms", "20s", "5m", "2h", "1d"; between least and most */
    OPTION_BOOLEAN,  /* int: true/false */
    OPTION_CHOICE,   /* int: index into choices */
    OPTION_LIST,     /* struct option_list: a YAML sequence, or words separated by commas */
    OPTION_MAP, /* struct option_map: a YAML mapping of scalars; from environment and flags: a=b,c=d. A stronger
                        source adds names and replaces values. With choices every value is one of them, and a name
                        may hold "=": the last one of a pair divides it */
};

struct option_list {
    char **items;
    size_t count;
};

struct option_pair {
    char *name, *value;
    char *origin; /* "aegiops.yaml:12", "$AEGIOPS_…" or "--flag": for messages about the value */
};

struct option_map {
    struct option_pair *pairs;
    size_t count;
};

struct option {
    const char *key; /* dotted: "kafka.bootstrap_servers" */
    enum option_type type;
    size_t offset;              /* of the value in the struct that the table belongs to */
    const char *fallback;       /* as it would be written; NULL = unset */
    long least, most;           /* numbers and durations; both 0 = any non-negative */
    const char *const *choices; /* OPTION_CHOICE, OPTION_MAP: words, ended by NULL */
    const char *conventional;   /* a further environment variable, weaker than AEGIOPS_…; may be NULL */
    const char *help;           /* one sentence */
    size_t
        origins; /* of a struct option_map there that learns where the value was set: key → "aegiops.yaml:12",
                       "--flag", "default". 0 = none does */
};

/* A table and where the struct that it fills begins. */
struct option_table {
    const struct option *rows;
    size_t count;
    void *into;
};

enum options_answer {
    OPTIONS_RUN,
    OPTIONS_CHECK, /* --check: validate what is left to validate, say so and exit */
    OPTIONS_EXIT,  /* --help or --version was answered on stdout */
};

/* Fills the structs. tables end with rows == NULL. err (ERROR_FATAL) is one line: which key, where, what to
 * do. */
int options_read(const char *process, const char *purpose, const struct option_table *tables, int argc,
                 char **argv, enum options_answer *answer, struct error *err);

/* The configuration file that options_read() reads from these arguments; NULL = none. Borrowed. */
const char *options_file(int argc, char **argv);

/* Releases every value that options_read allocated and zeroes the fields. */
void options_free(const struct option_table *tables);

/* The value of a map's name, or NULL. Borrowed. */
const char *option_map_get(const struct option_map *map, const char *name);

/* Whether the list holds the item. */
int option_list_has(const struct option_list *list, const char *item);
