/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/random_word.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/base/alloc.h"

#define LONG 32         /* shorter words are names as often as secrets */
#define NAME_RUN 4      /* small letters in a row: names are made of such runs, chance seldom makes one */
#define NAME_PERCENT 30 /* of a word that lie in such runs: names have half and more, base64 has 8 */
#define DIGITS_ONE_IN 8
#define FEW 4 /* of a long word: chance makes more of each kind */

struct letters {
    size_t len, upper, lower, digits;
    size_t hex;      /* 0-9, a-f, A-F */
    size_t in_names; /* in runs of small letters */
};

static struct letters count(const char *word, size_t len)
{
    struct letters letters = {.len = len};
    size_t run = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)word[i];
        letters.upper += isupper(c) != 0;
        letters.lower += islower(c) != 0;
        letters.digits += isdigit(c) != 0;
        letters.hex += isxdigit(c) != 0;
        run = islower(c) ? run + 1 : 0;
        letters.in_names += run == NAME_RUN ? NAME_RUN : run > NAME_RUN;
    }
    return letters;
}

static int is_hex(const struct letters *letters)
{
    return letters->hex == letters->len && letters->digits > 0 && letters->digits < letters->len;
}

static int is_base64(const struct letters *letters)
{
    return letters->len >= LONG && letters->upper >= FEW && letters->lower >= FEW && letters->digits > 0 &&
           100 * letters->in_names < NAME_PERCENT * letters->len;
}

/* Letters and digits with nothing between them: of one case, or with so many digits as no name has. */
static int is_dense(const struct letters *letters)
{
    int has_one_case = !letters->upper || !letters->lower;
    int has_digits = letters->digits >= (has_one_case ? FEW : letters->len / DIGITS_ONE_IN);
    return letters->len >= LONG && letters->upper + letters->lower + letters->digits == letters->len &&
           has_digits && letters->digits < letters->len &&
           (has_one_case || 100 * letters->in_names < NAME_PERCENT * letters->len);
}

static int is_in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* Whether a name of two words, as identifiers are made of them, has this one at its place: traceId, sha256. */
static int has_word(const char *at, size_t place, const char *end, const char *word)
{
    size_t len = strlen(word);
    if (at + len > end || strncasecmp(at, word, len) != 0)
        return 0;
    int begins = place == 0 || !isalnum((unsigned char)at[-1]) || isupper((unsigned char)*at);
    return begins && (!islower((unsigned char)at[len]) || strncmp(at + len, "id", 2) == 0);
}

/* Whether the name before a hash says what it is of. */
static int is_named(const char *text, size_t start)
{
    static const char *const words[] = {
        "blob",  "build",  "checksum", "commit",  "container", "containerd", "correlation",
        "crio",  "docker", "digest",   "etag",    "hash",      "head",       "image",
        "layer", "md5",    "parent",   "request", "revision",  "rev",        "sandbox",
        "sha",   "span",   "trace",    "tree",    "uid"};
    size_t end = start;
    while (end > 0 && strchr(" \t\"'`=:([{<\\", text[end - 1]))
        end--;
    size_t begin = end;
    while (begin > 0 && end - begin < LONG && is_in_word(text[begin - 1]))
        begin--;
    for (size_t at = begin; at < end; at++)
        for (size_t i = 0; i < COUNT_OF(words); i++)
            if (has_word(text + at, at - begin, text + end, words[i]))
                return 1;
    return 0;
}

/* Whether what stands before a colon is a place: registry/app:1a2b… is an image, ada:1a2b… a password. */
static int is_place(const char *text, size_t colon)
{
    size_t at = colon;
    while (at > 0 && (isalnum((unsigned char)text[at - 1]) || strchr("._-", text[at - 1])))
        at--;
    return at > 0 && at < colon && text[at - 1] == '/';
}

/* Digests, commits and ids stand behind a mark or a word that says what they are. */
static int is_identifier(const char *text, size_t start)
{
    char before = start > 0 ? text[start - 1] : '\0';
    return before == '/' || before == '@' || is_named(text, start) ||
           (before == ':' && is_place(text, start - 1));
}

/* A part between dashes: abc-1a2b…-us12. */
static int is_secret_part(const char *text, size_t start, size_t len, size_t *ids)
{
    const struct letters letters = count(text + start, len);
    if (len < LONG || !is_hex(&letters))
        return is_dense(&letters);
    int is_id = is_identifier(text, start);
    *ids += is_id != 0;
    return !is_id;
}

/* The bytes up to one of the separators, at most len. */
static size_t part_size(const char *text, size_t len, const char *separators)
{
    size_t size = 0;
    while (size < len && !strchr(separators, text[size]))
        size++;
    return size;
}

/* A part between slashes. */
static int is_secret(const char *text, size_t start, size_t len, size_t *ids)
{
    size_t before = *ids;
    for (size_t at = start, size; at < start + len; at += size + 1) {
        size = part_size(text + at, start + len - at, "-_");
        if (is_secret_part(text, at, size, ids))
            return 1;
    }
    const struct letters letters = count(text + start, len);
    return *ids == before && is_base64(&letters);
}

void random_word_look(const char *text, struct span *word)
{
    size_t ids = 0;
    for (size_t at = word->start, size; at < word->end; at += size + 1) {
        size = part_size(text + at, word->end - at, "/");
        if (is_secret(text, at, size, &ids))
            return;
    }
    const struct letters all = count(text + word->start, word->end - word->start);
    if (ids > 0 || !is_base64(&all))
        word->end = word->start;
}
