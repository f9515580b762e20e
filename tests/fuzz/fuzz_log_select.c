/* SPDX-License-Identifier: Apache-2.0 */
/* A log, cleaned as the observer cleans it; the first byte of the input says how much room there is. What is selected must fit, be
 * text, and account for every line. */
#include <string.h>

#include "common/base/text.h"
#include "observer/gather/log_select.h"
#include "tests/fuzz/fuzz.h"

#define ROOM_BYTES 64 /* that one more in the first byte gives */
#define REPEATED " (×"
#define LEFT_OUT " left out"

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    while (*text) {
        size_t len = strcspn(text, "\n");
        lines += strspn(text, " \t") < len;
        text += len + (text[len] == '\n');
    }
    return lines;
}

/* How many lines of the log a selected line stands for. */
static size_t stands_for(const char *line, size_t len)
{
    const char *times = memmem(line, len, REPEATED, strlen(REPEATED));
    if (memmem(line, len, LEFT_OUT, strlen(LEFT_OUT)))
        return strtoul(line + strlen(TEXT_ELLIPSIS), NULL, 10);
    return times ? strtoul(times + strlen(REPEATED), NULL, 10) : 1;
}

/* Whether the marks of a selection stand in the log itself, or would after a cut: then nothing can be counted. */
static int has_marks(const char *log)
{
    return strstr(log, TEXT_ELLIPSIS) || strstr(log, "×") || strstr(log, LEFT_OUT);
}

static size_t lines_told(const char *selected)
{
    size_t lines = 0;
    while (*selected) {
        size_t len = strcspn(selected, "\n");
        lines += stands_for(selected, len);
        selected += len + (selected[len] == '\n');
    }
    return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_STRBUF log = {0}, out = {0}, clean = {0};
    if (len == 0)
        return 0;
    size_t room = LOG_SELECT_LEAST_BYTES + ROOM_BYTES * (size_t)bytes[0];
    text_clean((const char *)bytes + 1, len - 1, &log);
    log_select(strbuf_text(&log), log.len, room, &out);
    MUST(out.len <= room);
    text_clean(strbuf_text(&out), out.len, &clean);
    MUST(strcmp(strbuf_text(&clean), strbuf_text(&out)) == 0);
    if (!has_marks(strbuf_text(&log)))
        MUST(lines_told(strbuf_text(&out)) == lines_of(strbuf_text(&log)));
    return 0;
}
