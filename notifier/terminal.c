/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define INDENT "   "
#define LABEL_COLUMNS 10 /* the longest label and a space */
#define TEXT_COLUMN 13   /* where what is said begins: INDENT and LABEL_COLUMNS */

static const char *const tone_colours[] = {[TONE_GOOD] = "\033[1;32m",
                                           [TONE_BUSY] = "\033[1;36m",
                                           [TONE_ASK] = "\033[1;33m",
                                           [TONE_BAD] = "\033[1;31m"};

#define FAINT "\033[2m"
#define PLAIN "\033[0m"

/* Characters, not bytes: what stands in a message is well-formed UTF-8. */
static size_t columns_of(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

static void paint(struct strbuf *out, int colours, const char *colour, const char *text)
{
    strbuf_printf(out, "%s%s%s", colours ? colour : "", text, colours ? PLAIN : "");
}

static void indent(struct strbuf *out, size_t columns)
{
    strbuf_printf(out, "%*s", (int)columns, "");
}

/* Writes words from the given column on; the lines after the first begin at TEXT_COLUMN. */
static void draw_prose(struct strbuf *out, const char *text)
{
    size_t column = TEXT_COLUMN;
    while (*text) {
        size_t len = strcspn(text, " "), width = columns_of(text, len);
        if (column > TEXT_COLUMN && column + 1 + width > TERMINAL_COLUMNS) {
            strbuf_putc(out, '\n');
            indent(out, TEXT_COLUMN);
            column = TEXT_COLUMN;
        } else if (column > TEXT_COLUMN) {
            strbuf_putc(out, ' ');
            column++;
        }
        strbuf_add(out, text, len);
        column += width;
        text += len + strspn(text + len, " ");
    }
}

static void draw_lines(struct strbuf *out, const char *text)
{
    for (;;) {
        size_t len = strcspn(text, "\n");
        strbuf_add(out, text, len);
        if (!text[len])
            return;
        text += len + 1;
        strbuf_putc(out, '\n');
        indent(out, TEXT_COLUMN);
    }
}

static void draw_part(struct strbuf *out, int colours, const struct part *part)
{
    strbuf_puts(out, INDENT);
    paint(out, colours, FAINT, part->label);
    indent(out, LABEL_COLUMNS - columns_of(part->label, strlen(part->label)));
    if (part->verbatim)
        draw_lines(out, part->text);
    else
        draw_prose(out, part->text);
    strbuf_putc(out, '\n');
}

static void draw_title(struct strbuf *out, int colours, const struct message *message)
{
    strbuf_puts(out, "── ");
    paint(out, colours, tone_colours[message->tone], message->title);
    strbuf_putc(out, ' ');
    for (size_t column = 4 + columns_of(message->title, strlen(message->title)); column < TERMINAL_COLUMNS;
         column++)
        strbuf_puts(out, "─");
    strbuf_putc(out, '\n');
}

void terminal_draw(const struct message *message, int colours, struct strbuf *out)
{
    draw_title(out, colours, message);
    for (size_t i = 0; i < message->fact_count; i++)
        draw_part(out, colours, &message->facts[i]);
    for (size_t i = 0; i < message->part_count; i++)
        draw_part(out, colours, &message->parts[i]);
    strbuf_puts(out, INDENT);
    paint(out, colours, FAINT, message->footer);
    strbuf_puts(out, "\n\n");
}

int terminal_print(const struct message *message, int colours, struct error *err)
{
    AUTO_STRBUF text = {0};
    terminal_draw(message, colours, &text);
    if (fwrite(text.data, 1, text.len, stdout) == text.len && fflush(stdout) == 0)
        return 0;
    int cause = errno;
    clearerr(stdout);
    return fail(err, ERROR_RETRY, "standard output: %s", strerror(cause));
}
