/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of a log, what an expert would read. Lines that differ only in numbers, ids and times are one, shown where it
 * came last with its count. Of these are kept, as far as there is room, in this order, and the newest first:
 *
 *   1. the first error with its stack, which is never left out
 *   2. the last 10 lines
 *   3. what speaks of a failure (error, exception, refused, not found, killed …), "Caused by" above all; of a
 *      stack its first 5 frames, in Python, where the innermost call comes last, its last 5
 *   4. the rest of the last 40 lines
 *
 * Where lines are missing a line says how many. A line has at most 400 characters: those around its failure.
 * Takes time in proportion to the log. Pure.
 */
#pragma once

#include <stddef.h>

#include "common/base/strbuf.h"

#define LOG_SELECT_LEAST_BYTES 1024 /* room for the first error and the last words */

/* Appends at most max (≥ LOG_SELECT_LEAST_BYTES) bytes of text, which is clean (text.h) and without secrets
 * (redact.h); no line end behind the last line. Returns whether anything was left out. */
int log_select(const char *text, size_t len, size_t max, struct strbuf *out);
