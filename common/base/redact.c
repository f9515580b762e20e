/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/redact.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/escapes.h"
#include "common/base/pattern.h"
#include "common/base/pem.h"
#include "common/base/random_word.h"
#include "common/base/spans.h"
#include "common/base/text.h"

#define ADDRESS_BYTES 300 /* scheme://user:password before the @ */
#define NAME_BYTES 64     /* a name with what stands between it and its value */
#define PASSES_MAX 4 /* what is hidden may make another word of its neighbours; then it is looked at again */

/* ---- What a secret looks like: the part behind \K ---- */

#define QUOTE "(?:\\\\*+[\"'`]|&quot;|%22|\\\\++u0022)?"

/* What a name ends with whose value is a secret. */
#define KEY_OF                                                                                               \
    "(?:api|access|account|admin|aes|app|auth|cipher|client|crypto|deploy|encrypt|encryption|hmac|jwt|"      \
    "license|master|private|root|rsa|secret|service|session|shared|sign|signing|ssh|storage|webhook)"        \
    "[_. -]?key"
#define KEY_OTHER                                                                                            \
    "(?<!annotation|bucket|cache|config|foreign|group|hash|host|idempotency|index|label|lookup|map|message|" \
    "object|partition|primary|public|range|record|routing|row|sort|topic|unique)[_-]key"
#define NAME                                                                                                 \
    "(?:pass(?:w(?:or)?d|phrase|code)|(?:(?<=[\"'_.-])|(?<=db)|(?<![A-Za-z])(?-i:(?=pass)))pass|pwd(?!=/"    \
    ")|secret|token|credentials?"                                                                            \
    "|" KEY_OF "|" KEY_OTHER ")"                                                                             \
    "(?:[_-](?:base|b(?:ase)?64|dev|hash|live|new|old|primary|prod|salt|secondary|test|value|\\d{1,2})"      \
    "|\\d{1,2})?" QUOTE "\\]?+"
#define IS "[ \\t]*+(?:=>|:=|==?|:(?!:)|%3[AD])"

/* A quoted value ends with the quote that it began with, behind as many backslashes; else with its line. */
#define QUOTED "\\s*+(?:\\[\\s*+)?[bruf]{0,2}(\\\\{0,15})([\"'`])\\K(?:(?!(?<!\\\\)\\g{-2}\\g{-1})[^\\n])*+"

/* What stands for a secret without being one: the beginning of an object, a reference to a variable, the sentence that
 * goes on behind "no token: " or "a secret: ". */
#define NO_VALUE                                                                                             \
    "(?!\\{(?:[\"'\\s}\\\\]|[\\w.-]{1,64}\\s*+:)|\\$\\{\\w++\\}|\\$\\(\\w++\\)"                              \
    "|(?:a|an|and|are|bad|be|cannot|could|denied|does|empty|eof|error|expected|expired|failed|failure|"      \
    "false|for|forbidden|from|has|have|in|incorrect|invalid|is|malformed|missing|must|nil|no|none|not|"      \
    "null|of|or|required|signature|the|to|token|too|true|unable|unauthorized|undefined|unexpected|unknown|"  \
    "unset|was|were|with|wrong)(?![\\w=/+-])"                                                                \
    "|(?<=[nt]: )[a-z]{2,32} (?:[\"'(]|[a-z]{1,32}[ :,.]))"
/* Up to a space, a quote, or a separator that begins something else. */
#define BARE                                                                                                 \
    NO_VALUE "(?:\\{[^}\"'\\s]++\\}|(?:[^\\s\"',;&\\\\]|[\"'](?=\\w)|\\\\++(?![\"'])"                        \
             "|,(?![\\s\"'\\\\]|\\z|[\\w.-]{1,64}+[\"'\\\\]*+[=:]))++)"
#define VALUE "(?:" QUOTED "|[ \\t]*+(?:\\[[ \\t]*+)?(?:&quot;|%22|\\\\++u0022)?\\K" BARE ")"

