/* SPDX-License-Identifier: Apache-2.0 */
/* Which tool keeps an object as it is, and would undo what somebody else changes in it. Pure. */
#pragma once

#include "common/base/json.h"
#include "common/base/strbuf.h"

/* The tool, "Argo CD", or NULL = none is known to. The mark that shows it is appended to out in words: "label …", without
 * the text of annotations, which may be anything. metadata may be NULL. */
const char *managed_by(const json_t *metadata, struct strbuf *out);
