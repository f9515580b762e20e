/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

#define FIRST_CAPACITY 64

/* Makes room for extra bytes and the NUL; doubles, so that n single bytes cost n, not n². */
static void reserve(struct strbuf *buf, size_t extra)
{
    size_t wanted = buf->len + extra + 1;
    if (wanted <= buf->capacity)
        return;
    size_t capacity = buf->capacity ? buf->capacity : FIRST_CAPACITY;
    while (capacity < wanted)
        capacity *= 2;
    buf->data = xrealloc(buf->data, capacity);
    buf->capacity = capacity;
}

void strbuf_add(struct strbuf *buf, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    reserve(buf, len);
    memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void strbuf_puts(struct strbuf *buf, const char *text)
{
    strbuf_add(buf, text, strlen(text));
}

void strbuf_putc(struct strbuf *buf, char c)
{
    strbuf_add(buf, &c, 1);
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    strbuf_vprintf(buf, format, args);
    va_end(args);
}

void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    if (len < 0)
        abort(); /* only a broken format of our own */
    reserve(buf, (size_t)len);
    vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
    buf->len += (size_t)len;
    va_end(again);
}

void strbuf_drop(struct strbuf *buf, size_t count)
{
    if (count == 0)
        return;
    buf->len -= count;
    memmove(buf->data, buf->data + count, buf->len + 1);
}

void strbuf_replace(struct strbuf *buf, const char *what, const char *with)
{
    AUTO_STRBUF out = {0};
    const char *from = strbuf_text(buf), *found;
    if (!*what || !strstr(from, what))
        return;
    for (; (found = strstr(from, what)); from = found + strlen(what)) {
        strbuf_add(&out, from, (size_t)(found - from));
        strbuf_puts(&out, with);
    }
    strbuf_puts(&out, from);
    strbuf_clear(buf);
    strbuf_add(buf, out.data, out.len);
}

void strbuf_clear(struct strbuf *buf)
{
    buf->len = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

void strbuf_free(struct strbuf *buf)
{
    free(buf->data);
    *buf = (struct strbuf){0};
}

const char *strbuf_text(const struct strbuf *buf)
{
    return buf->data ? buf->data : "";
}

char *strbuf_take(struct strbuf *buf)
{
    char *text = buf->data ? buf->data : xstrdup("");
    *buf = (struct strbuf){0};
    return text;
}
