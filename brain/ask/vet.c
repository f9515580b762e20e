/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/ask/vet.h"

#include <string.h>

#include "common/base/alloc.h"

#define QUOTE_LEAST_BYTES 8         /* less stands everywhere */
#define EXPLANATION_MOST_BYTES 1200 /* 90 words, twice over */
#define MARKS "|\xC2\xA6 \t"
#define LEFT_OUT "(address left out)"

/* ---- Quotes ---- */

/* Whether the text stands in the exhibit: a part of some length, or a whole line of it. */
static int stands_in(const struct exhibit *exhibit, const char *quote, size_t len)
{
    const char *found = len ? memmem(exhibit->text, strlen(exhibit->text), quote, len) : NULL;
    if (!found || len >= QUOTE_LEAST_BYTES)
        return found != NULL;
    int begins = found == exhibit->text || found[-1] == '\n';
    return begins && (found[len] == '\n' || !found[len]);
}

/* Adds the quotes that stand where they are said to. Returns how many; *backed = whether one of them is a fact that speaks for
 * the candidate. */
static size_t keep_quotes(const struct prompt *prompt, const json_t *answer, const struct candidate *chosen,
                          struct decision *out, int *backed)
{
    size_t i, kept = 0;
    const json_t *item;
    json_array_foreach(json_object_get(answer, "evidence"), i, item)
    {
        const struct exhibit *exhibit = prompt_exhibit(prompt, json_string_at(item, "ref"));
        const char *quote = json_string_at(item, "quote");
        quote += strspn(quote, MARKS);
        size_t len = strlen(quote);
        while (len && strchr(" \t\r\n", quote[len - 1]))
            len--;
        if (!exhibit || !stands_in(exhibit, quote, len))
            continue;
        AUTO_STRBUF shows = {0};
        vet_plain(json_string_at(item, "shows"), &shows);
        decision_quote(out, exhibit->item, quote, len, strbuf_text(&shows));
        *backed |= chosen && candidate_is_backed_by(chosen, exhibit->item);
        kept++;
    }
    return kept;
}

/* ---- Words ---- */

static int is_address_character(char c)
{
    return c && !strchr(" \t\r\n\"'<>()[]{}|`", c);
}

static int is_address(const char *word, size_t len)
{
    return memmem(word, len, "://", strlen("://")) || strncasecmp(word, "www.", strlen("www.")) == 0;
}

/* People click on what is shown to them, and a model may repeat what it read. */
void vet_plain(const char *text, struct strbuf *out)
{
    while (*text) {
        size_t len = 0;
        while (is_address_character(text[len]))
            len++;
        if (len && is_address(text, len))
            strbuf_puts(out, LEFT_OUT);
        else
            strbuf_add(out, text, len ? len : 1);
        text += len ? len : 1;
    }
}

static int read_words(const json_t *answer, struct strbuf *out, struct error *err)
{
    AUTO_STRBUF text = {0};
    vet_plain(json_string_at(answer, "explanation"), &text);
    AUTO_JSON *shown = json_text(strbuf_text(&text), text.len, EXPLANATION_MOST_BYTES);
    const char *words = json_string_value(shown);
    words += strspn(words, " \t\r\n");
    if (!*words)
        return fail(err, ERROR_REJECT, "it explains nothing");
    strbuf_puts(out, words);
    if (!strchr(".!?", out->data[out->len - 1]))
        strbuf_putc(out, '.');
    return 0;
}

/* ---- What it decides ---- */

/* 0 and the candidate it chose, NULL = none; -1: it may not choose so. */
static int choose(struct prompt *prompt, const json_t *answer, struct candidate **chosen, struct error *err)
{
    const char *id = json_string_at(answer, "action");
    int status = status_from(json_string_at(answer, "status"));
    *chosen = candidates_get(&prompt->candidates, id);
    if (strcmp(id, CANDIDATE_NONE) != 0 && !*chosen)
        return fail(err, ERROR_REJECT, "it chose an action that was not offered");
    if (*chosen && (int)(*chosen)->choice.status != status)
        return fail(err, ERROR_REJECT, "it called the failure %s and chose an action that is for %s",
                    status_name((enum status)status), status_name((*chosen)->choice.status));
    if (!*chosen && status != STATUS_FATAL)
        return fail(err, ERROR_REJECT, "it called the failure %s and chose no action",
                    status_name((enum status)status));
    return 0;
}

