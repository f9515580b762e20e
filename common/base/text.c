/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/text.h"

#include <string.h>

#include "common/base/alloc.h"

#define ESCAPE '\x1B'
#define WORD_ENDS " \t\n\"',"
#define BELL '\x07'

size_t text_character(const char *bytes, size_t len, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)bytes[0];
    size_t size = first < 0x80   ? 1
                  : first < 0xC0 ? 0
                  : first < 0xE0 ? 2
                  : first < 0xF0 ? 3
                  : first < 0xF8 ? 4
                                 : 0;
    if (size == 0 || size > len)
        return 0;
    *code = size == 1 ? first : first & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | ((unsigned char)bytes[i] & 0x3Fu);
    }
    int surrogate = *code >= 0xD800 && *code <= 0xDFFF;
    return *code < least[size] || *code > 0x10FFFF || surrogate ? 0 : size;
}

int text_is_hidden(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        {0x00, 0x08},       {0x0B, 0x1F},                         /* C0 but \t and \n */
        {0x7F, 0x9F},       {0xAD, 0xAD},                         /* DEL, C1, soft hyphen */
        {0x34F, 0x34F},     {0x61C, 0x61C},                       /* joiner, Arabic letter mark */
        {0x115F, 0x1160},   {0x17B4, 0x17B5},                     /* fillers, inherent vowels */
        {0x180B, 0x180F},   {0x200B, 0x200F},                     /* Mongolian selectors, zero-width */
        {0x2028, 0x202E},   {0x2060, 0x206F},                     /* separators, bidirectional, isolates */
        {0x3164, 0x3164},   {0xFE00, 0xFE0E},                     /* filler, variation selectors */
        {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB}, /* byte-order mark, filler, anchors */
        {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},                   /* shorthand and musical controls */
        {0xE0000, 0xE0FFF}, /* tags and selectors, which can carry a hidden message */
    };
    for (size_t i = 0; i < COUNT_OF(hidden); i++)
        if (code >= hidden[i].first && code <= hidden[i].last)
            return 1;
    return 0;
}

/* How many bytes of text have a value from first to last. */
static size_t span_of(const char *text, size_t len, char first, char last)
{
    size_t size = 0;
    while (size < len && text[size] >= first && text[size] <= last)
        size++;
    return size;
}

/* The string of a command (a window title, a link) up to BEL or ESC \; one without an end has the line. */
static size_t command_size(const char *text, size_t len)
{
    size_t size = 0;
    while (size < len && text[size] != '\n' && text[size] != BELL && text[size] != ESCAPE)
        size++;
    if (size < len && text[size] == BELL)
        return size + 1;
    return size + 1 < len && text[size] == ESCAPE && text[size + 1] == '\\' ? size + 2 : size;
}

/* The bytes of the escape sequence that text begins with. */
static size_t escape_size(const char *text, size_t len)
{
    size_t size = 1;
    if (size == len)
        return size;
    if (text[size] && strchr("]PX^_", text[size]))
        return size + 1 + command_size(text + size + 1, len - size - 1);
    if (text[size] == '[') {
        size++;
        size += span_of(text + size, len - size, '0', '?');
    }
    size += span_of(text + size, len - size, ' ', '/');
    return size + (size < len && text[size] >= '0' && text[size] <= '~');
}

/* Printable ASCII and line breaks: most text is nothing else, and is taken as it is. */
static size_t plain_size(const char *text, size_t len)
{
    size_t size = 0;
    while (size < len &&
           ((text[size] >= ' ' && text[size] <= '~') || text[size] == '\n' || text[size] == '\t'))
        size++;
    return size;
}

static int is_line_end(uint32_t code)
{
    return code == '\r' || code == 0x85 || code == 0x2028 || code == 0x2029;
}

/* Appends what is to be seen of the character, or of the escape sequence, at text: how many bytes it had. */
static size_t clean_one(const char *text, size_t len, struct strbuf *out)
{
    uint32_t code = 0;
    if (text[0] == ESCAPE)
        return escape_size(text, len);
    if (text[0] == '\r' && len > 1 && text[1] == '\n')
        return 1;
    size_t size = text_character(text, len, &code);
    if (size == 0)
        strbuf_puts(out, TEXT_REPLACEMENT);
    else if (code == 0)
        strbuf_putc(out, ' ');
    else if (is_line_end(code))
        strbuf_putc(out, '\n');
    else if (!text_is_hidden(code))
        strbuf_add(out, text, size);
    return size ? size : 1;
}

void text_clean(const char *bytes, size_t len, struct strbuf *out)
{
    for (size_t i = 0; i < len;) {
        size_t plain = plain_size(bytes + i, len - i);
        strbuf_add(out, bytes + i, plain);
        i += plain;
        if (i < len)
            i += clean_one(bytes + i, len - i, out);
    }
}

/* How many bytes text begins with that are ASCII, a word of the machine at a time. */
static size_t ascii_size(const char *text, size_t len)
{
    size_t size = 0;
    for (uint64_t word; size + sizeof(word) <= len; size += sizeof(word)) {
        memcpy(&word, text + size, sizeof(word));
        if (word & 0x8080808080808080)
            break;
    }
    while (size < len && !(text[size] & 0x80))
        size++;
    return size;
}

void text_mend(char *text)
{
    uint32_t code;
    for (size_t left = strlen(text), size; left > 0; text += size, left -= size) {
        size = ascii_size(text, left);
        if (size == 0)
            size = text_character(text, left, &code);
        if (size > 0)
            continue;
        *text = '?';
        size = 1;
    }
}

size_t text_cut(const char *bytes, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max > 0 && (bytes[max] & 0xC0) == 0x80)
        max--;
    return max;
}

size_t text_cut_words(const char *bytes, size_t len, size_t max)
{
    size_t size = text_cut(bytes, len, max), words = size;
    while (size < len && words > 0 && size - words < TEXT_WORD_BYTES && !strchr(WORD_ENDS, bytes[words - 1]))
        words--;
    return words > 0 && size - words < TEXT_WORD_BYTES ? words : size;
}
