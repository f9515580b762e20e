/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/redact.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

#define RANDOM_WORD_BYTES 32 /* shorter ones are names as often as secrets */
#define RANDOM_WORD_DISTINCT                                                                                 \
    20 /* different characters in so many: random base64 has about 25, names up to 18 */
#define GROUPS_MAX 8

#define PEM_BEGIN "-----BEGIN "
#define PEM_END "-----END "
#define PEM_DASHES "-----"

struct rule {
    const char *pattern; /* POSIX extended */
    int flags;
    size_t group; /* the part that is secret; 0 = all of it */
    /* Whether such a part is a secret after all; NULL = always. before: the character in front of it, '\0' =
     * none. */
    int (*is_secret)(const char *part, size_t len, char before);
};

static int is_no_placeholder(const char *part, size_t len, char before)
{
    (void)before;
    size_t quote = len > 0 && strchr("\"'", *part) ? 1 : 0;
    return len < quote + 2 || memcmp(part + quote, "<S", 2) != 0;
}

/* 0-9 and a-f (or A-F) only, and some of either. */
static int is_hex(const char *part, size_t len)
{
    size_t digits = 0, letters = 0;
    for (size_t i = 0; i < len; i++) {
        digits += isdigit((unsigned char)part[i]) != 0;
        letters += isalpha((unsigned char)part[i]) && isxdigit((unsigned char)part[i]);
    }
    return digits && letters && digits + letters == len;
}

/* Of long words, names have few different characters or lack a kind of them; digests and commits stand behind
 * a mark that says what they are. */
static int is_random_word(const char *part, size_t len, char before)
{
    if (is_hex(part, len))
        return before != ':' && before != '/' && before != '@';
    int kinds[3] = {0}, distinct = 0;
    char seen[256] = {0};
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)part[i];
        kinds[0] |= isupper(c) != 0;
        kinds[1] |= islower(c) != 0;
        kinds[2] |= isdigit(c) != 0;
        distinct += i < RANDOM_WORD_BYTES && !seen[c];
        seen[c] = 1;
    }
    return kinds[0] && kinds[1] && kinds[2] && distinct >= RANDOM_WORD_DISTINCT;
}

#define SECRET_NAME "(api_?key|[_-]key|secret|token|passw(or)?d|pwd|credentials?)"
#define QUOTE "[\\]*[\"']?"
#define VALUE "(\"[^\"]*\"|'[^']*'|[^[:space:]\"',;&]+)"

/* What is certain comes first, as the later ones pass over the placeholder that it leaves. */
static const struct rule rules[] = {
    {"[A-Za-z][A-Za-z0-9+.-]*://[^/:@[:space:]]*:([^/[:space:]\"']+)@", 0, 1, NULL},
    {"(AKIA|ASIA)[A-Z0-9]{16}", 0, 0, NULL},
    {"AIza[0-9A-Za-z_-]{35}", 0, 0, NULL},
    {"AQ\\.[0-9A-Za-z_-]{20,}", 0, 0, NULL},
    {"gh[pousr]_[A-Za-z0-9]{20,}", 0, 0, NULL},
    {"github_pat_[A-Za-z0-9_]{20,}", 0, 0, NULL},
    {"(xox[abeprs]|xapp)-[A-Za-z0-9-]{10,}", 0, 0, NULL},
    {"hooks\\.slack\\.com/([A-Za-z0-9/_-]+)", 0, 1, NULL},
    {"eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}(\\.[A-Za-z0-9_-]+)?", 0, 0, NULL},
    {"bearer[[:space:]]+([A-Za-z0-9._~+/=-]{16,})", REG_ICASE, 1, NULL},
    {"authorization" QUOTE "[:=][[:space:]]*" QUOTE "((basic|bearer|token)[[:space:]]+)?([^[:space:]\"',]+)",
     REG_ICASE, 3, is_no_placeholder},
    {SECRET_NAME QUOTE "[[:space:]]*[:=][[:space:]]*[\\]*" VALUE, REG_ICASE, 3, is_no_placeholder},
    {"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*\\.[A-Za-z]{2,}", 0, 0, NULL},
    {"[A-Za-z0-9+_-]{32,}={0,2}", 0, 0, is_random_word},
};