struct rule {
    const char *expression; /* PCRE2 */
    /* Shortens the part to what is a secret; nothing is left when it is none. NULL = all of it is. */
    void (*look)(const char *text, struct span *part);
};

/* Brackets around a value that has no quotes are not its own. */
static void without_brackets(const char *text, struct span *part)
{
    while (part->end > part->start && strchr(")]}", text[part->end - 1]))
        part->end--;
}

/* The user and the host of an address are no person's. */
static void unless_in_address(const char *text, struct span *part)
{
    size_t at = part->start;
    while (at > 0 && part->start - at < ADDRESS_BYTES && !strchr(" \t\n\"'<>@", text[at - 1]))
        at--;
    for (; at + strlen("://") <= part->start; at++)
        if (strncmp(text + at, "://", strlen("://")) == 0)
            part->end = part->start;
}

static const struct rule rules[] = {
    /* Keys that say what they are. */
    {"(?:A[KS]IA|ABIA|ACCA)[A-Z0-9]{16}|AIza[\\w-]{35}|AQ\\.[\\w-]{20,}+|ya29\\.[\\w-]{20,}+"
     "|GOCSPX-[\\w-]{20,}+|gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_\\w{20,}+"
     "|gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[\\w-]{20,}+|xox[abeoprs][.-][\\w.-]{10,}+"
     "|xapp-[\\w-]{10,}+|[prs]k_(?:live|test)_[A-Za-z0-9]{16,}+|whsec_[\\w+/=-]{16,}+"
     "|sk-(?:ant|live|or|proj|svcacct|test)-[\\w-]{10,}+|sk-[A-Za-z0-9]{32,}+|npm_[A-Za-z0-9]{30,}+"
     "|pypi-[\\w-]{16,}+|dckr_pat_[\\w-]{16,}+|SG\\.[\\w-]{16,}+\\.[\\w-]{16,}+|hv[bsr]\\.[\\w-]{20,}+"
     "|do[opr]_v1_[a-f0-9]{20,}+|ATATT[\\w=-]{20,}+|shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{20,}+"
     "|hf_[A-Za-z0-9]{30,}+|AGE-SECRET-KEY-1[A-Z0-9]{20,}+|\\b\\d{8,10}:AA[\\w-]{30,}+"
     "|sq0[a-z]{3}-[\\w-]{20,}+|1//0[\\w-]{20,}+|gls?[ac]_[\\w+/=]{20,}+"
     "|[MNO][\\w-]{23,25}\\.[\\w-]{6}\\.[\\w-]{27,}+",
     NULL},
    /* JSON in base64: web tokens, registry credentials. */
    {"eyJ[\\w+/-]{12,}+=*+(?:\\.[\\w-]++)*+", NULL},
    {"(?i)(?:hooks\\.slack\\.com|discord(?:app)?\\.com/api/webhooks|webhook\\.office\\.com)[\\\\/]++\\K"
     "[\\w@./\\\\-]++",
     NULL},
    {"(?i)[?&;](?:sig|key|code|signature|x-amz-(?:signature|credential|security-token))=\\K[^\\s&\"'<]++",
     NULL},
    /* Passwords in addresses: to the last @ before a path, to an @ behind what is no port, to the end. */
    {"://[^\\s/:@\"'<>]{0,256}+:\\K(?:[^\\s/\"']{1,1024}(?=@)"
     "|(?!\\d{1,5}(?:[/?#\\s\"'),;\\]}]|\\z))(?:[^\\s@\"']{1,1024}+(?=@)|[^\\s/"
     "@\"'\\[\\]]{1,1024}+(?=\\n|\\z)))",
     NULL},
    {"://\\K[^\\s/:@\"'<>]{20,1024}+(?=@)", NULL},
    {"invalid port \\\\*+\"\\K[^\"\\n]{1,1024}+(?=\" after host)", NULL},
    {"(?<![\\w.%-])[\\w.%-]{1,64}+:\\K[^\\s@/\"'(]{1,256}+(?=@(?:tcp|udp|unix)\\()", NULL},
    {"(?i)jdbc:oracle:\\w{1,8}+:[^\\s/@\"']{1,64}+/\\K[^\\s@\"']{1,256}+(?=@)", NULL},
    /* Headers. */
    {"(?i)bearer\\s++\\K[\\w.~+/=-]{16,}+", NULL},
    {"(?i)authorization" QUOTE IS "\\s*+(?:\\[\\s*+)?\\\\*+[\"']?+"
     "(?:(?:apikey|basic|bearer|bot|dpop|jwt|key|negotiate|ntlm|splunk|ssws|token)\\s++\\K" BARE
     "|(?:aws4-hmac-sha256|digest|hawk|oauth)\\s++\\K[^\\n]++|\\K" BARE ")",
     without_brackets},
    {"(?i)cookie" QUOTE IS "\\s*+(?:\\[\\s*+)?\\\\*+[\"']?+\\K(?=[^\\s=;,\"'<]{1,100}+=)[^\"'\\n\\]\\\\]++",
     NULL},
    /* Values of telling names: NAME=…, "name": "…", name … value …, <name>…, --name …, PASSWORD '…' */
    {"(?i)" NAME IS VALUE, without_brackets},
    {"(?i)" NAME IS "[^\\n]{0,400}? → \\K[^\\n]++", NULL}, /* of template_diff.h */
    {"(?i)" NAME "[\\s,;]{1,64}+" QUOTE "value" QUOTE IS VALUE, without_brackets},
    {"(?i)<[\\w:.-]{0,64}?" NAME "\\s*+>\\s*+\\K[^<\\s][^<]*+", NULL},
    {"(?i)(?<![\\w-])--?[\\w-]{0,64}?" NAME "(?:[ \\t]++\\\\*+[\"']?|\\s*+,\\s*+\\\\*+[\"'])\\K(?!-)" BARE,
     without_brackets},
    {"(?i)(?<!\\w)(?:-u|--(?:proxy-)?user)" QUOTE "[\\s=,]{1,4}+" QUOTE
     "[^\\s:\"',/]{1,64}+:\\K(?!\\d{1,6}(?!\\w))[^\\s\"']++",
     NULL},
    {"(?i)(?:mysql|mariadb)[^\\n]{0,200}?[\\s\"',]-p\\K[^\\s\"',$-][^\\s\"',]*+", NULL},
    {"(?i)\\blogin\\s++\\S{1,64}+\\s++password\\s++\\K\\S++", NULL},
    {"(?i)(?:password|identified\\s++by(?:\\s++password)?)\\s++(\\\\{0,15})(['\"])\\K"
     "(?:(?!(?<!\\\\)\\g{-2}\\g{-1})[^\\n])*+",
     NULL},
    {"[\"']auth\\\\*+[\"']\\s*+:\\s*+\\\\*+[\"']\\K[\\w+/=-]{8,}+", NULL},
    /* People, and what looks like chance. */
    {"(?<![\\w.%+-])(?!git@)[\\w.%+-]{1,256}+@(?:[A-Za-z0-9-]{1,63}+\\.)+[A-Za-z]{2,}+", unless_in_address},
    {"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{32,}+", random_word_look},
};

