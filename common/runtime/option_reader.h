/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sources of options.c, one file each, applied from the weakest to the strongest: fallbacks, file,
 * environment, command line. Used by options.c and its parts only. All fail with ERROR_FATAL and one line.
 */
#pragma once

#include <stddef.h>

#include "common/base/error.h"
#include "common/base/strbuf.h"
#include "common/runtime/option_value.h"
#include "common/runtime/options.h"

/* A row on its way to its value. */
struct slot {
    const struct option *row;
    void *into;
    char *name;        /* as option_name() */
    const char *flag;  /* what the command line says; NULL = nothing */
    char *secret_path; /* a secret: the file that holds it, unless a stronger source gave the secret itself */
    char *secret_origin;
};

struct reader {
    const char *process, *purpose;
    struct slot *slots;
    size_t count;
    const char *config; /* --config; NULL = not given */
    int check, help, version;
};

/* Sets what slot->name means: the value, or for a secret the file it is in. */
int reader_set(struct slot *slot, const struct option_source *from, const char *text, struct error *err);

/* The row of that name, or NULL. */
struct slot *reader_slot(const struct reader *reader, const char *name);

/* What to do about an unknown word: "did you mean …?" with the nearest name, spelled as where the word
 * stands. Frees. */
char *reader_hint(const struct reader *reader, const char *word, char *(*spell)(const char *name));

/* The best of candidates (count of them) as reader_hint() would say it. */
char *reader_hint_among(const struct reader *reader, const char *word, const char *const *candidates,
                        size_t count);

/* option_flags.c: looks through the command line without setting a value; then sets them. */
int option_flags_parse(struct reader *reader, int argc, char **argv, struct error *err);
int option_flags_apply(struct reader *reader, struct error *err);

/* option_environment.c */
int option_environment_apply(struct reader *reader, struct error *err);

/* option_file.c */
int option_file_apply(struct reader *reader, const char *path, struct error *err);

/* option_help.c: the whole text of --help, at most 100 columns wide. */
void option_help(const struct reader *reader, struct strbuf *out);
