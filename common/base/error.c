/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One line whatever the parts held, and no character cut in half. */
static void set_text(struct error *err, const char *text, size_t full_len)
{
    size_t len = full_len < sizeof(err->text) ? full_len : sizeof(err->text) - 1;
    while (len < full_len && len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
        len--;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        err->text[i] = c < 0x20 || c == 0x7F ? ' ' : text[i];
    }
    err->text[len] = '\0';
}

int fail(struct error *err, enum error_kind kind, const char *format, ...)
{
    char text[sizeof(err->text) +
              4]; /* beside err, as the arguments may point into err->text; 4: see where to cut */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    err->kind = kind;
    err->retry_after_ms = 0;
    err->status = 0;
    set_text(err, text, strlen(text));
    return -1;
}

int wrap(struct error *err, const char *format, ...)
{
    char text[2 * sizeof(err->text) + 4];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(err->text), format, args);
    va_end(args);
    size_t len = strlen(text);
    snprintf(text + len, sizeof(text) - len, ": %s", err->text);
    set_text(err, text, strlen(text));
    return -1;
}

const char *error_kind_name(enum error_kind kind)
{
    static const char *const names[] = {
        [ERROR_RETRY] = "retry",
        [ERROR_REJECT] = "reject",
        [ERROR_FATAL] = "fatal",
    };
    return names[kind];
}
