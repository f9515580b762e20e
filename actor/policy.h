/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy: how far AegiOps may go, by namespace, by label of the namespace, and by action: observe (say what it would do),
 * review (dry-run and propose), auto (do it). The most careful of all that apply wins. Also what stops it everywhere (freeze,
 * breaker) and how much it may do (budgets). Fails closed: an unknown word stops the actor at start, and what policy does not
 * allow is refused.
 */
#pragma once

#include <stdint.h>

#include "actor/order.h"
#include "actor/outcome.h"
#include "actor/scope.h"
#include "common/runtime/options.h"

/* What a budget is for: how much may be done within an hour. */
enum budget_scope { BUDGET_WORKLOAD, BUDGET_NAMESPACE, BUDGET_CLUSTER, BUDGET_SCOPES };

struct policy {
    int mode; /* enum mode */
    int freeze;
    struct option_list protected_namespaces;
    struct option_map namespaces; /* scope.h → mode */
    struct option_map actions;    /* action type → mode */
    char *max_memory;             /* no memory limit is raised above it */
    int patch_helm_releases;
    long max_per_hour[BUDGET_SCOPES];
    long breaker_percent, breaker_workloads; /* stops at more failing than both */
    struct option_map origins;               /* key → where it was set */
};

extern const struct option policy_option_rows[];
extern const size_t policy_option_count;

void policy_free(struct policy *policy);

/* What the rows cannot say: names and quantities. ERROR_FATAL with file and line. */
int policy_check(const struct policy *policy, struct error *err);

/* "aegiops.yaml:12", "--policy-mode", "default": where the value of a key was set. Borrowed. */
const char *policy_origin(const struct policy *policy, const char *key);

/* A line that says how far an action may go. */
struct rule {
    const char *what; /* "policy.namespaces.shop" */
    enum mode mode;
    const char *origin;
    int if_labelled; /* only if the namespace has the label: not known */
};

/* Shows every line that holds in the place, the order of the file's keys. Returns whether one names the action (and surely
 * holds): where none does, it is auto only if the facts plainly support it. */
int policy_each_rule(const struct policy *policy, const struct place *place,
                     void (*visit)(void *context, const struct rule *rule), void *context);

/* The namespace that an order is about: its target's, or the target itself. Borrowed. */
const char *policy_namespace(const struct order *order);

/* 1 = settled: the namespace is protected, and the action refused. 0. */
int policy_protects(const struct policy *policy, const struct order *order, struct outcome *outcome);

/* Finds the mode for the order and what said so. around: the object of its namespace. */
void policy_rule(const struct policy *policy, const struct order *order, const json_t *around,
                 struct outcome *outcome);

/* Lowers the mode of the outcome, and notes what said so; the first of equals is told. */
void policy_limit(struct outcome *outcome, const struct rule *rule);

/* The cap in bytes. */
int64_t policy_max_memory(const struct policy *policy);
