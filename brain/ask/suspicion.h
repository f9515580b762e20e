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

/* The ref of the first item of evidence, whatever its trust, that reads so; NULL = none. Borrowed from it. */
const char *suspicion_find(const struct suspicion *suspicion, const json_t *evidence);
