/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a model is asked to answer, as schemas, and reading what it says. Schemas are in the form of Gemini's responseSchema: types in capitals,
 * propertyOrdering, everything required, no bounds, no numbers (https://ai.google.dev/api/caching#Schema). Reading believes nothing but the
 * shape; whether it may be followed is vet.h's. Pure.
 */
#pragma once

#include "common/base/error.h"
#include "common/base/json.h"

/* What is to be answered. */
enum task {
    TASK_DECIDE,  /* a case that no rule settles */
    TASK_EXPLAIN, /* a case that a rule settled, in plain words */
    TASK_REPLY,   /* a request in plain words */
    TASK_COUNT,
};

#define ANSWER_MOST_BYTES (64 * 1024) /* 4096 tokens are some 16 KB */
#define ANSWER_MOST_ITEMS 8

/* The schema for a task; where an action may be chosen, its ids beside CANDIDATE_NONE. A new reference. */
json_t *answer_schema(enum task task, const char *const *ids, size_t count);

/* The JSON value in what a model said: one fence around it is taken off, and what stands behind it is an error. It has all
 * members of the schema, of the right types, every word of an enum as it is spelled there; members that are unknown are dropped. A new
 * reference, or NULL + ERROR_REJECT in words for the model. */
json_t *answer_read(const json_t *schema, const char *text, struct error *err);

/* For people: what a root cause or a need means, after "the cause is" and "it would help to know". "" = unknown word. */
const char *answer_cause_words(const char *cause);
const char *answer_need_words(const char *need);
