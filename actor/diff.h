/* SPDX-License-Identifier: Apache-2.0 */
/* What a write changes, for people: lines "path: old -> new", from an object as it was to the same as a dry
 * run returned it. Pure; thread-safe. */
#pragma once

#include "common/base/id.h"
#include "common/base/json.h"
#include "common/base/strbuf.h"

/* One object, before and after; name begins each of its lines, NULL = nothing does. */
struct change {
    const char *name;
    const json_t *before, *after;
};

/* Appends at most LIMIT_DIFF_LINES lines and a count of the rest. What the API server keeps for itself
 * (status, managedFields, resourceVersion, generation) is left out, and our note of the generation; the values of environment variables, of
 * headers and of annotations may be secrets and are not shown, what else looks like one is
 * hidden (redact.h), long values are cut. sha256: over all lines in full, so that two equal digests are two
 * equal changes; where nothing was hidden or cut, that is the digest of what was appended. */
void diff_write(struct strbuf *out, char sha256[SHA256_HEX_SIZE], const struct change *changes, size_t count);
