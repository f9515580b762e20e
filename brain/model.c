/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model.h"

#include <stdlib.h>
#include <string.h>

#include "brain/model/call.h"
#include "brain/model/endpoint.h"
#include "brain/model/roster.h"
#include "brain/model/spent.h"
#include "brain/model/tell.h"
#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/base/text.h"
#include "common/runtime/process.h"

#define CALLS_MOST 3        /* for one question */
#define CALL_LEAST_MS 1000  /* with less time left, no call is begun */
#define BACKOFF_MS 1000     /* at most, before the second call; twice that before the third */
#define ANSWER_TOKENS 4096L /* thoughts included; three times what an answer takes */

struct model {
    const struct model_options *options;
    struct endpoint *endpoint;
    struct roster *roster;
    struct spent *spent;
    struct versions *versions;
};

struct model *model_new(const struct model_options *options)
{
    struct model *model = xcalloc(1, sizeof *model);
    *model = (struct model){.options = options, .endpoint = endpoint_new(options)};
    if (model_is_off(model)) {
        tell_up(0);
        return model;
    }
    model->roster = roster_new(options);
    model->spent = spent_new(options->daily_tokens);
    model->versions = versions_new();
    if (endpoint_fault(model->endpoint))
        roster_out(model->roster, endpoint_fault(model->endpoint));
    return model;
}

void model_free(struct model *model)
{
    if (!model)
        return;
    endpoint_free(model->endpoint);
    roster_free(model->roster);
    spent_free(model->spent);
    versions_free(model->versions);
    free(model);
}

const char *model_is_off(const struct model *model)
{
    if (model->options->tier == MODEL_TIER_NONE)
        return "gemini.tier is none: no model is asked";
    return endpoint_is_off(model->endpoint);
}

void reply_free(struct reply *reply)
{
    free(reply->answer);
    free(reply->model);
    free(reply->version);
    *reply = (struct reply){0};
}

/* One question on its way through calls and models. */
struct asking {
    struct model *model;
    struct http *http;
    const struct question *question;
    struct reply *out;
    struct error *err; /* of the last call */
    int64_t begin_ms;
    size_t at; /* the model whose turn it is */
    int calls; /* of all models */
    /* Of this model: */
    int has_waited, is_longer, is_mended;
    char *answer, *complaint; /* see struct call */
};

enum next { NEXT_CALL, NEXT_DONE, NEXT_NEVER };

static void forget_answer(struct asking *asking)
{
    free(STEAL(asking->answer));
    free(STEAL(asking->complaint));
}

static long left_ms(const struct asking *asking)
{
    return (long)(asking->question->until_ms - clock_monotonic_ms());
}

/* 1, or 0 where there is no time for it and a call after it. */
static int wait_ms(const struct asking *asking, long ms)
{
    if (ms + CALL_LEAST_MS > left_ms(asking))
        return 0;
    clock_sleep_ms(ms);
    return 1;
}

/* Waits as long as the service asks for, or for a random while, so that not all lanes come back at once. */
static int wait_for_it(struct asking *asking, const struct heard *heard)
{
    long backoff = (long)id_random((uint32_t)(BACKOFF_MS << (asking->calls - 1)) + 1);
    long ms = heard->err.retry_after_ms > backoff ? heard->err.retry_after_ms : backoff;
    int may_be_asked = heard->result == CALL_QUOTA_MINUTE || roster_has(asking->model->roster, asking->at);
    return asking->calls < CALLS_MOST && may_be_asked && wait_ms(asking, ms);
}

static void begin_model(struct asking *asking, size_t at)
{
    asking->at = at;
    asking->has_waited = asking->is_longer = asking->is_mended = 0;
    forget_answer(asking);
}

/* On to the next model that can be asked. */
static int move_on(struct asking *asking)
{
    if (!roster_has(asking->model->roster, asking->at + 1))
        return 0;
    begin_model(asking, asking->at + 1);
    return 1;
}

static enum next next_if(int condition)
{
    return condition ? NEXT_CALL : NEXT_NEVER;
}

