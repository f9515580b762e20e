/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/decide.h"

#include <pthread.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/id.h"
#include "common/base/log.h"
#include "common/runtime/metrics.h"
#include "common/schema/orphan.h"

static int rests_on(const struct rule *rule, const json_t *item)
{
    for (size_t i = 0; i < RULE_MAX_KINDS && rule->rests_on[i]; i++)
        if (facts_vouches(item, rule->rests_on[i]))
            return 1;
    return 0;
}

static void quote_what_it_rests_on(const struct facts *facts, const struct rule *rule, struct decision *out)
{
    for (size_t i = 0; i < json_array_size(facts->evidence); i++) {
        const json_t *item = json_array_get(facts->evidence, i);
        const json_t *text = json_object_get(item, "text");
        if (json_is_string(text) && rests_on(rule, item))
            decision_quote(out, item, json_string_value(text), json_string_length(text), NULL);
    }
}

const struct rule *decide_by_rules(const struct facts *facts, struct decision *out)
{
    const struct rule *rule = rules[rules_pick(facts)];
    *out = (struct decision){.intent = rule->intent,
                             .status = rule->status,
                             .action = rule->action,
                             .source = SOURCE_RULE,
                             .rule = rule->name};
    rule->settle(facts, out);
    quote_what_it_rests_on(facts, rule, out);
    return rule;
}

enum task decide_task(const struct facts *facts, const struct rule *rule)
{
    return facts->request ? TASK_REPLY : rule->asks ? TASK_DECIDE : TASK_EXPLAIN;
}

json_t *decide(const struct incident *incident)
{
    struct facts facts;
    AUTO_DECISION decision = {0};
    facts_read(&facts, incident);
    decide_by_rules(&facts, &decision);
    return decision_section(&facts, &decision);
}

static struct metric *counter(const char *rule, const char *source, enum status status)
{
    AUTO_FREE char *labels =
        xasprintf("rule=\"%s\",source=\"%s\",status=\"%s\"", rule, source, status_name(status));
    return metric_counter("aegiops_decisions_total", labels,
                          "Decisions, by the rule that spoke or passed it on, and who decided.");
}

/* Of what rules decide by themselves, in their order: there are many of those. */
static struct metric **counters;

static void make_counters(void)
{
    counters = xcalloc(rule_count, sizeof(struct metric *));
    for (size_t i = 0; i < rule_count; i++)
        counters[i] = counter(rules[i]->name, SOURCE_RULE, rules[i]->status);
}

static struct metric *counter_of(const struct decision *decision)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_counters);
    if (strcmp(decision->source, SOURCE_RULE) != 0)
        return counter(decision->rule, decision->source, decision->status);
    size_t i = 0;
    while (rules[i]->name != decision->rule)
        i++;
    return counters[i];
}

static void tell(const struct decision *decision)
{
    metric_add(counter_of(decision), 1);
    log_info("decided", "rule", decision->rule, "source", decision->source, "status",
             status_name(decision->status), "action", decision->action ? decision->action : ACTION_NONE,
             NULL);
}

void decide_publish(const struct record *in, const struct facts *facts, const struct decision *decision,
                    struct outbox *out)
{
    AUTO_STRBUF document = {0};
    const struct incident *incident = facts->incident;
    AUTO_FREE char *id = incident_event_id(incident->id, incident->lap);
    incident_append(&document, in->value, in->len, SECTION_DECIDED, decision_section(facts, decision));
    outbox_add(out, TOPIC_DECISIONS, incident->key, id, in->traceparent, document.data, document.len);
    tell(decision);
}

/* What a rule settles without an action may wait for better words; what has one never waits. */
static int is_question(const struct desk *desk, const struct facts *facts, const struct rule *rule)
{
    if (model_is_off(desk->model))
        return 0;
    if (facts->request)
        return desk->options->explain != MODEL_EXPLAIN_NEVER;
    return rule->asks || (desk->options->explain == MODEL_EXPLAIN_ALWAYS && !rule->action);
}

static int run(void *context, const struct record *in, struct outbox *out, struct error *err)
{
    const struct desk *desk = context;
    AUTO_INCIDENT incident = {0};
    AUTO_DECISION decision = {0};
    struct facts facts;
    if (incident_read(in->value, in->len, &incident, err) || incident_due(&incident, SECTION_DECIDED, err))
        return -1;
    log_context(incident.id, decide_stage.name);
    facts_read(&facts, &incident);
    const struct rule *rule = decide_by_rules(&facts, &decision);
    if (!is_question(desk, &facts, rule)) {
        decide_publish(in, &facts, &decision, out);
        return 0;
    }
    AUTO_FREE char *id = incident_event_id(incident.id, incident.lap);
    outbox_add(out, TOPIC_QUESTIONS, incident.key, id, in->traceparent, in->value, in->len);
    log_info("passed on to the model", "rule", rule->name, NULL);
    return 0;
}

void decide_give_up(void *context, const struct record *in, const struct error *why, struct outbox *out)
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
    .give_up = decide_give_up,
};