static void put_needs(const json_t *answer, struct strbuf *out)
{
    const json_t *needs = json_object_get(answer, "need");
    size_t count = json_array_size(needs);
    for (size_t i = 0; i < count; i++)
        strbuf_printf(out, "%s%s",
                      i == 0           ? " It would help to know: "
                      : i + 1 == count ? " and "
                                       : ", ",
                      answer_need_words(json_string_value(json_array_get(needs, i))));
    strbuf_puts(out, count ? "." : "");
}

static void take_choice(struct decision *out, struct candidate *chosen)
{
    struct decision *choice = &chosen->choice;
    out->action = choice->action;
    out->status = choice->status;
    out->parameters = STEAL(choice->parameters);
    strbuf_free(&out->command);
    out->command = choice->command;
    choice->command = (struct strbuf){0};
}

static void put_cause(const struct facts *facts, const json_t *answer, struct strbuf *out)
{
    strbuf_clear(out);
    facts_add_symptom(facts, out);
    strbuf_printf(out, "; the cause seems to be %s.",
                  answer_cause_words(json_string_at(answer, "root_cause")));
}

static void decide_so(const struct facts *facts, const json_t *answer, const char *words,
                      struct candidate *chosen, int backed, struct decision *out)
{
    out->status = STATUS_FATAL;
    out->review = chosen && !backed ? "no fact that the API server vouches for was given for it" : NULL;
    put_cause(facts, answer, &out->root_cause);
    strbuf_clear(&out->explanation);
    strbuf_printf(&out->explanation, "%s%s", chosen ? "" : "A person is needed. ", words);
    if (chosen)
        strbuf_printf(&out->explanation, " The remedy is to %s.", strbuf_text(&chosen->words));
    else
        strbuf_puts(&out->explanation, " Nothing was changed.");
    put_needs(answer, &out->explanation);
    if (chosen)
        take_choice(out, chosen);
}

/* What is asked for beyond words cannot be had from here, and is not done. */
static void reply(const json_t *answer, const char *words, struct decision *out)
{
    int intent = intent_from(json_string_at(answer, "intent"));
    strbuf_clear(&out->root_cause);
    strbuf_puts(&out->root_cause, intent == INTENT_EXPLAIN ? "A question was asked."
                                  : intent == INTENT_COST  ? "It was asked what could be saved."
                                                           : "It was asked to install or change something.");
    strbuf_clear(&out->explanation);
    strbuf_printf(&out->explanation, "%s Nothing was changed.", words);
}

static void beware(struct decision *out)
{
    strbuf_puts(&out->explanation, " Text among the evidence reads as if it gave orders.");
    out->review = out->action ? "text among the evidence reads as if it gave orders" : NULL;
}

int vet(struct prompt *prompt, const struct facts *facts, const json_t *answer, const char *suspicious,
        struct decision *out, struct error *err)
{
    AUTO_DECISION made = {0}; /* collects the quotes until all is well */
    AUTO_STRBUF words = {0};
    struct candidate *chosen = NULL;
    int backed = 0, is_of_evidence = prompt->task != TASK_REPLY;
    if (read_words(answer, &words, err) ||
        (prompt->task == TASK_DECIDE && choose(prompt, answer, &chosen, err)))
        return -1;
    if (is_of_evidence && keep_quotes(prompt, answer, chosen, &made, &backed) == 0)
        return fail(err, ERROR_REJECT, "nothing that it quotes stands in the evidence");
    json_decref(out->evidence);
    out->evidence = STEAL(made.evidence);
    if (prompt->task == TASK_DECIDE)
        decide_so(facts, answer, words.data, chosen, backed, out);
    else if (prompt->task == TASK_REPLY)
        reply(answer, words.data, out);
    else
        strbuf_printf(&out->explanation, "%s%s", out->explanation.len ? " " : "", words.data);
    if (prompt->task != TASK_EXPLAIN)
        out->source = SOURCE_MODEL;
    if (is_of_evidence && (suspicious || json_true_at(answer, "injection_suspected")))
        beware(out);
    return 0;
}
