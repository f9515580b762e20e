/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes secrets out of text before it leaves: logs, messages, commands. What looks like one becomes <S1>,
 * <S2> …, the same secret the same name throughout one redactor, so that two texts can still be compared.
 * Call it before cutting: half a secret is recognised no more. It knows PEM blocks (pem.h), passwords in URLs
 * and connection strings, keys of well-known services, JSON web tokens, headers, values that follow a name
 * like …password= or "token": also within JSON within JSON, e-mail addresses, and long random words
 * (random_word.h); it errs on the side of hiding. What it does not know it lets through: so values of
 * environment variables, of headers and of annotations are never given to it in the first place.
 *
 * Text is looked at as a terminal would show it (text_clean(), and escapes.h), so that a colour or an invisible
 * character within a secret does not hide it; and comes out that way. Takes time in proportion to the text, whatever
 * that is; redacted text is not changed by being redacted again.
 */
#pragma once

#include <stddef.h>

#include "common/base/strbuf.h"

struct redactor;
struct redactor *redactor_new(void);
void redactor_free(struct redactor *redactor);

/* Appends text to out, clean and without its secrets. */
void redact(struct redactor *redactor, const char *text, size_t len, struct strbuf *out);
