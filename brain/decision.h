/* SPDX-License-Identifier: Apache-2.0 */
/* A decision in the making: rules and models fill it, decision_section() writes it. Not for two threads at once. */
#pragma once

#include "brain/facts.h"
#include "common/schema/intent.h"

#define SOURCE_RULE "rule"
#define SOURCE_MODEL "model"
#define SOURCE_FALLBACK "fallback"

struct decision {
    enum intent intent;
    enum status status;
    const char *action; /* ACTION_…; NULL = nothing to do to the cluster */
    json_t *parameters; /* of the action: its own fields, as actions.h has them; NULL without an action */
    struct strbuf root_cause;  /* one sentence */
    struct strbuf explanation; /* plain words for people */
    struct strbuf command;     /* what a person would run; empty = nothing */
    json_t *evidence;          /* as decided.evidence; NULL = nothing is quoted */
    const char *source;        /* SOURCE_… */
    const char *rule;          /* name of the rule that spoke, or passed it on */
    const char *review;        /* why a person has to look at it first; NULL = no more than policy wants */
    json_t *model;             /* as decided.model; NULL = none was asked */
};

/* Releases what it holds; the texts that are borrowed (action, source, rule, review) must outlive it. */
#define AUTO_DECISION __attribute__((cleanup(decision_free))) struct decision
void decision_free(struct decision *decision);

/* The decided section as incident.h defines it, texts made safe to show and cut; the action gets its id. A new reference. */
json_t *decision_section(const struct facts *facts, const struct decision *decision);

/* Adds a quote from an item of evidence, cut to what suffices to recognise it; shows may be NULL. Without effect where the item
 * has no ref. */
void decision_quote(struct decision *decision, const json_t *item, const char *quote, size_t len,
                    const char *shows);
