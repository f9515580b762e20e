/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/base/alloc.h"
#include "common/runtime/option_name.h"
#include "common/runtime/option_reader.h"

#define COLUMNS 100
#define VARIABLE_COLUMN 44
#define HELP_INDENT 6

/* Adds the words of text, broken between words at COLUMNS and indented. */
static void add_wrapped(struct strbuf *out, const char *text)
{
    size_t column = HELP_INDENT;
    strbuf_printf(out, "%*s", HELP_INDENT, "");
    while (*text) {
        size_t len = strcspn(text, " ");
        int first = column == HELP_INDENT;
        if (!first && column + 1 + len > COLUMNS) {
            strbuf_printf(out, "\n%*s", HELP_INDENT, "");
            column = HELP_INDENT;
        } else if (!first) {
            strbuf_putc(out, ' ');
            column++;
        }
        strbuf_add(out, text, len);
        column += len;
        text += len + strspn(text + len, " ");
    }
    strbuf_putc(out, '\n');
}

/* Where else the value may come from, what it may be, and what holds without it. */
static void describe(const struct option *row, struct strbuf *out)
{
    AUTO_FREE char *expected = option_expected(row);
    strbuf_puts(out, row->help);
    if (row->type == OPTION_SECRET) {
        AUTO_FREE char *variable = option_variable(row->key);
        strbuf_printf(out, " The flag and $%s_FILE name a file that holds it.", variable);
    } else if (row->type != OPTION_STRING) {
        strbuf_printf(out, " Takes %s.", expected);
    }
    if (row->conventional)
        strbuf_printf(out, " Also read from $%s.", row->conventional);
    if (row->fallback && *row->fallback)
        strbuf_printf(out, " Default: %s", row->fallback);
}

static void add_row(const struct option *row, const char *name, struct strbuf *out)
{
    AUTO_FREE char *flag = option_flag(name);
    AUTO_FREE char *variable = option_variable(row->key);
    AUTO_STRBUF text = {0};
    describe(row, &text);
    strbuf_printf(out, "  %-*s $%s\n", VARIABLE_COLUMN - 3, flag, variable);
    add_wrapped(out, strbuf_text(&text));
}

void option_help(const struct reader *reader, struct strbuf *out)
{
    strbuf_printf(out, "%s: %s\n\n", reader->process, reader->purpose);
    strbuf_printf(out, "Usage: %s [--config FILE] [--check] [--<option> VALUE] …\n", reader->process);
    strbuf_puts(out,
                "  --config FILE   the YAML file with the options of all processes; else $AEGIOPS_CONFIG\n"
                "  --check         validates the options and exits\n"
                "  --version       prints the version and exits\n"
                "  --help          prints this and exits\n\n"
                "Options. A flag overrides the environment, the environment overrides the file, where\n"
                "--kafka-topic-prefix is the key topic_prefix below kafka.\n");
    for (size_t i = 0; i < reader->count; i++)
        add_row(reader->slots[i].row, reader->slots[i].name, out);
}
