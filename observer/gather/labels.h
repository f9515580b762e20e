/* SPDX-License-Identifier: Apache-2.0 */
/* Which labels a selector selects, in the API server's shape, and how near it comes, in that of facts (selector.h). Pure. */
#pragma once

#include <stddef.h>

#include "common/base/json.h"
#include "common/base/strbuf.h"

/* meta/v1 LabelSelector against an object of labels: an empty selector selects all, none (NULL) nothing.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
int labels_match(const json_t *labels, const json_t *selector);

/* Of how many lines of selector labels have the key, but another value; each is appended to out, "app=web2 instead of
 * app=web". */
size_t labels_miss(const char *labels, const char *selector, struct strbuf *out);
