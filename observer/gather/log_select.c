/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/log_select.h"

#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/text.h"
#include "observer/gather/log_line.h"

#define LAST_WORDS 10
#define TAIL_LINES 40
#define FRAMES_OF_ERROR 5
#define FRAMES_OF_CAUSE 2
#define DETAILS_OF_FRAME 2 /* the source of a line, and a mark below it */
#define LINE_CHARS 400
#define LINES_LEAST 4  /* so many lines have room, however long they are */
#define LEAD_BYTES 100 /* shown of a long line before its failure */
#define NOTE_BYTES 48  /* the longest "… N lines left out" or " (×N)" */

/* In this order lines are kept. */
enum worth {
    WORTH_FIRST_ERROR,
    WORTH_LAST_WORDS,
    WORTH_SIGNAL,
    WORTH_TAIL,
    WORTH_PLAIN, /* never kept, nor is what follows */
    WORTH_DEEP,  /* in a stack */
};

struct line {
    const char *text;
    size_t len, signal_at;
    uint64_t key;
    size_t count; /* how often it came; 0 = another one stands for it */
    enum log_line_kind kind;
    enum worth worth;
    int is_kept;
};

struct log {
    struct line *lines;
    size_t count;
    size_t max, used; /* bytes */
};

static void log_free(struct log *log)
{
    free(log->lines);
}

#define AUTO_LOG __attribute__((cleanup(log_free))) struct log

/* ---- Lines ---- */

static size_t count_lines(const char *text, size_t len)
{
    size_t lines = 1;
    for (const char *at = text; (at = memchr(at, '\n', (size_t)(text + len - at))); at++)
        lines++;
    return lines;
}

/* Empty ones are none. */
static void read_lines(struct log *log, const char *text, size_t len)
{
    AUTO_LOG_READER *reader = log_reader_new();
    log->lines = xcalloc(count_lines(text, len), sizeof *log->lines);
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t size = end ? (size_t)(end - text) - at : len - at;
        struct line line = {.text = text + at, .len = size, .count = 1, .worth = WORTH_PLAIN};
        while (line.len > 0 && strchr(" \t", line.text[line.len - 1]))
            line.len--;
        line.kind = log_line_kind(reader, line.text, line.len, &line.signal_at);
        line.key = log_line_key(line.text, line.len);
        if (line.len > 0)
            log->lines[log->count++] = line;
        at += size + 1;
    }
}

/* ---- What each is worth by itself ---- */

/* Python and Go put the place into lines of their own. */
static int has_details(const struct line *frame)
{
    size_t indent = strspn(frame->text, " \t");
    return indent == 0 || frame->text[indent] == 'F';
}

/* Behind the frames, with their details, that stand at a line. */
static size_t stack_end(const struct log *log, size_t begin)
{
    size_t end = begin;
    while (end < log->count && log->lines[end].kind == LOG_LINE_FRAME) {
        size_t details = has_details(&log->lines[end]) ? DETAILS_OF_FRAME : 0;
        for (end++; details > 0 && end < log->count && log->lines[end].kind == LOG_LINE_DETAIL; details--)
            end++;
    }
    return end;
}

static void rate_frames(struct line *lines, size_t count, size_t most, enum worth worth)
{
    size_t frames = 0;
    for (size_t i = 0; i < count; i++) {
        frames += lines[i].kind == LOG_LINE_FRAME;
        lines[i].worth = frames <= most ? worth : WORTH_DEEP;
    }
}

/* The last frames of a stack that is told from the outside in. */
static void rate_last_frames(struct line *lines, size_t count, size_t most, enum worth worth)
{
    size_t frames = 0;
    for (size_t i = count; i-- > 0;) {
        lines[i].worth = frames < most ? worth : WORTH_DEEP;
        frames += lines[i].kind == LOG_LINE_FRAME;
    }
}

static int is_signal(const struct line *line)
{
    return line->kind == LOG_LINE_SIGNAL || line->kind == LOG_LINE_CAUSE || line->kind == LOG_LINE_TRACEBACK;
}

/* Whether the line at a place goes on with what the line before the stack in front of it began. */
static int goes_on(const struct line *line, const struct line *begin)
{
    return line->kind == LOG_LINE_CAUSE || line->kind == LOG_LINE_TRACEBACK ||
           begin->kind == LOG_LINE_TRACEBACK; /* behind which stands what was raised */
}

static void rate_lines(struct log *log)
{
    const struct line *first = NULL; /* of the first error, while it goes on */
    int has_first = 0;
    for (size_t i = 0, end; i < log->count; i = end) {
        struct line *line = &log->lines[i];
        end = i + 1;
        first = first && goes_on(line, first) ? line : NULL;
        if (!first && !is_signal(line))
            continue;
        if (!has_first)
            first = line;
        has_first = 1;
        line->worth = first ? WORTH_FIRST_ERROR : WORTH_SIGNAL;
        end = stack_end(log, i + 1);
        if (line->kind == LOG_LINE_TRACEBACK)
            rate_last_frames(line + 1, end - i - 1, FRAMES_OF_ERROR, line->worth);
        else
            rate_frames(line + 1, end - i - 1,
                        line->kind == LOG_LINE_CAUSE ? FRAMES_OF_CAUSE : FRAMES_OF_ERROR, line->worth);
    }
}

/* ---- Repeats ---- */

static int compare_keys(const void *a, const void *b)
{
    const struct line *one = a, *other = b;
    return (one->key > other->key) - (one->key < other->key);
}

