/* SPDX-License-Identifier: Apache-2.0 */
/* Which language model is asked, how, and how much: the `gemini:` section. */
#pragma once

#include "common/base/error.h"
#include "common/runtime/options.h"

enum model_api {
    MODEL_API_GEMINI, /* generativelanguage.googleapis.com, with an API key */
    MODEL_API_VERTEX, /* the same models through Google Cloud: the pod's own account, or an API key (express mode) */
    MODEL_API_OPENAI, /* chat/completions: vLLM, Ollama, llama.cpp, LiteLLM, and others */
};

/* On what terms the service takes what is sent to it. */
enum model_tier {
    MODEL_TIER_UNKNOWN,
    MODEL_TIER_PAID, /* or a server of one's own: the only tier that gets what workloads wrote */
    MODEL_TIER_FREE, /* Google may read and learn from it */
    MODEL_TIER_NONE, /* nothing is ever sent */
};

/* What the model is asked for beside what no rule settles. */
enum model_explain { MODEL_EXPLAIN_NEVER, MODEL_EXPLAIN_QUESTIONS, MODEL_EXPLAIN_ALWAYS };

enum model_thinking { THINKING_MINIMAL, THINKING_LOW, THINKING_MEDIUM, THINKING_HIGH };

struct model_options {
    int api;                   /* enum model_api */
    char *base_url;            /* "" = that of the API */
    char *api_key;             /* NULL = none */
    char *project, *location;  /* of Google Cloud: "" = none, "global" */
    struct option_list models; /* the first is asked first */
    int tier;                  /* enum model_tier */
    int explain;               /* enum model_explain */
    int thinking;              /* enum model_thinking */
    long lanes;                /* questions at once */
    long deadline_ms;          /* from question to decision */
    long timeout_ms;           /* of one call */
    long daily_tokens;         /* 0 = no limit */
    char *ca_file;             /* "" = the system's authorities */
};

/* The rows of `gemini:`; they fill a struct model_options. */
extern const struct option model_option_rows[];
extern const size_t model_option_count;

/* What rows cannot say: addresses and names. ERROR_FATAL is one line that says what to do. A missing key is no error:
 * model_is_off() says it. */
int model_options_check(const struct model_options *options, struct error *err);

/* Whether the key, if there is one, can be one. ERROR_FATAL says what it is instead, and shows no part of it. */
int model_options_check_key(const struct model_options *options, struct error *err);
