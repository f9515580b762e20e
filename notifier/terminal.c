/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define INDENT "   "
#define LABEL_COLUMNS 10 /* the longest label and a space */
#define TEXT_COLUMN 13   /* where what is said begins: INDENT and LABEL_COLUMNS */
#define SECOND_COLUMN 54 /* where the label of a second fact begins */

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

static void next_line(struct strbuf *out)
{
    strbuf_putc(out, '\n');
    indent(out, TEXT_COLUMN);
}

/* Writes one line from TEXT_COLUMN on; what does not fit goes on below, between words. */
static void draw_wrapped(struct strbuf *out, const char *text, size_t len)
{
    size_t column = TEXT_COLUMN;
    for (const char *end = text + len; text < end; text++) {
        size_t word = strcspn(text, " \n"), width = columns_of(text, word);
        if (column > TEXT_COLUMN && column + 1 + width > TERMINAL_COLUMNS) {
            next_line(out);
            column = TEXT_COLUMN;
        } else if (column > TEXT_COLUMN) {
            strbuf_putc(out, ' ');
            column++;
        }
        strbuf_add(out, text, word);
        column += width;
        text += word;
    }
}

static void draw_text(struct strbuf *out, const struct part *part)
{
    for (const char *line = part->text;;) {
        size_t len = strcspn(line, "\n");
        if (part->verbatim)
            strbuf_add(out, line, len);
        else
            draw_wrapped(out, line, len);
        if (!line[len])
            return;
        line += len + 1;
        next_line(out);
    }
}

static void draw_label(struct strbuf *out, int colours, const char *label)
{
    paint(out, colours, FAINT, label);
    indent(out, LABEL_COLUMNS - columns_of(label, strlen(label)));
}

static void draw_part(struct strbuf *out, int colours, const struct part *part)
{
    strbuf_puts(out, INDENT);
    draw_label(out, colours, part->label);
    draw_text(out, part);
    strbuf_putc(out, '\n');
}

/* Facts are short: two stand side by side where they fit. */
static void draw_facts(struct strbuf *out, int colours, const struct part *facts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t width = columns_of(facts[i].text, strlen(facts[i].text));
        int is_pair = i + 1 < count && TEXT_COLUMN + width < SECOND_COLUMN &&
                      SECOND_COLUMN + LABEL_COLUMNS + strlen(facts[i + 1].text) <= TERMINAL_COLUMNS;
        strbuf_puts(out, INDENT);
        draw_label(out, colours, facts[i].label);
        strbuf_puts(out, facts[i].text);
        if (is_pair) {
            indent(out, SECOND_COLUMN - TEXT_COLUMN - width);
            draw_label(out, colours, facts[++i].label);
            strbuf_puts(out, facts[i].text);
        }
        strbuf_putc(out, '\n');
    }
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
    draw_facts(out, colours, message->facts, message->fact_count);
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
