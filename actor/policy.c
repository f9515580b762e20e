/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/policy.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/quantity.h"

#define NAMESPACE_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define NAMESPACE_BYTES 63

static const char *const modes[] = {"observe", "review", "auto", NULL}; /* in the order of enum mode */

const struct option policy_option_rows[] = {
    {.key = "policy.mode",
     .type = OPTION_CHOICE,
     .offset = offsetof(struct policy, mode),
     .fallback = "auto",
     .choices = modes,
     .help = "The most that AegiOps may do anywhere: observe says what it would do and sends nothing that "
             "writes, review "
             "dry-runs and proposes, auto acts."},
    {.key = "policy.protected_namespaces",
     .type = OPTION_LIST,
     .offset = offsetof(struct policy, protected_namespaces),
     .fallback =
         "kube-system,kube-public,kube-node-lease,argocd,flux-system,cert-manager,istio-system,monitoring,"
         "ingress-nginx,aegiops",
     .help = "Namespaces in which nothing is ever changed. A list of your own replaces the default one."},
    {.key = "policy.namespaces",
     .type = OPTION_MAP,
     .offset = offsetof(struct policy, namespaces),
     .help = "The most that AegiOps may do in a namespace: observe, review or auto."},
    {.key = "policy.actions",
     .type = OPTION_MAP,
     .offset = offsetof(struct policy, actions),
     .help = "The most that AegiOps may do of an action (delete_pod, rollback, set_resources): observe, "
             "review or auto. What "
             "is not listed is auto where the facts plainly support it, else review."},
    {.key = "policy.max_memory",
     .type = OPTION_STRING,
     .offset = offsetof(struct policy, max_memory),
     .fallback = "8Gi",
     .help = "No memory limit is raised above this quantity."},
};
const size_t policy_option_count = COUNT_OF(policy_option_rows);

static int check_mode(const char *key, const struct option_pair *pair, struct error *err)
{
    return mode_from(pair->value) >= 0
               ? 0
               : fail(err, ERROR_FATAL, "%s: %s.%s: \"%s\" is no mode; use observe, review or auto",
                      pair->origin, key, pair->name, pair->value);
}

static int check_namespace(const struct option_pair *pair, struct error *err)
{
    size_t len = strlen(pair->name);
    if (len == 0 || len > NAMESPACE_BYTES || strspn(pair->name, NAMESPACE_CHARACTERS) != len)
        return fail(err, ERROR_FATAL,
                    "%s: policy.namespaces: \"%s\" is no name of a namespace (a-z, 0-9 and -)", pair->origin,
                    pair->name);
    return check_mode("policy.namespaces", pair, err);
}

static int check_action(const struct option_pair *pair, struct error *err)
{
    AUTO_STRBUF known = {0};
    if (action_find(pair->name))
        return check_mode("policy.actions", pair, err);
    for (size_t i = 0; actions[i]; i++)
        strbuf_printf(&known, "%s%s", i ? ", " : "", actions[i]->type);
    return fail(err, ERROR_FATAL, "%s: policy.actions: unknown action \"%s\"; there are %s", pair->origin,
                pair->name, strbuf_text(&known));
}

int policy_check(const struct policy *policy, struct error *err)
{
    for (size_t i = 0; i < policy->namespaces.count; i++)
        if (check_namespace(&policy->namespaces.pairs[i], err))
            return -1;
    for (size_t i = 0; i < policy->actions.count; i++)
        if (check_action(&policy->actions.pairs[i], err))
            return -1;
    if (policy_max_memory(policy) <= 0)
        return fail(err, ERROR_FATAL, "policy.max_memory: \"%s\" is no quantity above 0; write it like 8Gi",
                    policy->max_memory);
    return 0;
}

int64_t policy_max_memory(const struct policy *policy)
{
    return quantity_read(policy->max_memory);
}

/* Lowers the mode; the first of equals is told. */
static void limit(struct outcome *outcome, enum mode mode, const char *what, const char *origin)
{
    if (mode >= outcome->mode)
        return;
    outcome->mode = mode;
    strbuf_clear(&outcome->mode_from);
    strbuf_printf(&outcome->mode_from, "%s%s%s", what, *origin ? ", " : "", origin);
}

static const struct option_pair *find(const struct option_map *map, const char *name)
{
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->pairs[i].name, name) == 0)
            return &map->pairs[i];
    return NULL;
}

static void limit_by(struct outcome *outcome, const struct option_pair *pair, const char *key)
{
    AUTO_FREE char *what = xasprintf("%s.%s", key, pair->name);
    int mode = mode_from(pair->value);
    limit(outcome, mode < 0 ? MODE_OBSERVE : (enum mode)mode, what, pair->origin);
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

int policy_rule(const struct policy *policy, const struct order *order, struct outcome *outcome)
{
    const struct option_pair *of_namespace = find(&policy->namespaces, order->ns);
    const struct option_pair *of_action = find(&policy->actions, order->action->type);
    outcome->mode = MODE_AUTO;
    strbuf_clear(&outcome->mode_from);
    limit(outcome, (enum mode)policy->mode, "policy.mode", "");
    if (of_namespace)
        limit_by(outcome, of_namespace, "policy.namespaces");
    if (of_action)
        limit_by(outcome, of_action, "policy.actions");
    else if (!order->action->is_plain(order))
        limit(outcome, MODE_REVIEW, "the facts do not plainly support it", "");
    if (!rests_on_facts(order->incident))
        limit(outcome, MODE_REVIEW, "no evidence that the API server vouches for", "");
    if (option_list_has(&policy->protected_namespaces, order->ns))
        return outcome_settle(outcome, RESULT_REFUSED,
                              "the namespace %s is protected (policy.protected_namespaces)", order->ns);
    return 0;
}
