/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/log_line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/alloc.h"

/* ---- Kinds ---- */

/* Words stand alone: "errors.tolerance", "error-page" and "timeout=30" are settings. */
#define WORD_BEGIN "(?<![\\w.-])"
#define WORD_END "(?![\\w-]|\\.\\w)"
#define NOTHING "(?![\"']?+\\s*+[:=]\\s*+[\"']?+(?:0\\b|null|nil|none|false|<nil>|[\"']))" /* error: null */
#define SIGNALS                                                                                              \
    "(?i)" WORD_BEGIN                                                                                        \
    "(?:(?<!no )(?<!without )(?:err(?:or)?|(?<!\\b0 )(?:err(?:or)?s|fail(?:ed|ures?)|exceptions?))" WORD_END \
        NOTHING                                                                                              \
    "|(?:abort(?:ed|ing)?|assertion|can(?:no|')t|can not|core dumped|corrupt(?:ed)?|could(?: not|n't)"       \
    "|crash(?:ed)?|critical|deadline exceeded|denied|does(?: not|n't) exist|fatal|forbidden|invalid|killed"  \
    "|missing|no (?:route|space|such)|not (?:allowed|configured|defined|found|permitted|set)|oom"            \
    "|out of memory|panic(?:ked)?|refused|reset by peer|segfault|segmentation fault|severe|sig(?:abrt|bus"   \
    "|ill|kill|segv)|timed[ -]?out|too many|unable|unauthorized|uncaught|unhandled|unreachable)" WORD_END    \
    "|time-?out" WORD_END "(?!s?[\"']?+\\s*+[:=]\\s*+[\"']?+\\d))"                                           \
    "|(?-i:(?:Exception|Error)(?![\\w-])|\\A[EF]\\d{4} )|oom-?kill" /* a class; a line of klog */
#define CAUSES "(?i)\\A\\s*+(?:caused by|root cause)\\b|direct cause of the following"
#define TRACEBACKS "\\A\\s*+Traceback \\("
/* Java, .NET and JavaScript; Python; PHP and debuggers; Ruby; Rust; Go. */
#define FRAMES                                                                                               \
    "\\A(?:\\s*+at \\S|\\s*+\\.{3} \\d++ (?:more|common)|\\s*+File \"|\\s*+#\\d++ ++(?:/|\\{|0x)|\\s*+from " \
    "\\S{1,256}?:\\d"                                                                                        \
    "|\\s++\\d++: |goroutine \\d++ \\[|created by |[\\w./$*(){}\\[\\],&-]++\\z(?<=\\)))"
#define DETAILS "\\A\\s++\\S" /* a place in a file, a line of the source */

struct log_reader {
    struct pattern *signals, *causes, *tracebacks, *frames, *details;
};

struct log_reader *log_reader_new(void)
{
    struct log_reader *reader = xmalloc(sizeof *reader);
    *reader = (struct log_reader){pattern_new(SIGNALS), pattern_new(CAUSES), pattern_new(TRACEBACKS),
                                  pattern_new(FRAMES), pattern_new(DETAILS)};
    return reader;
}

void log_reader_free(struct log_reader *reader)
{
    if (!reader)
        return;
    pattern_free(reader->signals);
    pattern_free(reader->causes);
    pattern_free(reader->tracebacks);
    pattern_free(reader->frames);
    pattern_free(reader->details);
    free(reader);
}

void log_reader_auto_free(struct log_reader **reader)
{
    log_reader_free(*reader);
}

enum log_line_kind log_line_kind(const struct log_reader *reader, const char *line, size_t len,
                                 size_t *signal_at)
{
    struct span found = {0};
    enum log_line_kind kind = LOG_LINE_PLAIN;
    if (pattern_find(reader->frames, line, len, 0, &found))
        return LOG_LINE_FRAME;
    if (pattern_find(reader->tracebacks, line, len, 0, &found))
        kind = LOG_LINE_TRACEBACK;
    else if (pattern_find(reader->causes, line, len, 0, &found))
        kind = LOG_LINE_CAUSE;
    else if (pattern_find(reader->signals, line, len, 0, &found))
        kind = LOG_LINE_SIGNAL;
    else if (pattern_find(reader->details, line, len, 0, &found))
        kind = LOG_LINE_DETAIL;
    *signal_at = kind == LOG_LINE_SIGNAL ? found.start : 0;
    return kind;
}

/* ---- Repeats ---- */

#define HASH_START 14695981039346656037u /* FNV-1a */
#define HASH_PRIME 1099511628211u
#define ID_BYTES 6 /* hexadecimal words of so many are ids */
#define UUID_BYTES 36
#define LOOK_BACK 12 /* bytes in which a number is said to be a code */

static uint64_t mix(uint64_t hash, char c)
{
    return (hash ^ (unsigned char)c) * HASH_PRIME;
}

static int holds(const char *text, size_t len, const char *word)
{
    for (size_t i = 0; i + strlen(word) <= len; i++)
        if (strncasecmp(text + i, word, strlen(word)) == 0)
            return 1;
    return 0;
}

/* Whether the number at a place says how something ended. */
static int is_code(const char *line, size_t at)
{
    size_t from = at > LOOK_BACK ? at - LOOK_BACK : 0;
    return holds(line + from, at - from, "code") || holds(line + from, at - from, "exit") ||
           holds(line + from, at - from, "http/") || holds(line + from, at - from, "status");
}

struct word {
    size_t len, digits, hex;
};

/* Hexadecimal digits in groups of 8-4-4-4-12. */
static int is_uuid(const char *text, size_t len)
{
    for (size_t i = 0; i < UUID_BYTES; i++) {
        int is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (len < UUID_BYTES || (is_dash ? text[i] != '-' : !isxdigit((unsigned char)text[i])))
            return 0;
    }
    return 1;
}

static struct word read_word(const char *text, size_t len)
{
    struct word word = {0};
    if (is_uuid(text, len))
        return (struct word){UUID_BYTES, UUID_BYTES, UUID_BYTES};
    for (; word.len < len && isalnum((unsigned char)text[word.len]); word.len++) {
        word.digits += isdigit((unsigned char)text[word.len]) != 0;
        word.hex += isxdigit((unsigned char)text[word.len]) != 0;
    }
    return word;
}

/* Mixes in the word at a place of the line, its numbers as one sign. */
static uint64_t mix_word(uint64_t hash, const char *line, size_t at, const struct word *word)
{
    int is_number = word->digits == word->len && !is_code(line, at);
    int is_id = word->digits > 0 && word->hex == word->len && word->len >= ID_BYTES;
    int is_address = word->len > 2 && strncmp(line + at, "0x", 2) == 0;
    if (is_number || is_id || is_address)
        return mix(hash, '#');
    for (size_t i = 0; i < word->len; i++) {
        char c = line[at + i];
        int in_name = word->digits < word->len && isdigit((unsigned char)c); /* 12ms, web2 */
        if (!in_name)
            hash = mix(hash, c);
        else if (i == 0 || !isdigit((unsigned char)line[at + i - 1]))
            hash = mix(hash, '#');
    }
    return hash;
}

uint64_t log_line_key(const char *line, size_t len)
{
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < len;) {
        struct word word = read_word(line + i, len - i);
        if (word.len > 0)
            hash = mix_word(hash, line, i, &word);
        else if (line[i] != ' ' && line[i] != '\t')
            hash = mix(hash, line[i]);
        else if (i > 0 && line[i - 1] != ' ' && line[i - 1] != '\t')
            hash = mix(hash, ' ');
        i += word.len > 0 ? word.len : 1;
    }
    return hash;
}