/* What passes by itself is waited for once; then, and where waiting takes too long, another model is better. */
static enum next after_congestion(struct asking *asking, const struct heard *heard)
{
    if (!asking->has_waited && wait_for_it(asking, heard)) {
        asking->has_waited = 1;
        return NEXT_CALL;
    }
    return next_if(move_on(asking) || wait_for_it(asking, heard));
}

/* The second try is told what was wrong with the first, if there was one. */
static enum next after_useless(struct asking *asking, const struct heard *heard)
{
    forget_answer(asking);
    if (asking->is_mended)
        return next_if(move_on(asking));
    asking->is_mended = 1;
    if (heard->text) {
        asking->answer = xstrdup(heard->text);
        asking->complaint = xstrdup(heard->err.text);
    }
    return NEXT_CALL;
}

static enum next after_cut(struct asking *asking)
{
    if (asking->is_longer)
        return next_if(move_on(asking));
    asking->is_longer = 1;
    return NEXT_CALL;
}

/* What a workload wrote may be what the service does not want to hear, or what is too much. */
static enum next after_blocked(struct asking *asking)
{
    if (!asking->question->text_of_facts || asking->out->of_facts)
        return next_if(move_on(asking));
    asking->out->of_facts = 1;
    forget_answer(asking);
    return NEXT_CALL;
}

static enum next after(struct asking *asking, const struct call *call, const struct heard *heard)
{
    switch (heard->result) {
    case CALL_OK:
        return NEXT_DONE;
    case CALL_CUT:
        return after_cut(asking);
    case CALL_BLOCKED:
    case CALL_TOO_LONG:
        return after_blocked(asking);
    case CALL_UNUSABLE:
        return after_useless(asking, heard);
    case CALL_THINKING:
    case CALL_FORM:
        return next_if(roster_simplify(asking->model->roster, asking->at, call, heard->result) ||
                       move_on(asking));
    case CALL_QUOTA_MINUTE:
    case CALL_OVERLOADED:
        return after_congestion(asking, heard);
    case CALL_TIMEOUT:
        return next_if(move_on(asking) || wait_for_it(asking, heard));
    case CALL_UNREACHABLE:
        return next_if(wait_for_it(asking, heard));
    case CALL_QUOTA_DAY:
    case CALL_UNKNOWN_MODEL:
    case CALL_BAD_REQUEST:
        return next_if(move_on(asking));
    case CALL_REFUSED:
    case CALL_STOPPED:
        break;
    }
    return NEXT_NEVER;
}

static const char *advice_for(enum call_result result)
{
    switch (result) {
    case CALL_REFUSED:
        return ": look at gemini.api_key, and at the project that it belongs to";
    case CALL_UNKNOWN_MODEL:
        return ": correct gemini.models, or gemini.base_url";
    case CALL_QUOTA_DAY:
        return ": the quota of the day is used up; ask for more, or name another model in gemini.models";
    case CALL_QUOTA_MINUTE:
        return ": the quota of the minute is used up; ask for more, or name another model in gemini.models";
    case CALL_BAD_REQUEST:
        return ": is gemini.base_url right, and gemini.api?";
    default:
        return "";
    }
}

/* Whoever asks takes the last failure for that of the question. */
static void note_failure(const struct asking *asking, const struct call *call, const struct heard *heard)
{
    if (heard->result == CALL_OK)
        return;
    fail(asking->err, heard->result == CALL_STOPPED ? ERROR_RETRY : ERROR_REJECT, "%s: %s%s%s", call->model,
         heard->result == CALL_UNUSABLE ? "no answer that can be used: " : "", heard->err.text,
         advice_for(heard->result));
}

static void shape(const struct asking *asking, struct call *call)
{
    const struct question *question = asking->question;
    *call = (struct call){.system = question->system,
                          .text = asking->out->of_facts ? question->text_of_facts : question->text,
                          .schema = question->schema,
                          .answer = asking->answer,
                          .complaint = asking->complaint,
                          .answer_tokens_most = asking->is_longer ? 2 * ANSWER_TOKENS : ANSWER_TOKENS};
    roster_shape(asking->model->roster, asking->at, call);
    if (asking->is_longer && call->thinking > THINKING_LOW)
        call->thinking = THINKING_LOW;
}

