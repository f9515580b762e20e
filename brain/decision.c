/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/decision.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/id.h"

#define QUOTE_BYTES 400     /* enough to recognise the item, which stands in full in the same document */
#define SENTENCE_BYTES 1000 /* root_cause and command */
#define EXPLANATION_BYTES 4000

void decision_free(struct decision *decision)
{
    json_decref(decision->parameters);
    strbuf_free(&decision->root_cause);
    strbuf_free(&decision->explanation);
    strbuf_free(&decision->command);
    json_decref(decision->evidence);
    json_decref(decision->model);
    *decision = (struct decision){0};
}

/* Names and details come from the cluster, explanations from a model: made safe to show, and bounded. */
static json_t *shown(const struct strbuf *text, size_t max_bytes)
{
    return text->len ? json_text(text->data, text->len, max_bytes) : json_null();
}

static json_t *actions(const struct facts *facts, const struct decision *decision)
{
    char id[ID_SIZE];
    json_t *all = json_array();
    if (!decision->action)
        return all;
    AUTO_FREE char *lap = xasprintf("%d", facts->incident->lap);
    id_derive(id, 'a', facts->incident->id, lap, "0", NULL);
    json_t *made = json_pack("{s:s, s:s, s:O}", "type", decision->action, "id", id, "target", facts->target);
    json_object_update(made, decision->parameters);
    json_array_append_new(all, made);
    return all;
}

json_t *decision_section(const struct facts *facts, const struct decision *decision)
{
    char at[CLOCK_RFC3339_SIZE];
    clock_rfc3339(clock_now_ms(), at);
    json_t *section = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:s?, s:O?}", "at", at, "intent",
        intent_name(decision->intent), "status", status_name(decision->status), "root_cause",
        shown(&decision->root_cause, SENTENCE_BYTES), "explanation",
        shown(&decision->explanation, EXPLANATION_BYTES), "actions", actions(facts, decision), "command",
        shown(&decision->command, SENTENCE_BYTES), "evidence",
        decision->evidence ? json_incref(decision->evidence) : json_array(), "source", decision->source,
        "rule", decision->rule, "review", decision->review, "model", decision->model);
    return section;
}

void decision_quote(struct decision *decision, const json_t *item, const char *quote, size_t len,
                    const char *shows)
{
    const char *ref = json_string_at(item, "ref");
    if (!ref)
        return;
    if (!decision->evidence)
        decision->evidence = json_array();
    json_t *made = json_pack("{s:s, s:o}", "ref", ref, "quote", json_text(quote, len, QUOTE_BYTES));
    if (shows)
        json_object_set_new(made, "shows", json_text(shows, strlen(shows), QUOTE_BYTES));
    json_array_append_new(decision->evidence, made);
}
