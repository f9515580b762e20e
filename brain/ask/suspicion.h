/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that reads as if it were meant to direct a model: orders, the words of our own prompt, remedies offered in a log. It cannot
 * change what a model may choose from; but where it is found, a person looks at what was chosen. It finds the usual in English and
 * errs on the side of suspicion. One thread's.
 */
#pragma once

#include "common/base/json.h"

struct suspicion;
struct suspicion *suspicion_new(void);
void suspicion_free(struct suspicion *suspicion);

/* What reads so of an observed section: the ref of the first such item of evidence, whatever its trust, or the name of another
 * member that quotes others. NULL = nothing. Borrowed from the section. */
const char *suspicion_find(const struct suspicion *suspicion, const json_t *observed);
