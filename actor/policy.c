/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/policy.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/quantity.h"

#define FIELD(name) .offset = offsetof(struct policy, name), .origins = offsetof(struct policy, origins)

static const char *const modes[] = {"observe", "review", "auto", NULL}; /* in the order of enum mode */

const struct option policy_option_rows[] = {
    {.key = "policy.mode",
     .type = OPTION_CHOICE,
     FIELD(mode),
     .fallback = "auto",
     .choices = modes,
     .help = "The most that AegiOps may do anywhere: observe says what it would do and sends nothing that "
             "writes, review dry-runs and proposes, auto acts."},
    {.key = "policy.freeze",
     .type = OPTION_BOOLEAN,
     FIELD(freeze),
     .fallback = "false",
     .help = "Whether nothing is applied anywhere; proposals are still made."},
    {.key = "policy.protected_namespaces",
     .type = OPTION_LIST,
     FIELD(protected_namespaces),
     .fallback =
         "kube-system,kube-public,kube-node-lease,argocd,flux-system,cert-manager,istio-system,monitoring,"
         "ingress-nginx,aegiops",
     .help = "Namespaces in which nothing is ever changed. A list of your own replaces the default one."},
    {.key = "policy.namespaces",
     .type = OPTION_MAP,
     FIELD(namespaces),
     .choices = modes,
     .help = "The most that AegiOps may do in a namespace (shop), in all with a label (env=prod), or of one "
             "action there (shop/scale, env=prod/scale)."},
    {.key = "policy.actions",
     .type = OPTION_MAP,
     FIELD(actions),
     .choices = modes,
     .help = "The most that AegiOps may do of an action. What no line names is auto where the facts plainly "
             "support it, else review."},
    {.key = "policy.max_memory",
     .type = OPTION_STRING,
     FIELD(max_memory),
     .fallback = "8Gi",
     .help = "No memory limit is raised above this quantity."},
    {.key = "policy.patch_helm_releases",
     .type = OPTION_BOOLEAN,
     FIELD(patch_helm_releases),
     .fallback = "false",
     .help = "Whether what belongs to a Helm release may be patched, though its next upgrade undoes that."},
    {.key = "policy.max_per_hour.workload",
     .type = OPTION_INTEGER,
     FIELD(max_per_hour[BUDGET_WORKLOAD]),
     .fallback = "6",
     .least = 1,
     .most = 100000,
     .help = "How many actions are applied to one workload within an hour."},
    {.key = "policy.max_per_hour.namespace",
     .type = OPTION_INTEGER,
     FIELD(max_per_hour[BUDGET_NAMESPACE]),
     .fallback = "20",
     .least = 1,
     .most = 100000,
     .help = "How many actions are applied in one namespace within an hour."},
    {.key = "policy.max_per_hour.cluster",
     .type = OPTION_INTEGER,
     FIELD(max_per_hour[BUDGET_CLUSTER]),
     .fallback = "60",
     .least = 1,
     .most = 100000,
     .help = "How many actions are applied in the cluster within an hour."},
    {.key = "policy.breaker.percent",
     .type = OPTION_INTEGER,
     FIELD(breaker_percent),
     .fallback = "20",
     .least = 1,
     .most = 100,
     .help = "Nothing is applied while more than so many percent of the workloads fail: 100 is never."},
    {.key = "policy.breaker.workloads",
     .type = OPTION_INTEGER,
     FIELD(breaker_workloads),
     .fallback = "5",
     .least = 1,
     .most = 100000,
     .help = "With fewer failing workloads than these the breaker does not stop anything, whatever their "
             "share."},
};
const size_t policy_option_count = COUNT_OF(policy_option_rows);

void policy_free(struct policy *policy)
{
    const struct option_table tables[] = {{policy_option_rows, policy_option_count, policy}, {NULL, 0, NULL}};
    options_free(tables);
}

const char *policy_origin(const struct policy *policy, const char *key)
{
    const char *origin = option_map_get(&policy->origins, key);
    return origin ? origin : "";
}

static int check_action(const struct option_pair *pair, struct error *err)
{
    AUTO_STRBUF known = {0};
    if (action_find(pair->name))
        return 0;
    action_list(&known);
    return fail(err, ERROR_FATAL, "%s: policy.actions: unknown action \"%.60s\"; there are %s", pair->origin,
                pair->name, strbuf_text(&known));
}

static int check_protected(const struct policy *policy, struct error *err)
{
    for (size_t i = 0; i < policy->protected_namespaces.count; i++)
        if (!scope_is_namespace(policy->protected_namespaces.items[i]))
            return fail(
                err, ERROR_FATAL,
                "%s: policy.protected_namespaces: \"%.80s\" is no name of a namespace (a-z, 0-9 and -)",
                policy_origin(policy, "policy.protected_namespaces"), policy->protected_namespaces.items[i]);
    return 0;
}

