/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules: an ordered table, of which the first that applies settles the incident. One file each below
 * rules/. A rule is pure and looks at nothing but the facts; the parameters of its action come from facts,
 * never from text.
 */
#pragma once

#include <stdint.h>

#include "brain/decision.h"

#define RULE_MAX_KINDS 4

struct rule {
    const char *name;
    enum intent intent;
    enum status status;
    const char *action;                   /* ACTION_…; NULL = nothing to do to the cluster */
    int asks;                             /* a language model, where there is one, is asked instead */
    const char *rests_on[RULE_MAX_KINDS]; /* kinds of the K items of evidence that it quotes; NULL ends */
    int (*applies)(const struct facts *facts);
    void (*settle)(const struct facts *facts, struct decision *out);
};

extern const struct rule rule_request_without_model;
extern const struct rule rule_recovered;
extern const struct rule rule_undo_what_made_it_worse;
extern const struct rule rule_free_the_stateful_set;
extern const struct rule rule_laps_exhausted;
extern const struct rule rule_rollback_new_revision;
extern const struct rule rule_raise_memory_limit;
extern const struct rule rule_came_back;
extern const struct rule rule_replace_lone_pod;
extern const struct rule rule_scale_back;
extern const struct rule rule_escalate;

extern const struct rule *const rules[];
extern const size_t rule_count;

/* Whether a pod of it can be named. */
int rule_names_pod(const struct facts *facts);

/* Command and parameters of: replacing that pod; going back to the good template; setting the memory limit. */
void rule_replace_pod(const struct facts *facts, struct decision *out);
void rule_roll_back(const struct facts *facts, struct decision *out);
void rule_set_memory(const struct facts *facts, const char *memory_limit, struct decision *out);

/* Twice the memory limit, in bytes; 0 = there is none to raise: unset, unreadable, too large, or the request is unreadable. */
int64_t rule_doubled_limit(const struct facts *facts);

/* The index in rules of the first that applies; the last one always does. */
size_t rules_pick(const struct facts *facts);
