/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/explain.h"

#include "actor/action.h"
#include "common/base/alloc.h"

#define COLUMN 40
#define PROTECTED "policy.protected_namespaces"
#define FREEZE "policy.freeze"

struct explanation {
    struct strbuf certain, if_labelled;
    struct outcome outcome; /* takes the lines that hold for certain */
};

static void add_line(struct strbuf *out, const char *what, const char *says, const char *origin)
{
    strbuf_printf(out, "  %-*s %-8s %s\n", COLUMN, what, says, origin);
}

static void visit(void *context, const struct rule *rule)
{
    struct explanation *it = context;
    add_line(rule->if_labelled ? &it->if_labelled : &it->certain, rule->what, mode_name(rule->mode),
             rule->origin);
    if (!rule->if_labelled)
        policy_limit(&it->outcome, rule);
}

/* What would happen, in one line. */
static void add_answer(const struct policy *policy, const struct place *place, int is_named,
                       const struct outcome *outcome, struct strbuf *out)
{
    const char *from = strbuf_text(&outcome->mode_from);
    strbuf_printf(out, "%s in namespace %s: ", place->action, place->ns);
    if (option_list_has(&policy->protected_namespaces, place->ns))
        strbuf_printf(out, "refused (" PROTECTED ", %s)\n", policy_origin(policy, PROTECTED));
    else if (*from)
        strbuf_printf(out, "%s (%s)\n", mode_name(outcome->mode), from);
    else if (is_named)
        strbuf_puts(out, "auto (a line names it, and none is more careful)\n");
    else
        strbuf_puts(out, "auto where the facts plainly support it, else review (no line says otherwise)\n");
    if (policy->freeze)
        strbuf_printf(out, "Frozen: what is auto is put off (" FREEZE ", %s).\n",
                      policy_origin(policy, FREEZE));
}

static void add_mode(const struct policy *policy, const struct place *place, struct strbuf *out)
{
    struct explanation it = {.outcome = outcome_begin()};
    it.outcome.mode = MODE_AUTO;
    int is_named = policy_each_rule(policy, place, visit, &it);
    add_answer(policy, place, is_named, &it.outcome, out);
    strbuf_printf(out,
                  "\nLines that apply, of which the most careful wins; what rests on nothing that the API "
                  "server vouches for is review at most:\n%s",
                  strbuf_text(&it.certain));
    if (it.if_labelled.len)
        strbuf_printf(out, "Lines that apply too if the namespace has the label:\n%s",
                      strbuf_text(&it.if_labelled));
    strbuf_free(&it.certain);
    strbuf_free(&it.if_labelled);
    outcome_free(&it.outcome);
}

static void add_number(const struct policy *policy, const char *key, long value, struct strbuf *out)
{
    AUTO_FREE char *text = xasprintf("%ld", value);
    add_line(out, key, text, policy_origin(policy, key));
}

/* Whatever the mode: what forbids the action, or puts it off. */
static void add_limits(const struct policy *policy, const char *ns, struct strbuf *out)
{
    strbuf_puts(out, "\nWhat forbids it or puts it off:\n");
    add_line(out, PROTECTED, option_list_has(&policy->protected_namespaces, ns) ? "yes" : "no",
             policy_origin(policy, PROTECTED));
    add_line(out, FREEZE, policy->freeze ? "true" : "false", policy_origin(policy, FREEZE));
    add_number(policy, "policy.max_per_hour.workload", policy->max_per_hour[BUDGET_WORKLOAD], out);
    add_number(policy, "policy.max_per_hour.namespace", policy->max_per_hour[BUDGET_NAMESPACE], out);
    add_number(policy, "policy.max_per_hour.cluster", policy->max_per_hour[BUDGET_CLUSTER], out);
    add_number(policy, "policy.breaker.percent", policy->breaker_percent, out);
    add_number(policy, "policy.breaker.workloads", policy->breaker_workloads, out);
    strbuf_puts(out, "When it acts, the topic control, the annotation aegiops.io/ignore and the target's "
                     "owners are asked, too.\n");
}

int explain(const struct policy *policy, const char *ns, const char *action, struct strbuf *out,
            struct error *err)
{
    AUTO_STRBUF known = {0};
    if (!scope_is_namespace(ns))
        return fail(err, ERROR_FATAL, "\"%.80s\" is no name of a namespace (a-z, 0-9 and -)", ns);
    action_list(&known);
    if (!action_find(action))
        return fail(err, ERROR_FATAL, "unknown action \"%.60s\"; there are %s", action, strbuf_text(&known));
    add_mode(policy, &(struct place){.ns = ns, .action = action}, out);
    add_limits(policy, ns, out);
    return 0;
}
