/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A struct of facts as bytes: what is absent takes one bit, a number as many bytes as it needs, a name that others have
 * too the number of its shared text. A healthy pod has about a hundred. Not thread-safe.
 *
 *   a bitmap of the facts that are there, in the order of the shape's table; then each of those:
 *   FACT_NAME   texts_number(), base 128
 *   FACT_TEXT   its bytes with their NUL
 *   FACT_UID    a UUID as NUL and its 16 bytes, any other as FACT_TEXT
 *   FACT_INT    zigzag, base 128
 *   FACT_INT64  the same of its distance from the one before
 */
#pragma once

#include <stdint.h>

#include "common/base/strbuf.h"
#include "observer/facts.h"
#include "observer/store/arena.h"
#include "observer/store/texts.h"

/* Appends the facts to out and shares their names. near: what their first FACT_INT64 may be near to, or 0. */
void pack(struct texts *texts, const struct shape *shape, const void *facts, int64_t near,
          struct strbuf *out);

/* Fills facts, which must be zeroed; its texts point into bytes, texts and arena. Returns what follows. */
const char *unpack(const struct texts *texts, const struct shape *shape, const char *bytes, int64_t near,
                   struct arena *arena, void *facts);

/* Drops the shared names of what was packed. Returns what follows. */
const char *pack_drop(struct texts *texts, const struct shape *shape, const char *bytes);

/* A number of its own, as pods have one before their containers. */
void pack_number(struct strbuf *out, uint64_t number);
const char *unpack_number(const char *bytes, uint64_t *out);

/* Whether this is the fact that tells objects of a kind apart, which is the first of its table and always there. */
int pack_has_id(const struct texts *texts, const struct shape *shape, const char *bytes, const char *id);
