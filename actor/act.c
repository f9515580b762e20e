/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/act.h"

#include <stdlib.h>
#include <string.h>

#include "actor/apply.h"
#include "actor/guard.h"
#include "actor/namespace.h"
#include "actor/order.h"
#include "actor/workload.h"
#include "common/base/alloc.h"
#include "common/base/log.h"
#include "common/runtime/metrics.h"
#include "common/runtime/version.h"
#include "common/schema/orphan.h"

#define MOST_LOOKS 5 /* at an object that changes under our hands, before it is left for later */

/* By the policy that holds at this very moment. 0 or 1 = settled. */
static int is_frozen(const struct actor *actor, struct outcome *outcome)
{
    const struct policy *now = policies_take(actor->policies);
    int frozen = control_freezes(actor->control, now, outcome);
    policies_release(actor->policies, now);
    return frozen;
}

/* Whether what policy allows must not be done just now; asked once it is known that it was not done before. 0, 1 = settled,
 * -1 = err. */
static int hold_back(const struct actor *actor, const struct order *order, struct outcome *outcome,
                     struct error *err)
{
    if (is_frozen(actor, outcome) || breaker_stops(actor->policy, order->incident, outcome))
        return 1;
    return reach_check(actor->reach, err) ? -1 : budget_take(actor->budget, actor->policy, order, outcome);
}

/* As far as the mode lets it go. 1 = settled, -1 = err: see apply.h. */
static int carry_out(const struct actor *actor, const struct order *order, const struct plan *plan,
                     struct outcome *outcome, struct error *err)
{
    AUTO_FREE char *words = order->action->words(order);
    const char *from = strbuf_text(&outcome->mode_from);
    if (outcome->mode == MODE_OBSERVE)
        return outcome_settle(outcome, RESULT_NONE, "would %s %s; nothing was sent (mode observe: %s)",
                              order->action->would, words, from);
    int acts = outcome->mode == MODE_AUTO || order->incident->approved;
    int settled = acts ? hold_back(actor, order, outcome, err) : 0;
    if (settled == 0)
        settled = apply_dry_run(actor->kube, order, plan, outcome, err);
    if (settled)
        return settled;
    if (order->incident->approved && seal_compare(order, plan, outcome))
        return 1;
    if (!acts)
        return seal_propose(actor->seal, order, plan, outcome);
    return is_frozen(actor, outcome) ? 1 : apply(actor->kube, order, plan, outcome, err);
}

/* Patches of what belongs to a Helm release. */
static int check_releases(const struct actor *actor, const struct order *order, const struct plan *plan,
                          struct outcome *outcome)
{
    AUTO_FREE char *what = workload_words(order);
    for (size_t i = 0; i < plan->count; i++)
        if (plan->writes[i].before &&
            guard_release(plan->writes[i].before, plan->writes[i].name ? plan->writes[i].name : what,
                          actor->policy->patch_helm_releases, outcome))
            return 1;
    return 0;
}

static int is_stale(const struct error *err)
{
    return err->status == 409 || err->status == 422;
}

/* Nothing has changed since the last write failed: what was refused is so for good, what was not answered may still come. */
static int conclude(const struct error *failed, struct outcome *outcome, struct error *err)
{
    if (!outcome->in_doubt)
        return outcome_settle(outcome, RESULT_FAILED, "the API server refuses: %s", failed->text);
    *err = *failed;
    return -1;
}

/* Plans and carries out; where the object changed in between, or a write may have been done though nobody said so, looks
 * again. */
static int plan_and_carry_out(const struct actor *actor, const struct order *order, struct outcome *outcome,
                              struct error *err)
{
    AUTO_FREE char *version = NULL;
    struct error failed = {0};
    for (int look = 0; look < MOST_LOOKS; look++) {
        AUTO_PLAN plan = {0};
        int settled = order->action->plan(actor->kube, actor->policy, order, &plan, outcome, err);
        if (settled)
            return settled;
        if (version && strcmp(version, plan.version) == 0)
            return conclude(&failed, outcome, err);
        outcome->in_doubt = 0;
        settled = check_releases(actor, order, &plan, outcome);
        if (settled == 0)
            settled = carry_out(actor, order, &plan, outcome, err);
        if (settled > 0 || !(is_stale(err) || outcome->in_doubt))
            return settled;
        failed = *err;
        free(version);
        version = STEAL(plan.version);
    }
    return fail(err, ERROR_RETRY, "%s %s/%s keeps changing while it is worked on", order->kind, order->ns,
                order->name);
}

