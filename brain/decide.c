/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/decide.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "brain/rules.h"
#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/base/log.h"
#include "common/runtime/metrics.h"
#include "common/schema/orphan.h"

#define QUOTE_BYTES 400     /* enough to recognise the item, which stands in full in the same document */
#define SENTENCE_BYTES 1000 /* root_cause and command */
#define EXPLANATION_BYTES 4000

#define AUTO_DECISION __attribute__((cleanup(decision_free))) struct decision

static void decision_free(struct decision *decision)
{
    strbuf_free(&decision->root_cause);
    strbuf_free(&decision->explanation);
    strbuf_free(&decision->command);
    json_decref(decision->parameters);
}

/* Names and details come from the cluster: made safe to show, and bounded. */
static json_t *shown(const struct strbuf *text, size_t max_bytes)
{
    return text->len ? json_text(text->data, text->len, max_bytes) : json_null();
}

static json_t *action(const struct facts *facts, const struct rule *rule, json_t *parameters)
{
    char id[ID_SIZE];
    AUTO_FREE char *lap = xasprintf("%d", facts->incident->lap);
    id_derive(id, 'a', facts->incident->id, lap, "0", NULL);
    json_t *made = json_pack("{s:s, s:s, s:O}", "type", rule->action, "id", id, "target", facts->target);
    json_object_update(made, parameters);
    return made;
}

static json_t *actions(const struct facts *facts, const struct rule *rule, json_t *parameters)
{
    json_t *all = json_array();
    if (rule->action)
        json_array_append_new(all, action(facts, rule, parameters));
    return all;
}

static int rests_on(const struct rule *rule, const json_t *item)
{
    for (size_t i = 0; i < RULE_MAX_KINDS && rule->rests_on[i]; i++)
        if (facts_vouches(item, rule->rests_on[i]))
            return 1;
    return 0;
}

static json_t *evidence(const struct facts *facts, const struct rule *rule)
{
    json_t *all = json_array();
    for (size_t i = 0; i < json_array_size(facts->evidence); i++) {
        const json_t *item = json_array_get(facts->evidence, i);
        const char *ref = json_string_value(json_object_get(item, "ref"));
        const json_t *text = json_object_get(item, "text");
        if (ref && json_is_string(text) && rests_on(rule, item))
            json_array_append_new(
                all, json_pack("{s:s, s:o}", "ref", ref, "quote",
                               json_text(json_string_value(text), json_string_length(text), QUOTE_BYTES)));
    }
    return all;
}

static json_t *section(const struct facts *facts, const struct rule *rule, const struct decision *decision)
{
    char at[CLOCK_RFC3339_SIZE];
    clock_rfc3339(clock_now_ms(), at);
    return json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:s}", "at", at, "intent", intent_name(rule->intent),
        "status", status_name(rule->status), "root_cause", shown(&decision->root_cause, SENTENCE_BYTES),
        "explanation", shown(&decision->explanation, EXPLANATION_BYTES), "actions",
        actions(facts, rule, decision->parameters), "command", shown(&decision->command, SENTENCE_BYTES),
        "evidence", evidence(facts, rule), "source", "rule", "rule", rule->name);
}

json_t *decide(const struct incident *incident, size_t *rule)
{
    struct facts facts;
    AUTO_DECISION decision = {0};
    facts_read(&facts, incident);
    size_t picked = rules_pick(&facts);
    rules[picked]->settle(&facts, &decision);
    if (rule)
        *rule = picked;
    return section(&facts, rules[picked], &decision);
}

/* One counter a rule, as intent and status go with the rule. */
static struct metric **counters;

static void make_counters(void)
{
    counters = xcalloc(rule_count, sizeof(struct metric *));
    for (size_t i = 0; i < rule_count; i++) {
        AUTO_FREE char *labels =
            xasprintf("rule=\"%s\",status=\"%s\"", rules[i]->name, status_name(rules[i]->status));
        counters[i] = metric_counter("aegiops_decisions_total", labels, "Decisions, by the rule that spoke.");
    }
}

static void tell(size_t rule)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_counters);
    metric_add(counters[rule], 1);
    log_info("decided", "rule", rules[rule]->name, "status", status_name(rules[rule]->status), "action",
             rules[rule]->action ? rules[rule]->action : ACTION_NONE, NULL);
}

static int run(void *context, const struct record *in, struct outbox *out, struct error *err)
{
    (void)context;
    AUTO_INCIDENT incident = {0};
    AUTO_STRBUF document = {0};
    size_t rule;
    if (incident_read(in->value, in->len, &incident, err) || incident_due(&incident, SECTION_DECIDED, err))
        return -1;
    log_context(incident.id, decide_stage.name);
    incident_append(&document, in->value, in->len, SECTION_DECIDED, decide(&incident, &rule));
    AUTO_FREE char *id = incident_event_id(incident.id, incident.lap);
    outbox_add(out, TOPIC_DECISIONS, incident.key, id, in->traceparent, document.data, document.len);
    tell(rule);
    return 0;
}

/* The record is unreadable, but its key may still tell people where to look. */
static void give_up(void *context, const struct record *in, const struct error *why, struct outbox *out)
{
    (void)context;
    char id[ID_SIZE];
    AUTO_STRBUF document = {0};
    if (!*in->key)
        return;
    orphan_write(&document, id, in->key, in->value, in->len, decide_stage.name, why);
    AUTO_FREE char *event_id = incident_event_id(id, 1);
    outbox_add(out, TOPIC_DECISIONS, in->key, event_id, in->traceparent, document.data, document.len);
}

static const enum topic inputs[] = {TOPIC_INCIDENTS};

const struct stage decide_stage = {
    .name = "decide",
    .process = "brain",
    .inputs = inputs,
    .input_count = COUNT_OF(inputs),
    .run = run,
    .give_up = give_up,
};
