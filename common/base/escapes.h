/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nobody sees where it stands as it is may still hide a word where it stands escaped, as in a string of JSON or a script:
 * colours ("\u001b[31m", "\x1b[0m", "\033[1m", "\e[m") and characters without width ("\u200b"). Pure.
 */
#pragma once

#include "common/base/strbuf.h"

/* Takes them out, with all backslashes before them; none is left. In time proportional to the text. */
void escapes_remove(struct strbuf *text);