/* Finds how far the order may go, and goes so far. 1 = settled, -1 = err. */
static int carry_out_within_policy(const struct actor *actor, const struct order *order,
                                   struct outcome *outcome, struct error *err)
{
    AUTO_JSON *around = NULL;
    if (policy_protects(actor->policy, order, outcome))
        return 1;
    int settled = namespace_read(actor->kube, order, &around, outcome, err);
    if (settled)
        return settled;
    policy_rule(actor->policy, order, around, outcome);
    control_limit(actor->control, policy_namespace(order), outcome);
    return plan_and_carry_out(actor, order, outcome, err);
}

int act(const struct actor *actor, const struct incident *incident, struct outcome *outcome,
        struct error *err)
{
    struct order order;
    outcome->mode = (enum mode)actor->policy->mode;
    outcome->approved = incident->approved;
    if (seal_asks_undo(incident)) {
        if (seal_check_undo(actor->seal, incident, outcome))
            return 0;
        seal_turn_round(incident);
    }
    if (order_read(&order, incident, actor->cluster, outcome))
        return 0;
    if (incident->approved && !seal_asks_undo(incident) && seal_check(actor->seal, &order, outcome))
        return 0;
    int settled = carry_out_within_policy(actor, &order, outcome, err);
    if (settled < 0 && outcome->in_doubt)
        wrap(err, "whether it was done is not known");
    budget_settle(actor->budget, order.id,
                  outcome->in_doubt || (settled > 0 && outcome->result == RESULT_DONE));
    seal_undo(actor->seal, &order, outcome);
    return settled < 0 ? -1 : 0;
}

static void tell(const struct outcome *outcome)
{
    AUTO_FREE char *labels =
        xasprintf("result=\"%s\",action=\"%s\"", result_name(outcome->result), outcome->action);
    metric_add(metric_counter("aegiops_outcomes_total", labels, "Outcomes, by result and action."), 1);
    log_info(result_name(outcome->result), "action", outcome->action, "mode", mode_name(outcome->mode),
             "detail", strbuf_text(&outcome->detail), NULL);
}

/* Of what was approved, another event than that of its proposal, which bears the incident's and lap's. */
static char *event_id(const struct record *in, const struct incident *incident)
{
    char approval[ID_SIZE];
    AUTO_FREE char *id = incident_event_id(incident->id, incident->lap);
    if (!incident->approved)
        return STEAL(id);
    return xasprintf("%s.%s", id, id_derive(approval, 'p', in->id ? in->id : "", NULL));
}

/* Writes the document on with its acted section, in the place of the proposal's if it had one. */
static void publish(const struct record *in, const struct incident *incident, const struct outcome *outcome,
                    struct outbox *out)
{
    AUTO_STRBUF document = {0}, before = {0};
    AUTO_FREE char *id = event_id(in, incident);
    struct error err; /* read_approval() has seen that it can be cut */
    if (!incident->approved || incident_cut(&before, in->value, in->len, SECTION_ACTED, &err))
        strbuf_add(&before, in->value, in->len);
    incident_append(&document, before.data, before.len, SECTION_ACTED, outcome_section(outcome));
    outbox_add(out, TOPIC_OUTCOMES, incident->key, id, in->traceparent, document.data, document.len);
    tell(outcome);
}

static int read_approval(const struct record *in, struct incident *out, struct error *err)
{
    AUTO_STRBUF before = {0};
    if (incident_read(in->value, in->len, out, err))
        return -1;
    if (!out->approved)
        return fail(err, ERROR_REJECT, "nobody has approved the document: it belongs to another topic");
    return incident_cut(&before, in->value, in->len, SECTION_ACTED, err);
}

