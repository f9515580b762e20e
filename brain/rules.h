/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules: an ordered table, of which the first that applies settles the incident. One file each below
 * rules/. A rule is pure and looks at nothing but the facts; the parameters of its action come from facts,
 * never from text.
 */
#pragma once

#include "brain/facts.h"
#include "common/schema/intent.h"

#define RULE_MAX_KINDS 4

/* What a rule says beyond its row. decide() frees it. */
struct decision {
    struct strbuf root_cause;  /* one sentence */
    struct strbuf explanation; /* plain words for people */
    struct strbuf command;     /* what a person would run; empty = nothing */
    json_t
        *parameters; /* of the row's action: its own fields, as incident.h has them; NULL without an action */
};

struct rule {
    const char *name;
    enum intent intent;
    enum status status;
    const char *action;                   /* ACTION_…; NULL = nothing to do to the cluster */
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

/* Whether a pod of it can be named, and that this pod is to be replaced: command and parameters. */
int rule_names_pod(const struct facts *facts);
void rule_replace_pod(const struct facts *facts, struct decision *out);

/* The index in rules of the first that applies; the last one always does. */
size_t rules_pick(const struct facts *facts);
