/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of one model: what is asked, whatever the API, and what came of it. Each API has a file that writes the one
 * (gemini.h, openai.h) and reads the other; what the service refuses is read by refusal.h.
 */
#pragma once

#include "brain/model/endpoint.h"
#include "brain/model_options.h"
#include "common/base/error.h"
#include "common/base/http.h"
#include "common/base/json.h"
#include "common/base/strbuf.h"

#define THINKING_OMITTED (-1) /* beside enum model_thinking: nothing is said of it */

/* How the model is held to the schema: each for a service that does not take the one before. */
enum call_form {
    FORM_SCHEMA, /* the service holds it to the schema */
    FORM_JSON,   /* the service holds it to JSON; the schema stands in the instructions */
    FORM_PLAIN,  /* the schema stands in the instructions */
};

struct call {
    const char *model;
    const char *system, *text; /* instructions; the case */
    const json_t *schema;      /* as in struct question */
    const char *answer;        /* of the call before, which cannot be used … */
    const char *complaint;     /* … for this reason; both NULL = this is the first */
    enum call_form form;
    int thinking; /* enum model_thinking or THINKING_OMITTED */
    long answer_tokens_most;
};

enum call_result {
    CALL_OK,      /* text is a whole answer */
    CALL_CUT,     /* … one that came to its end too early */
    CALL_BLOCKED, /* the service does not want to hear it, or to say it */
    CALL_UNUSABLE,
    CALL_THINKING, /* the model does not take this level of thinking */
    CALL_FORM,     /* … or this form */
    CALL_TOO_LONG,
    CALL_QUOTA_MINUTE,
    CALL_QUOTA_DAY,
    CALL_OVERLOADED,
    CALL_UNREACHABLE,
    CALL_TIMEOUT,
    CALL_REFUSED, /* the key, the account or the place */
    CALL_UNKNOWN_MODEL,
    CALL_BAD_REQUEST,
    CALL_STOPPED, /* the process is stopping */
};

#define VERSION_SIZE 96

struct heard {
    enum call_result result;
    char *text; /* what the model wrote; NULL = nothing */
    char version
        [VERSION_SIZE]; /* the model as the service named it: letters, digits and ._:/@- only; "" = it did not */
    long long prompt_tokens, answer_tokens, thought_tokens, cached_tokens; /* cached: of the prompt's */
    struct error
        err; /* not of CALL_OK: what it was, for people; with status and retry_after_ms, if the service said so */
};

#define AUTO_HEARD __attribute__((cleanup(heard_free))) struct heard
void heard_free(struct heard *heard);

/* Takes the name of a model that a service gave. */
void heard_version(struct heard *heard, const char *name);

/* A count of tokens as it stands in an answer: none is 0, nonsense is bounded. */
long long heard_count(const json_t *usage, const char *path);

/* The instructions, with the schema in words where the form wants that. */
void call_system(const struct call *call, struct strbuf *out);

/* What is said to a model about an answer that cannot be used. */
void call_complaint(const struct call *call, struct strbuf *out);

/* The answer that is quoted to the model again, cut to what helps. The caller frees it. */
char *call_quote(const struct call *call);

/* Reads what came back, into what begins zeroed. Pure. */
void call_read(enum model_api api, long status, const struct strbuf *body, struct heard *heard);

/* Sends the call and waits for its end, at most timeout_ms; the process' stop flag ends it. heard begins zeroed. The body is
 * logged at debug. */
void call_send(struct endpoint *endpoint, struct http *http, const struct call *call, long timeout_ms,
               struct heard *heard);