static int read_order(const struct record *in, struct incident *out, struct error *err)
{
    if (in->topic == TOPIC_APPROVALS)
        return read_approval(in, out, err);
    return incident_read(in->value, in->len, out, err) || incident_due(out, SECTION_ACTED, err) ? -1 : 0;
}

static int run(void *context, const struct record *in, struct outbox *out, struct error *err)
{
    AUTO_INCIDENT incident = {0};
    AUTO_OUTCOME outcome = outcome_begin();
    if (read_order(in, &incident, err))
        return -1;
    log_context(incident.id, act_stage.name);
    struct actor actor = *(const struct actor *)context;
    actor.policy = policies_take(actor.policies);
    int failed = act(&actor, &incident, &outcome, err);
    policies_release(actor.policies, actor.policy);
    if (failed)
        return -1;
    publish(in, &incident, &outcome, out);
    return 0;
}

/* The API server was away for too long: not now, and the observer begins another lap. Or it kept forbidding what
 * the actor needs, and has been well for a while (one that has just started forbids everything); or the record around a readable
 * decision is not as it must be: those never will work. */
static void leave_undone(const struct actor *actor, const struct record *in, const struct incident *incident,
                         const struct error *why, struct outbox *out)
{
    AUTO_OUTCOME outcome = outcome_begin();
    struct order order;
    const struct policy *policy = policies_take(actor->policies);
    outcome.mode = (enum mode)policy->mode;
    policies_release(actor->policies, policy);
    order_read(&order, incident, actor->cluster, &outcome);
    if (why->status == 403 && reach_is_settled(actor->reach))
        outcome_settle(&outcome, RESULT_FAILED, "the actor lacks a right: %s", why->text);
    else if (why->kind == ERROR_RETRY)
        outcome_settle(&outcome, RESULT_DEFERRED, "%s", why->text);
    else
        outcome_settle(&outcome, RESULT_FAILED, "nothing was done: %s", why->text);
    publish(in, incident, &outcome, out);
}

static void publish_orphan(const struct record *in, const struct error *why, struct outbox *out)
{
    char id[ID_SIZE];
    AUTO_STRBUF document = {0}, complete = {0};
    AUTO_OUTCOME outcome = outcome_begin();
    orphan_write(&document, id, in->key, in->value, in->len, act_stage.name, why);
    outcome_settle(&outcome, RESULT_FAILED,
                   "the decision or approval could not be read, nothing was done: %s", why->text);
    incident_append(&complete, document.data, document.len, SECTION_ACTED, outcome_section(&outcome));
    AUTO_FREE char *event_id = incident_event_id(id, 1);
    outbox_add(out, TOPIC_OUTCOMES, in->key, event_id, in->traceparent, complete.data, complete.len);
    tell(&outcome);
}

static void give_up(void *context, const struct record *in, const struct error *why, struct outbox *out)
{
    AUTO_INCIDENT incident = {0};
    struct error unreadable;
    if (in->value && read_order(in, &incident, &unreadable) == 0)
        leave_undone(context, in, &incident, why, out);
    else if (*in->key)
        publish_orphan(in, why, out);
}

static void *open_hands(void *shared, struct error *err)
{
    (void)err;
    struct actor *actor = xmalloc(sizeof *actor);
    *actor = *(const struct actor *)shared;
    for (const struct follower *const *follower = actor->followers; *follower; follower++)
        follow_wait(*follower);
    actor->kube = kube_open(actor->server, "aegiops-actor/" AEGIOPS_VERSION);
    return actor;
}

static void close_hands(void *context)
{
    struct actor *actor = context;
    kube_close(actor->kube);
    free(actor);
}

static const enum topic inputs[] = {TOPIC_DECISIONS, TOPIC_APPROVALS};

const struct stage act_stage = {
    .name = "act",
    .process = "actor",
    .inputs = inputs,
    .input_count = COUNT_OF(inputs),
    .run = run,
    .give_up = give_up,
    .open = open_hands,
    .close = close_hands,
};