int policy_check(const struct policy *policy, struct error *err)
{
    for (size_t i = 0; i < policy->namespaces.count; i++)
        if (scope_check(&policy->namespaces.pairs[i], err))
            return -1;
    for (size_t i = 0; i < policy->actions.count; i++)
        if (check_action(&policy->actions.pairs[i], err))
            return -1;
    if (policy_max_memory(policy) <= 0)
        return fail(err, ERROR_FATAL,
                    "%s: policy.max_memory: \"%s\" is no quantity above 0; write it like 8Gi",
                    policy_origin(policy, "policy.max_memory"), policy->max_memory);
    return check_protected(policy, err);
}

int64_t policy_max_memory(const struct policy *policy)
{
    return quantity_read(policy->max_memory);
}

static enum mode mode_of(const struct option_pair *pair)
{
    int mode = mode_from(pair->value);
    return mode < 0 ? MODE_OBSERVE : (enum mode)mode;
}

int policy_each_rule(const struct policy *policy, const struct place *place,
                     void (*visit)(void *context, const struct rule *rule), void *context)
{
    int is_named = 0;
    visit(context, &(struct rule){.what = "policy.mode",
                                  .mode = (enum mode)policy->mode,
                                  .origin = policy_origin(policy, "policy.mode")});
    for (size_t i = 0; i < policy->namespaces.count; i++) {
        const struct option_pair *pair = &policy->namespaces.pairs[i];
        enum scope_answer answer = scope_holds(pair->name, place);
        AUTO_FREE char *what = xasprintf("policy.namespaces.%s", pair->name);
        if (answer != SCOPE_ELSEWHERE)
            visit(context, &(struct rule){what, mode_of(pair), pair->origin, answer == SCOPE_IF_LABELLED});
        is_named |= answer == SCOPE_HERE && scope_has_action(pair->name);
    }
    for (size_t i = 0; i < policy->actions.count; i++) {
        const struct option_pair *pair = &policy->actions.pairs[i];
        AUTO_FREE char *what = xasprintf("policy.actions.%s", pair->name);
        if (strcmp(pair->name, place->action) != 0)
            continue;
        visit(context, &(struct rule){what, mode_of(pair), pair->origin, 0});
        is_named = 1;
    }
    return is_named;
}

void policy_limit(struct outcome *outcome, const struct rule *rule)
{
    if (rule->mode >= outcome->mode)
        return;
    outcome->mode = rule->mode;
    strbuf_clear(&outcome->mode_from);
    strbuf_printf(&outcome->mode_from, "%s%s%s", rule->what, *rule->origin ? ", " : "", rule->origin);
}

/* Where labels are not known the line holds. */
static void limit(void *context, const struct rule *rule)
{
    policy_limit(context, rule);
}

const char *policy_namespace(const struct order *order)
{
    return strcmp(order->kind, "Namespace") == 0 ? order->name : order->ns;
}

int policy_protects(const struct policy *policy, const struct order *order, struct outcome *outcome)
{
    const char *ns = policy_namespace(order);
    if (!option_list_has(&policy->protected_namespaces, ns))
        return 0;
    return outcome_settle(outcome, RESULT_REFUSED,
                          "the namespace %s is protected (policy.protected_namespaces, %s)", ns,
                          policy_origin(policy, "policy.protected_namespaces"));
}

static int is_vouched_for(const json_t *evidence, const char *ref)
{
    for (size_t i = 0; ref && i < json_array_size(evidence); i++) {
        const char *found = json_string_at(json_array_get(evidence, i), "ref");
        const char *trust = json_string_at(json_array_get(evidence, i), "trust");
        if (found && strcmp(found, ref) == 0)
            return trust && strcmp(trust, "K") == 0;
    }
    return 0;
}

/* Whether the decision rests on at least one item that the API server vouches for. */
static int rests_on_facts(const struct incident *incident)
{
    const json_t *quotes = json_object_get(incident->decided, "evidence");
    const json_t *evidence = json_object_get(incident->observed, "evidence");
    for (size_t i = 0; i < json_array_size(quotes); i++)
        if (is_vouched_for(evidence, json_string_at(json_array_get(quotes, i), "ref")))
            return 1;
    return 0;
}

void policy_rule(const struct policy *policy, const struct order *order, const json_t *around,
                 struct outcome *outcome)
{
    struct place place = {policy_namespace(order), order->action->type, json_at(around, "metadata.labels")};
    json_t *none = json_null(); /* no labels, rather than labels that are not known */
    place.labels = place.labels ? place.labels : none;
    outcome->mode = MODE_AUTO;
    strbuf_clear(&outcome->mode_from);
    int is_named = policy_each_rule(policy, &place, limit, outcome);
    int is_plain = order->action->is_plain && order->action->is_plain(order);
    if (!is_named && !is_plain)
        policy_limit(outcome, &(struct rule){"the facts do not plainly support it", MODE_REVIEW, "", 0});
    if (!rests_on_facts(order->incident))
        policy_limit(outcome,
                     &(struct rule){"no evidence that the API server vouches for", MODE_REVIEW, "", 0});
    const json_t *review = json_object_get(order->incident->decided, "review");
    if (!review || json_is_null(review))
        return;
    const char *why = json_string_value(review);
    AUTO_FREE char *what =
        xasprintf("the decision asks for a person: %.200s", why ? why : "it does not say why");
    policy_limit(outcome, &(struct rule){what, MODE_REVIEW, "", 0});
}
