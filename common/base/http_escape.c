/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/http.h"

#include <ctype.h>
#include <string.h>

void http_escape(struct strbuf *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (isalnum(c) || strchr("-._~", c))
            strbuf_putc(out, *text);
        else
            strbuf_printf(out, "%%%02X", c);
    }
}
