/* SPDX-License-Identifier: Apache-2.0 */
/* What of a case an answer depends on: the prompt without its fence and without what changes by itself, as numbers, times and the
 * names of pods; and the workload, its template, the exit code. Prompts of one fingerprint may share an answer. Pure. */
#pragma once

#include "brain/ask/prompt.h"
#include "common/base/id.h"

/* Returns out. */
char *fingerprint(const struct prompt *prompt, const struct facts *facts, char out[SHA256_HEX_SIZE]);