static void leave(void *line)
{
    (void)line; /* the tree does not own them */
}

/* The newest stands for all that came before. The first error keeps its place, and counts only what follows
 * it at once. */
static void fold_repeats(struct log *log)
{
    void *tree = NULL; /* of struct line; see tsearch(3) */
    struct line *first = NULL;
    for (struct line *line = log->lines; line < log->lines + log->count; line++) {
        int repeats_first = first && first->key == line->key && first + first->count == line;
        if (repeats_first) {
            first->count++;
            line->count = 0;
        }
        if (!first && line->worth == WORTH_FIRST_ERROR)
            first = line;
        if (repeats_first || line->worth == WORTH_FIRST_ERROR || line->worth == WORTH_DEEP)
            continue;
        struct line **same = tsearch(line, &tree, compare_keys);
        if (!same)
            abort(); /* out of memory */
        if (*same != line) {
            line->count += (*same)->count;
            (*same)->count = 0;
            *same = line;
        }
    }
    tdestroy(tree, leave);
    size_t kept = 0;
    for (size_t i = 0; i < log->count; i++)
        if (log->lines[i].count > 0)
            log->lines[kept++] = log->lines[i];
    log->count = kept;
}

static void rate_tail(struct log *log)
{
    size_t lines = 0;
    for (size_t i = log->count; i-- > 0 && lines < TAIL_LINES;) {
        struct line *line = &log->lines[i];
        lines += line->worth != WORTH_DEEP;
        if (line->worth == WORTH_DEEP || line->worth == WORTH_FIRST_ERROR)
            continue;
        if (lines <= LAST_WORDS)
            line->worth = WORTH_LAST_WORDS;
        else if (line->worth == WORTH_PLAIN)
            line->worth = WORTH_TAIL;
    }
}

/* ---- Writing ---- */

/* How many bytes at text have at most max_chars characters and max_bytes bytes. */
static size_t fit(const char *text, size_t len, size_t max_chars, size_t max_bytes)
{
    size_t size = 0;
    for (size_t chars = 0; size < len; size++) {
        chars += (text[size] & 0xC0) != 0x80;
        if (chars > max_chars)
            break;
    }
    return text_cut(text, size, max_bytes);
}

/* A long line is cut to what stands around its failure. Returns whether it was cut. */
static int put_line(const struct line *line, size_t max_bytes, struct strbuf *out)
{
    size_t from = 0, size = fit(line->text, line->len, LINE_CHARS, max_bytes);
    if (size < line->len && line->signal_at > size - size / LINES_LEAST) {
        from = text_cut(line->text, line->len, line->signal_at - LEAD_BYTES);
        size = fit(line->text + from, line->len - from, LINE_CHARS, max_bytes);
        strbuf_puts(out, TEXT_ELLIPSIS);
    }
    strbuf_add(out, line->text + from, size);
    if (from + size < line->len)
        strbuf_puts(out, TEXT_ELLIPSIS);
    if (line->count > 1)
        strbuf_printf(out, " (×%zu)", line->count);
    strbuf_putc(out, '\n');
    return size < line->len;
}

static size_t line_max(const struct log *log)
{
    return log->max / LINES_LEAST - 2 * NOTE_BYTES;
}

/* Keeps the line if there is room for it and for the notes of what is missing around it: whether it did. */
static int keep(struct log *log, size_t index)
{
    AUTO_STRBUF shown = {0};
    struct line *line = &log->lines[index];
    int missing_before = index > 0 && !line[-1].is_kept;
    int missing_after = index + 1 < log->count && !line[1].is_kept;
    put_line(line, line_max(log), &shown);
    size_t with = log->used + shown.len + NOTE_BYTES * (size_t)(missing_before + missing_after);
    if (with > log->max + NOTE_BYTES) /* of one note that was there before */
        return 0;
    log->used = with - NOTE_BYTES;
    line->is_kept = 1;
    return 1;
}

static void keep_most(struct log *log)
{
    log->used = NOTE_BYTES;
    for (enum worth worth = WORTH_FIRST_ERROR; worth < WORTH_PLAIN; worth++) {
        int has_room = 1;
        for (size_t i = 0; i < log->count && has_room; i++) {
            /* the first error begins with its oldest line, all others end with their newest */
            size_t index = worth == WORTH_FIRST_ERROR ? i : log->count - 1 - i;
            if (log->lines[index].worth == worth)
                has_room = keep(log, index);
        }
    }
}

static int put_log(const struct log *log, struct strbuf *out)
{
    int is_cut = 0;
    for (size_t i = 0; i < log->count;) {
        size_t missing = 0;
        for (; i < log->count && !log->lines[i].is_kept; i++)
            missing += log->lines[i].count;
        if (missing > 0)
            strbuf_printf(out, TEXT_ELLIPSIS " %zu line%s left out\n", missing, missing == 1 ? "" : "s");
        is_cut |= missing > 0;
        if (i < log->count)
            is_cut |= put_line(&log->lines[i++], line_max(log), out);
    }
    return is_cut;
}

int log_select(const char *text, size_t len, size_t max, struct strbuf *out)
{
    AUTO_LOG log = {.max = max};
    AUTO_STRBUF selected = {0};
    read_lines(&log, text, len);
    rate_lines(&log);
    fold_repeats(&log);
    rate_tail(&log);
    keep_most(&log);
    int is_cut = put_log(&log, &selected);
    strbuf_add(out, strbuf_text(&selected), selected.len > 0 ? selected.len - 1 : 0);
    return is_cut;
}
