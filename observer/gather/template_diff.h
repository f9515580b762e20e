/* SPDX-License-Identifier: Apache-2.0 */
/* What changed between two pod templates, as lines that people read. Pure. */
#pragma once

#include "common/base/json.h"
#include "common/base/strbuf.h"

/* Appends a line for each changed field: `spec.containers[app].image: nginx:1.24 → nginx:1.99`. Members of
 * lists are matched by their name, where they have one. Values of environment variables, of headers and of annotations are
 * never shown, only that they changed; the label pod-template-hash is left out. At most LIMIT_DIFF_LINES lines; a last one
 * counts the rest. Returns the number of changes. */
size_t template_diff(const json_t *old_template, const json_t *new_template, struct strbuf *out);
