/* SPDX-License-Identifier: Apache-2.0 */
/* What kube_read.c shares with its other halves. */
#pragma once

#include "observer/kube_read.h"

struct kube_read {
    struct kube *kube;
};

/* A fixed part of a path and a name behind it, escaped. */
void kube_read_add_name(struct strbuf *path, const char *before, const char *name);

/* The path of an object of a kind that is known; name NULL: of all of them. */
void kube_read_add_path(struct strbuf *path, const char *kind, const char *ns, const char *name);

/* GET: a new reference, NULL on failure. accept NULL: JSON. */
json_t *kube_read_json(struct kube_read *reader, const struct strbuf *path, const char *accept,
                       struct error *err);
