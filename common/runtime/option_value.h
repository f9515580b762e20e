/* SPDX-License-Identifier: Apache-2.0 */
/* How the text of one option becomes its value: the types of options.h. Used by options.c and its parts only.
 */
#pragma once

#include "common/base/error.h"
#include "common/base/yaml.h"
#include "common/runtime/options.h"

/* Where a value was written. */
struct option_source {
    const char *file; /* the configuration file; NULL where the value comes from elsewhere: */
    int line;
    const char *name; /* "$AEGIOPS_CLUSTER", "--cluster", "default" */
};

/* "aegiops.yaml:12", "$AEGIOPS_CLUSTER", "--cluster": the caller frees it. */
char *option_origin(const struct option_source *from);

/* Sets the row's value in the struct at into, in place of the old one; a map is set name by name. ERROR_FATAL
 * says where, which key and what is wanted. A secret is set as it is, empty text unsets it. */
int option_set(const struct option *row, void *into, const struct option_source *from, const char *text,
               struct error *err);

/* As option_set, from the file: a list may be a sequence there, a map a mapping. */
int option_set_node(const struct option *row, void *into, const struct option_source *from,
                    const struct yaml_node *node, struct error *err);

/* Releases the value and zeroes it. */
void option_clear(const struct option *row, void *into);

/* The path made absolute, from the folder of the source's file or from the working folder. "" stays. The
 * caller frees. */
char *option_path(const struct option_source *from, const char *path);

/* What a row accepts: "a number from 1 to 100", "one of debug, info, warn, error". The caller frees it. */
char *option_expected(const struct option *row);
