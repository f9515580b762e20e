/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The brain's spine: an incident goes in, the first rule that settles it speaks, a decision comes out. What no rule settles goes
 * on to `questions` as it came, where a language model may be asked (ask.h). Pure but for the time stamp; any lane may run it.
 */
#pragma once

#include "brain/ask/answer.h"
#include "brain/ask/answers.h"
#include "brain/rules.h"
#include "common/runtime/lane.h"
#include "common/schema/incident.h"

/* What all lanes of the process share. */
struct desk {
    const struct model_options *options;
    struct model *model;
    struct answers *answers;
};

/* incidents → decisions, or questions. Its context is the struct desk. */
extern const struct stage decide_stage;

/* What the rules make of it; out is zeroed, and freed by the caller. Returns the rule that spoke. */
const struct rule *decide_by_rules(const struct facts *facts, struct decision *out);

/* What a model would be asked about it. */
enum task decide_task(const struct facts *facts, const struct rule *rule);

/* The same as the decided section for a document: a new reference, never NULL. */
json_t *decide(const struct incident *incident);

/* Writes the record's document with the decision, counts and logs it. */
void decide_publish(const struct record *in, const struct facts *facts, const struct decision *decision,
                    struct outbox *out);

/* As stage.give_up: the record is unreadable, but its key may still tell people where to look. */
void decide_give_up(void *context, const struct record *in, const struct error *why, struct outbox *out);
