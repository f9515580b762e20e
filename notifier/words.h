/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside made fit for a message: well-formed UTF-8, nothing hidden in it, no longer than a person
 * reads. Pure. Every returned string is the caller's to free; "" when there is nothing to say. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/strbuf.h"

/* Together well below the 10,000 characters that Slack takes in one message, and about 25 lines on a
 * terminal. */
#define WORDS_TITLE_BYTES 140 /* a Slack header holds 150 */
#define WORDS_FACT_BYTES 160
#define WORDS_PROSE_BYTES 600 /* four or five sentences */
#define WORDS_LINE_BYTES 240  /* one line of a diff, a command, a quote */
#define WORDS_TRIED_LINES 4
#define WORDS_EVIDENCE_LINES 5
#define WORDS_DIFF_LINES 8
#define WORDS_COMMAND_LINES 3
#define WORDS_WARNING_LINES 2

/* text, or other when it is NULL or empty. Borrowed. */
const char *words_or(const char *text, const char *other);

/* The text on one line (line breaks and runs of white space become one space), cut to max_bytes with "…". */
char *words_line(const char *text, size_t max_bytes);

/* As words_line, but its line breaks stay. */
char *words_prose(const char *text, size_t max_bytes);

/* Its first max lines that are not empty, each cut to WORDS_LINE_BYTES but otherwise as it is, without a
 * final line break; "… and 3 more" stands for the rest. */
char *words_lines(const char *text, size_t max);

/* Appends text, whose own line breaks become spaces, as one line. */
void words_add_line(struct strbuf *out, const char *text);

/* "850 ms", "14.2 s", "3 min 20 s", "2 h 5 min". */
char *words_duration(int64_t ms);