/* ---- The same secret has the same name ---- */

struct secret {
    size_t len, number;
    char bytes[];
};

struct redactor {
    struct pattern *patterns[COUNT_OF(rules)];
    struct pattern *placeholder;
    void *secrets; /* a tree of struct secret; see tsearch(3) */
    size_t secret_count;
};

struct redactor *redactor_new(void)
{
    struct redactor *redactor = xcalloc(1, sizeof *redactor);
    for (size_t i = 0; i < COUNT_OF(rules); i++)
        redactor->patterns[i] = pattern_new(rules[i].expression);
    redactor->placeholder = pattern_new("\\A(?:<S\\d++>)++\\z");
    return redactor;
}

void redactor_free(struct redactor *redactor)
{
    if (!redactor)
        return;
    for (size_t i = 0; i < COUNT_OF(rules); i++)
        pattern_free(redactor->patterns[i]);
    pattern_free(redactor->placeholder);
    tdestroy(redactor->secrets, free);
    free(redactor);
}

static int compare_secrets(const void *a, const void *b)
{
    const struct secret *one = a, *other = b;
    if (one->len != other->len)
        return one->len < other->len ? -1 : 1;
    return memcmp(one->bytes, other->bytes, one->len);
}

static void put_placeholder(struct redactor *redactor, const char *bytes, size_t len, struct strbuf *out)
{
    struct secret *secret = xmalloc(sizeof *secret + len);
    *secret = (struct secret){.len = len, .number = redactor->secret_count + 1};
    memcpy(secret->bytes, bytes, len);
    struct secret **known = tsearch(secret, &redactor->secrets, compare_secrets);
    if (!known)
        abort(); /* out of memory */
    if (*known == secret)
        redactor->secret_count++;
    strbuf_printf(out, "<S%zu>", (*known)->number);
    if (*known != secret)
        free(secret);
}

