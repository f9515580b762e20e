/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing run of bytes, always followed by a NUL that len does not count.
 * The buffer owns its bytes; data stays valid until the next call that adds.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct strbuf {
    char *data; /* NULL until the first byte is added: strbuf_text() gives "" then */
    size_t len;
    size_t capacity;
};

#define AUTO_STRBUF __attribute__((cleanup(strbuf_free))) struct strbuf

void strbuf_add(struct strbuf *buf, const void *bytes, size_t len);
void strbuf_puts(struct strbuf *buf, const char *text);
void strbuf_putc(struct strbuf *buf, char c);
void strbuf_printf(struct strbuf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args);

/* Removes the first count bytes (count <= len). */
void strbuf_drop(struct strbuf *buf, size_t count);

/* Puts with in the place of each what, from the beginning on; an empty what changes nothing. */
void strbuf_replace(struct strbuf *buf, const char *what, const char *with);

/* Empties it and keeps the memory for reuse. */
void strbuf_clear(struct strbuf *buf);

/* Releases the memory; the buffer is empty and usable again. */
void strbuf_free(struct strbuf *buf);

/* The text; "" when nothing was added. Borrowed. */
const char *strbuf_text(const struct strbuf *buf);

/* The text as a string of the caller's, who frees it; the buffer is empty afterwards. */
char *strbuf_take(struct strbuf *buf);
