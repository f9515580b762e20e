/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML 1.1 (as libyaml reads it) as a tree that knows its lines: for the configuration and for kubeconfig.
 * Refused, with file and line: anchors, aliases, tags, duplicate keys, more than one document, nesting beyond
 * YAML_MAX_DEPTH, files beyond YAML_MAX_BYTES. Nothing is executed or included.
 */
#pragma once

#include <stddef.h>

#include "common/base/error.h"

#define YAML_MAX_DEPTH 32
#define YAML_MAX_BYTES (1024 * 1024) /* a kubeconfig of hundreds of clusters */

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
    enum yaml_kind kind;
    int line;                /* counted from 1; of its key, in a mapping */
    char *key;               /* in a mapping: this member's key; else NULL */
    char *text;              /* scalar: its text; else NULL */
    int quoted;              /* scalar: written in quotes, so "null" or "~" there is text */
    struct yaml_node *first; /* sequence, mapping: members in order */
    struct yaml_node *next;
};

#define AUTO_YAML __attribute__((cleanup(yaml_auto_free))) struct yaml_node

/* Reads a file, or bytes with a name for messages. NULL and err (ERROR_FATAL, "file:line: …") on failure. A
 * file that says nothing is an empty mapping. The caller frees the tree with yaml_tree_free(). */
struct yaml_node *yaml_read_file(const char *path, struct error *err);
struct yaml_node *yaml_read(const char *bytes, size_t len, const char *name, struct error *err);
void yaml_tree_free(struct yaml_node *node); /* not yaml_free: libyaml would call ours for its own */
void yaml_auto_free(struct yaml_node **node);

/* The member of a mapping, or NULL (also when node is NULL or no mapping). Borrowed. */
const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key);

/* The text of a scalar member; NULL when absent, no scalar, or a plain null (~, null, nothing). Borrowed. */
const char *yaml_text(const struct yaml_node *node, const char *key);
