/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/ask/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "brain/attempts.h"
#include "common/base/alloc.h"
#include "common/base/id.h"
#include "common/base/redact.h"
#include "common/base/text.h"

/* The file itself, so that people can read it as what it is. */
__asm__(".pushsection .rodata\n"
        ".global system_prompt\n"
        "system_prompt:\n"
        ".incbin \"brain/ask/system_prompt.md\"\n"
        ".byte 0\n"
        ".popsection\n");

#define MARK_FACT "| "
#define MARK_WRITTEN "\xC2\xA6 " /* U+00A6 */
#define CASE_BYTES 2500
#define SAID_BYTES 1500
#define SIBLING_BYTES 500 /* kept for each further item of a kind */

/* How much of the space each kind of evidence is worth, all of its items together, in bytes: facts, and what was written. */
static const struct share {
    const char *kind;
    size_t facts, written;
} shares[] = {
    {"status", 2200, 1000}, {"spec", 2400, 0},       {"diff", 1600, 0},     {"event", 900, 1500},
    {"log", 0, 6400},       {"reference", 700, 200}, {"service", 600, 200}, {"node", 700, 300},
    {"quota", 500, 200},    {"owner", 300, 100},     {"policy", 400, 0},
};

void prompt_free(struct prompt *prompt)
{
    for (size_t i = 0; i < prompt->count; i++)
        free(prompt->exhibits[i].text);
    candidates_free(&prompt->candidates);
    strbuf_free(&prompt->text);
    strbuf_free(&prompt->text_of_facts);
    json_decref(prompt->schema);
    *prompt = (struct prompt){0};
}

/* ---- Evidence ---- */

/* What is left for a kind, of which none is known nothing is shown. */
static size_t *left_for(struct share left[], const char *kind, int is_written)
{
    static size_t nothing;
    nothing = 0;
    for (size_t i = 0; i < COUNT_OF(shares); i++)
        if (strcmp(left[i].kind, kind) == 0)
            return is_written ? &left[i].written : &left[i].facts;
    return &nothing;
}

/* Items of the same kind and trust that come after the one at this index. */
static size_t siblings_after(const json_t *evidence, size_t index)
{
    size_t count = 0;
    const json_t *one = json_array_get(evidence, index);
    for (size_t i = index + 1; i < json_array_size(evidence); i++) {
        const json_t *other = json_array_get(evidence, i);
        count += json_equal(json_object_get(one, "kind"), json_object_get(other, "kind")) &&
                 json_equal(json_object_get(one, "trust"), json_object_get(other, "trust"));
    }
    return count;
}

/* How much one item may take, so that something is left for those of its kind after it. */
static size_t most_for(size_t left, size_t siblings)
{
    size_t kept = siblings * SIBLING_BYTES;
    return left <= kept ? left / (siblings + 1) : left - kept;
}

static void add_exhibit(struct prompt *prompt, const json_t *item, size_t siblings, struct redactor *redactor,
                        struct share left[])
{
    AUTO_STRBUF clean = {0};
    const char *kind = json_string_at(item, "kind"), *text = json_string_at(item, "text"),
               *trust = json_string_at(item, "trust");
    if (!kind || !text || !trust || !json_string_at(item, "ref") || prompt->count >= LIMIT_EVIDENCE_ITEMS)
        return;
    int is_written = strcmp(trust, "K") != 0;
    size_t *left_bytes = left_for(left, kind, is_written);
    redact(redactor, text, strlen(text), &clean);
    size_t size = text_cut_words(strbuf_text(&clean), clean.len, most_for(*left_bytes, siblings));
    if (size == 0)
        return;
    *left_bytes -= size;
    prompt->exhibits[prompt->count++] =
        (struct exhibit){item, xstrndup(strbuf_text(&clean), size), is_written};
}

static void choose_exhibits(struct prompt *prompt, const struct facts *facts, struct redactor *redactor)
{
    struct share left[COUNT_OF(shares)];
    memcpy(left, shares, sizeof left);
    for (size_t i = 0; i < json_array_size(facts->evidence); i++)
        add_exhibit(prompt, json_array_get(facts->evidence, i), siblings_after(facts->evidence, i), redactor,
                    left);
}

const struct exhibit *prompt_exhibit(const struct prompt *prompt, const char *ref)
{
    for (size_t i = 0; ref && i < prompt->count; i++)
        if (strcmp(json_string_at(prompt->exhibits[i].item, "ref"), ref) == 0)
            return &prompt->exhibits[i];
    return NULL;
}