/* ---- Finding and hiding ---- */

/* Where to look on, having looked from a place: also in the end of what was found, as what was taken for a value
 * may be the next name. */
static size_t next_from(size_t from, const struct span *found)
{
    size_t tail = found->end > NAME_BYTES ? found->end - NAME_BYTES : 0;
    size_t next = tail > found->start ? tail : found->start;
    return next > from ? next : from + 1;
}

static void add_matches(const struct redactor *redactor, size_t index, const struct strbuf *text,
                        struct spans *found)
{
    struct span match, whole;
    size_t from = 0;
    while (from < text->len && pattern_find(redactor->patterns[index], text->data, text->len, from, &match)) {
        from = next_from(from, &match);
        if (rules[index].look)
            rules[index].look(text->data, &match);
        if (!pattern_find(redactor->placeholder, text->data + match.start, match.end - match.start, 0,
                          &whole))
            spans_add(found, match);
    }
}

static void hide(struct redactor *redactor, const struct spans *secrets, const struct strbuf *text,
                 struct strbuf *out)
{
    size_t from = 0;
    for (size_t i = 0; i < secrets->count; i++) {
        const struct span *secret = &secrets->items[i];
        strbuf_add(out, text->data + from, secret->start - from);
        put_placeholder(redactor, text->data + secret->start, secret->end - secret->start, out);
        from = secret->end;
    }
    strbuf_add(out, text->data + from, text->len - from);
}

/* Hides what is found in text as it stands; returns whether that was anything. */
static int hide_once(struct redactor *redactor, struct strbuf *text)
{
    AUTO_SPANS secrets = {0};
    AUTO_STRBUF out = {0};
    pem_find(text->data, &secrets);
    for (size_t i = 0; i < COUNT_OF(rules); i++)
        add_matches(redactor, i, text, &secrets);
    spans_merge(&secrets);
    if (secrets.count == 0)
        return 0;
    hide(redactor, &secrets, text, &out);
    strbuf_free(text);
    *text = out;
    out = (struct strbuf){0};
    return 1;
}

void redact(struct redactor *redactor, const char *text, size_t len, struct strbuf *out)
{
    AUTO_STRBUF clean = {0};
    text_clean(text, len, &clean);
    escapes_remove(&clean);
    int passes = 0;
    while (clean.len > 0 && passes < PASSES_MAX && hide_once(redactor, &clean))
        passes++;
    strbuf_add(out, strbuf_text(&clean), clean.len);
}