struct redactor {
    regex_t compiled[COUNT_OF(rules)];
    char **seen; /* the secrets so far; their place is their name */
    size_t seen_count;
};

struct redactor *redactor_new(void)
{
    struct redactor *redactor = xcalloc(1, sizeof *redactor);
    for (size_t i = 0; i < COUNT_OF(rules); i++)
        if (regcomp(&redactor->compiled[i], rules[i].pattern, REG_EXTENDED | rules[i].flags))
            abort(); /* a broken rule of ours */
    return redactor;
}

void redactor_free(struct redactor *redactor)
{
    if (!redactor)
        return;
    for (size_t i = 0; i < COUNT_OF(rules); i++)
        regfree(&redactor->compiled[i]);
    for (size_t i = 0; i < redactor->seen_count; i++)
        free(redactor->seen[i]);
    free(redactor->seen);
    free(redactor);
}

static void put_placeholder(struct redactor *redactor, const char *secret, size_t len, struct strbuf *out)
{
    size_t i = 0;
    while (i < redactor->seen_count &&
           (strlen(redactor->seen[i]) != len || memcmp(redactor->seen[i], secret, len) != 0))
        i++;
    if (i == redactor->seen_count) {
        redactor->seen = xrealloc(redactor->seen, (i + 1) * sizeof(char *));
        redactor->seen[redactor->seen_count++] = xstrndup(secret, len);
    }
    strbuf_printf(out, "<S%zu>", i + 1);
}

/* A key may span many lines, and its end may be missing where a log begins or ends. */
static void hide_pem(struct redactor *redactor, const char *text, struct strbuf *out)
{
    for (const char *begin; (begin = strstr(text, PEM_BEGIN));) {
        const char *end = strstr(begin, PEM_END);
        const char *dashes = end ? strstr(end + strlen(PEM_END), PEM_DASHES) : NULL;
        const char *rest = dashes ? dashes + strlen(PEM_DASHES) : begin + strlen(begin);
        strbuf_add(out, text, (size_t)(begin - text));
        put_placeholder(redactor, begin, (size_t)(rest - begin), out);
        text = rest;
    }
    strbuf_puts(out, text);
}

static void hide_matches(struct redactor *redactor, size_t index, const struct strbuf *text,
                         struct strbuf *out)
{
    const struct rule *rule = &rules[index];
    const char *bytes = strbuf_text(text);
    size_t from = 0;
    for (;;) {
        regmatch_t match[GROUPS_MAX] = {{.rm_so = (regoff_t)from, .rm_eo = (regoff_t)text->len}};
        if (regexec(&redactor->compiled[index], bytes, GROUPS_MAX, match, REG_STARTEND))
            break;
        size_t start = (size_t)match[rule->group].rm_so, end = (size_t)match[rule->group].rm_eo;
        char before = start > 0 ? bytes[start - 1] : '\0';
        strbuf_add(out, bytes + from, start - from);
        if (!rule->is_secret || rule->is_secret(bytes + start, end - start, before))
            put_placeholder(redactor, bytes + start, end - start, out);
        else
            strbuf_add(out, bytes + start, end - start);
        from = end;
    }
    strbuf_add(out, bytes + from, text->len - from);
}

void redact(struct redactor *redactor, const char *text, size_t len, struct strbuf *out)
{
    AUTO_FREE char *plain = xmalloc(len + 1);
    for (size_t i = 0; i < len; i++)
        plain[i] = text[i] ? text[i] : ' '; /* a NUL must not hide what comes after it */
    plain[len] = '\0';
    AUTO_STRBUF hidden = {0};
    hide_pem(redactor, plain, &hidden);
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        AUTO_STRBUF next = {0};
        hide_matches(redactor, i, &hidden, &next);
        strbuf_free(&hidden);
        hidden = next;
        next = (struct strbuf){0};
    }
    strbuf_add(out, strbuf_text(&hidden), hidden.len);
}
