/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as plain text on standard output: what people see without Slack, and when Slack takes no messages.
 */
#pragma once

#include "common/base/error.h"
#include "common/base/strbuf.h"
#include "notifier/compose.h"

#define TERMINAL_COLUMNS 100

/* Draws the message onto out: a title, then parts beside their labels, wrapped at TERMINAL_COLUMNS between
 * words; what is verbatim is not wrapped. Ends in a newline. colours != 0: ANSI escapes (ECMA-48) around
 * title and labels. Pure. */
void terminal_draw(const struct message *message, int colours, struct strbuf *out);

/* Draws and writes it in one piece, so that messages of several lanes do not mix. ERROR_RETRY when it cannot
 * be written. */
int terminal_print(const struct message *message, int colours, struct error *err);
