/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which named objects were seen to go, and when: what depends on them may go on for long without a sign. The newest
 * GONE_MAX are remembered. Not thread-safe.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "observer/facts.h"

#define GONE_MAX 1024 /* a namespace full of them, deleted by mistake */

struct gone;
struct gone *gone_new(void);
void gone_free(struct gone *gone);

void gone_note(struct gone *gone, enum store_kind kind, const char *ns, const char *name, int64_t now_ms);
void gone_forget(struct gone *gone, enum store_kind kind, const char *ns, const char *name); /* it is back */

/* When it went; 0 = never, or that is forgotten. */
int64_t gone_ms(const struct gone *gone, enum store_kind kind, const char *ns, const char *name);

/* Forgets all of a kind: it can no longer be seen what is back. */
void gone_clear(struct gone *gone, enum store_kind kind);