/* An answer that is whole may still be of no use. */
static void check(const struct asking *asking, struct heard *heard)
{
    const struct question *question = asking->question;
    if (heard->result == CALL_OK && question->check(question->context, heard->text, &heard->err)) {
        heard->result = CALL_UNUSABLE;
        text_mend(heard->err.text);
    }
}

static void add_up(const struct asking *asking, const struct call *call, const struct heard *heard)
{
    struct reply *out = asking->out;
    out->prompt_tokens += heard->prompt_tokens;
    out->answer_tokens += heard->answer_tokens;
    out->thought_tokens += heard->thought_tokens;
    int is_worked_on = heard->result <= CALL_UNUSABLE || heard->result == CALL_TIMEOUT;
    spent_add(asking->model->spent, call->model, heard,
              is_worked_on ? strlen(call->system) + strlen(call->text) : 0);
}

static enum next call_once(struct asking *asking)
{
    struct call call;
    AUTO_HEARD heard = {0};
    struct model *model = asking->model;
    long timeout_ms =
        left_ms(asking) < model->options->timeout_ms ? left_ms(asking) : model->options->timeout_ms;
    int64_t begin_ms = clock_monotonic_ms();
    asking->calls++;
    shape(asking, &call);
    call_send(model->endpoint, asking->http, &call, timeout_ms, &heard);
    roster_note(model->roster, asking->at, &heard);
    check(asking, &heard);
    add_up(asking, &call, &heard);
    tell_call(call.model, &heard, asking->is_mended, clock_monotonic_ms() - begin_ms);
    tell_version(model->versions, call.model, heard.version);
    note_failure(asking, &call, &heard);
    if (heard.result == CALL_OK) {
        asking->out->answer = STEAL(heard.text);
        asking->out->model = xstrdup(call.model);
        asking->out->version = xstrdup(heard.version);
    }
    return after(asking, &call, &heard);
}

static int stopped(const struct asking *asking)
{
    return fail(asking->err, ERROR_RETRY, "this process is stopping");
}

/* Whose turn it is: the next that may be asked, if need be after a quota's pause. */
static int choose(struct asking *asking)
{
    struct error err;
    size_t at = asking->at;
    while (roster_take(asking->model->roster, &at, &err)) {
        long ms = err.retry_after_ms + (long)id_random(BACKOFF_MS);
        if (process_stopping())
            return stopped(asking);
        if (!err.retry_after_ms || !wait_ms(asking, ms))
            return asking->calls ? -1 : fail(asking->err, ERROR_REJECT, "%s", err.text);
    }
    if (at != asking->at)
        begin_model(asking, at);
    return 0;
}

/* Whether another call may be begun, and of which model. */
static int may_call(struct asking *asking)
{
    struct model *model = asking->model;
    if (process_stopping())
        return stopped(asking);
    if (asking->calls >= CALLS_MOST)
        return -1;
    if (left_ms(asking) < CALL_LEAST_MS)
        return asking->calls ? -1 : fail(asking->err, ERROR_REJECT, "no time was left to ask the model");
    if (spent_may(model->spent, asking->err)) {
        roster_out(model->roster, asking->err->text);
        return -1;
    }
    return choose(asking);
}

int model_ask(struct model *model, struct http *http, const struct question *question, struct reply *out,
              struct error *err)
{
    *out = (struct reply){0};
    if (model_is_off(model))
        return fail(err, ERROR_REJECT, "%s", model_is_off(model));
    if (endpoint_fault(model->endpoint))
        return fail(err, ERROR_REJECT, "%s", endpoint_fault(model->endpoint));
    struct asking asking = {.model = model,
                            .http = http,
                            .question = question,
                            .out = out,
                            .err = err,
                            .begin_ms = clock_monotonic_ms()};
    enum next next = NEXT_CALL;
    while (next == NEXT_CALL && may_call(&asking) == 0)
        next = call_once(&asking);
    forget_answer(&asking);
    if (next == NEXT_DONE) {
        tell_reply(out, clock_monotonic_ms() - asking.begin_ms);
        return 0;
    }
    reply_free(out);
    text_mend(err->text);
    return -1;
}