static void put_marked(const char *text, const char *mark, struct strbuf *out)
{
    while (*text) {
        size_t line = strcspn(text, "\n");
        strbuf_puts(out, mark);
        strbuf_add(out, text, line);
        strbuf_putc(out, '\n');
        text += line + (text[line] == '\n');
    }
}

static void put_written(const struct prompt *prompt, const char *text, struct strbuf *out)
{
    strbuf_printf(out, "<<%s\n", prompt->fence);
    put_marked(text, MARK_WRITTEN, out);
    strbuf_printf(out, "%s>>\n", prompt->fence);
}

/* A ref is the observer's, but the document came over a topic: what is none of its words is not repeated. */
static const char *word_at(const json_t *item, const char *key)
{
    const char *word = json_string_at(item, key);
    return word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")]
               ? word
               : "?";
}

static void put_evidence(const struct prompt *prompt, int with_written, struct strbuf *out)
{
    strbuf_puts(out, "\n# EVIDENCE\n");
    for (size_t i = 0; i < prompt->count; i++) {
        const struct exhibit *exhibit = &prompt->exhibits[i];
        if (exhibit->is_written && !with_written)
            continue;
        strbuf_printf(out, "[%s] %s %s\n", word_at(exhibit->item, "ref"), exhibit->is_written ? "W" : "K",
                      word_at(exhibit->item, "kind"));
        if (exhibit->is_written)
            put_written(prompt, exhibit->text, out);
        else
            put_marked(exhibit->text, MARK_FACT, out);
    }
    if (prompt->count == 0)
        strbuf_puts(out, "none\n");
}

/* ---- The case ---- */

static void put_line(struct strbuf *out, const char *label, const char *text)
{
    if (text && *text)
        strbuf_printf(out, MARK_FACT "%s: %.*s\n", label, (int)strcspn(text, "\n"), text);
}

static void put_counts(const struct facts *facts, struct strbuf *out)
{
    const json_t *cluster = json_object_get(facts->incident->observed, "cluster");
    strbuf_printf(out, MARK_FACT "pods: %lld failing, %lld wanted, %lld well\n", facts->affected,
                  facts->replicas, facts->available);
    if (json_is_object(cluster))
        strbuf_printf(out, MARK_FACT "cluster: %lld of %lld workloads failing\n",
                      json_integer_at(cluster, "failing", 0), json_integer_at(cluster, "workloads", 0));
}

static void put_onset(const struct facts *facts, struct strbuf *out)
{
    const json_t *observed = facts->incident->observed;
    put_line(out, "seen at", json_string_at(observed, "at"));
    put_line(out, "failing since", json_string_at(observed, "onset.since"));
    strbuf_printf(out, MARK_FACT "template: revision %s%s; last good one: %s\n",
                  *facts->revision ? facts->revision : "unknown",
                  facts->new_revision ? ", the newest, never seen to run well" : "",
                  *facts->good_revision ? facts->good_revision : "none is known");
}

static const char *action_at(const json_t *item)
{
    return json_string_at(item, "action") ? word_at(item, "action") : ACTION_NONE;
}

static void put_history(const struct facts *facts, struct strbuf *out)
{
    size_t i;
    const json_t *item;
    json_array_foreach(facts->tried, i, item)
        strbuf_printf(out, MARK_FACT "tried before: %s, %s\n", action_at(item), word_at(item, "result"));
    json_array_foreach(facts->history, i, item)
        strbuf_printf(out, MARK_FACT "earlier incident: %s, %s, %s, %s\n", word_at(item, "class"),
                      action_at(item), word_at(item, "result"), word_at(item, "verdict"));
}

static void put_case(const struct facts *facts, struct redactor *redactor, struct strbuf *out)
{
    const json_t *observed = facts->incident->observed;
    AUTO_STRBUF lines = {0}, symptom = {0};
    facts_add_symptom(facts, &symptom);
    put_line(&lines, "workload", facts->incident->key);
    put_line(&lines, "class", facts->class);
    put_line(&lines, "symptom", strbuf_text(&symptom));
    put_counts(facts, &lines);
    put_onset(facts, &lines);
    put_line(&lines, "kept as it is by", json_string_at(observed, "managed_by"));
    put_history(facts, &lines);
    strbuf_puts(out, "# CASE\n");
    AUTO_STRBUF clean = {0};
    redact(redactor, lines.data, lines.len, &clean);
    strbuf_add(out, clean.data, text_cut_words(clean.data, clean.len, CASE_BYTES));
    strbuf_putc(out, '\n');
}

