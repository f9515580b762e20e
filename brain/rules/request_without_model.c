/* SPDX-License-Identifier: Apache-2.0 */
/* A person asked in plain words. Rules do not understand plain words, and say so rather than guess. */
#include "brain/rules.h"

static int applies(const struct facts *facts)
{
    return facts->request != NULL;
}

static void settle(const struct facts *facts, struct decision *out)
{
    (void)facts;
    strbuf_puts(&out->root_cause, "A request in plain words needs a language model.");
    strbuf_puts(
        &out->explanation,
        "Answering a request in plain words takes a language model, and none has answered. Nothing was "
        "changed. Incidents that AegiOps detects by itself are settled by rules and need no model.");
}

const struct rule rule_request_without_model = {
    .name = "request_without_model",
    .intent = INTENT_EXPLAIN,
    .status = STATUS_FATAL,
    .asks = 1,
    .applies = applies,
    .settle = settle,
};
