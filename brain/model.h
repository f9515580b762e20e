/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks a language model: which of the configured ones, in which order, how often, and until when. What it costs is counted and
 * bounded, and a service that is down is left alone for a while. An answer is only bytes here: `check` of the question says
 * whether it can be used. Nothing that comes back is believed by this file.
 */
#pragma once

#include <stdint.h>

#include "brain/model_options.h"
#include "common/base/error.h"
#include "common/base/http.h"
#include "common/base/json.h"

struct question {
    const char *system; /* instructions, the same for all questions */
    const char *text;   /* the case */
    /* The same without anything that a workload wrote: asked instead when the service blocks the first or finds it too long;
     * NULL = none. */
    const char *text_of_facts;
    /* Of the answer, as Gemini's responseSchema has it: types in capitals, propertyOrdering, no bounds. Borrowed. */
    const json_t *schema;
    int64_t until_ms; /* monotonic: no reply is waited for beyond it */
    /* Whether an answer can be used: 0, or -1 and err says what is wrong with it, in words for the model, which gets one more
     * try. */
    int (*check)(void *context, const char *answer, struct error *err);
    void *context;
};

struct reply {
    char *answer;  /* that passed check */
    char *model;   /* as it was asked for … */
    char *version; /* … and as the service named it; "" = it did not */
    int of_facts;  /* text_of_facts was asked */
    long long prompt_tokens, answer_tokens, thought_tokens; /* of all calls that this reply took */
};

/* Releases what it holds and zeroes it. */
void reply_free(struct reply *reply);

struct model;

/* Shared by all model lanes of the process: thread-safe. The options must outlive it. Never NULL; model_free accepts NULL. */
struct model *model_new(const struct model_options *options);
void model_free(struct model *model);

/* NULL when it is to be asked, else one line: why there is none ("gemini.tier is none …", no key …). A model that should be asked
 * and cannot, as its key is no key, is not off: asking it fails, and people hear why. Borrowed. */
const char *model_is_off(const struct model *model);

/* Asks, at most three calls and not beyond until_ms; http is the lane's own handle. 0 and *out, which reply_free() releases.
 * -1: err->text is one line for people (what, and what to do), whatever its kind; ERROR_RETRY when the process was asked to
 * stop, which ends a call within about a second. */
int model_ask(struct model *model, struct http *http, const struct question *question, struct reply *out,
              struct error *err);