/* Sentences of the other desks, which quote messages of webhooks, registries and kubelets: no facts, whoever wrote them down. */
static void put_said(const struct prompt *prompt, const struct facts *facts, struct redactor *redactor,
                     struct strbuf *out)
{
    const char *summary = json_string_at(facts->incident->observed, "summary");
    AUTO_STRBUF lines = {0}, clean = {0};
    strbuf_printf(&lines, "%s\n%s", summary ? summary : "", facts->verified);
    attempts_add(facts, &lines);
    redact(redactor, lines.data, lines.len, &clean);
    size_t size = text_cut_words(strbuf_text(&clean), clean.len, SAID_BYTES);
    AUTO_FREE char *said = xstrndup(strbuf_text(&clean), size);
    strbuf_puts(out, "said of it, in part with the words of others:\n");
    put_written(prompt, said, out);
}

static void put_request(const struct prompt *prompt, const struct facts *facts, struct redactor *redactor,
                        struct strbuf *out)
{
    const char *text = json_string_at(facts->request, "text");
    AUTO_STRBUF clean = {0};
    redact(redactor, text ? text : "", text ? strlen(text) : 0, &clean);
    size_t size = text_cut_words(strbuf_text(&clean), clean.len, PROMPT_MOST_BYTES - CASE_BYTES);
    AUTO_FREE char *request = xstrndup(strbuf_text(&clean), size);
    strbuf_puts(out, "# REQUEST\n");
    put_written(prompt, request, out);
}

static void put_actions(const struct prompt *prompt, struct strbuf *out)
{
    strbuf_puts(out, "\n# ACTIONS\n");
    for (size_t i = 0; i < prompt->candidates.count; i++) {
        const struct candidate *item = &prompt->candidates.items[i];
        strbuf_printf(out, "%s %s: %s\n", item->id, status_name(item->choice.status),
                      strbuf_text(&item->words));
    }
    if (prompt->candidates.count == 0)
        strbuf_puts(out, "none: the status is FATAL and the action NONE\n");
}

static void put_task(const struct prompt *prompt, const struct decision *settled, struct strbuf *out)
{
    strbuf_puts(out, "\n# TASK\n");
    if (prompt->task == TASK_DECIDE)
        strbuf_puts(out, "No rule settled this case. Decide it.\n");
    else if (prompt->task == TASK_EXPLAIN)
        strbuf_printf(out,
                      "A rule has settled this case (%s, status %s). Explain it to the person on call.\n",
                      settled->rule, status_name(settled->status));
    else
        strbuf_puts(out,
                    "A person asked this of AegiOps. Say what is wanted: EXPLAIN (a question), DEPLOY (to "
                    "install or change something), COST (what could be saved). explanation: the answer to a "
                    "question of general knowledge; nothing is known here of this cluster, so of what would "
                    "need that, say only that it cannot be answered from here. Nothing is done, whatever is "
                    "asked for.\n");
}

static void put_all(const struct prompt *prompt, const struct facts *facts, const struct decision *settled,
                    struct redactor *redactor, int with_written, struct strbuf *out)
{
    if (prompt->task == TASK_REPLY) {
        put_request(prompt, facts, redactor, out);
    } else {
        put_case(facts, redactor, out);
        if (with_written)
            put_said(prompt, facts, redactor, out);
        put_evidence(prompt, with_written, out);
    }
    if (prompt->task == TASK_DECIDE)
        put_actions(prompt, out);
    put_task(prompt, settled, out);
}

static void draw_fence(struct prompt *prompt)
{
    static const char digits[] = "bcdfghjkmnpqrstvwxz23456789";
    for (size_t i = 0; i < PROMPT_FENCE_SIZE - 1; i++)
        prompt->fence[i] = digits[id_random(sizeof digits - 1)];
}

void prompt_write(struct prompt *out, const struct facts *facts, const struct decision *settled,
                  enum task task, int with_written)
{
    const char *ids[CANDIDATES_MOST];
    struct redactor *redactor = redactor_new();
    *out = (struct prompt){.task = task};
    draw_fence(out);
    if (task == TASK_DECIDE)
        candidates_find(&out->candidates, facts);
    for (size_t i = 0; i < out->candidates.count; i++)
        ids[i] = out->candidates.items[i].id;
    out->schema = answer_schema(task, ids, out->candidates.count);
    choose_exhibits(out, facts, redactor);
    put_all(out, facts, settled, redactor, with_written, &out->text);
    if (with_written && task != TASK_REPLY)
        put_all(out, facts, settled, redactor, 0, &out->text_of_facts);
    redactor_free(redactor);
}
