/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What strangers wrote, made fit for people, logs and models: UTF-8 whose every character can be seen. The
 * one place that knows which characters cannot. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/strbuf.h"

#define TEXT_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define TEXT_ELLIPSIS "\xE2\x80\xA6"    /* U+2026 */

/* The length of the well-formed UTF-8 character at bytes (Unicode, table 3-7) and its code point; 0 = there
 * is none. */
size_t text_character(const char *bytes, size_t len, uint32_t *code);

/* Whether a reader cannot see it, or it changes how the text around it is shown: controls but \n and \t,
 * bidirectional and zero-width marks, fillers, line separators, tags (Unicode: Default_Ignorable_Code_Point,
 * but U+FE0F, which makes an emoji of a sign). */
int text_is_hidden(uint32_t code);

/* Appends text as a terminal would show it: without escape sequences (ECMA-48) and hidden characters, so that
 * what they divided is one word again; a NUL is a space, every kind of line end a \n, a byte that is no UTF-8
 * becomes U+FFFD. Done twice, it changes nothing more. */
void text_clean(const char *bytes, size_t len, struct strbuf *out);

/* Replaces what is no UTF-8 by question marks, in place. */
void text_mend(char *text);

/* How many of the first len bytes of text fit into max without cutting a character; or without cutting a word
 * of at most TEXT_WORD_BYTES, half of which may not be recognised as what it is (redact.h). */
#define TEXT_WORD_BYTES 128
size_t text_cut(const char *bytes, size_t len, size_t max);
size_t text_cut_words(const char *bytes, size_t len, size_t max);
