/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/tell.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "brain/model/known.h"
#include "common/base/alloc.h"
#include "common/base/log.h"
#include "common/runtime/metrics.h"

#define PAIRS_MOST 32 /* a service that names itself anew each time is warned of no more than so often */

void tell_up(int is_up)
{
    metric_set(metric_gauge("aegiops_model_up", NULL, "Whether a model can be asked: 1 until none can."),
               is_up);
}

static const char *label_of(enum call_result result, int is_mended)
{
    static const char *const labels[] = {
        [CALL_OK] = "ok",
        [CALL_CUT] = "cut",
        [CALL_BLOCKED] = "blocked",
        [CALL_UNUSABLE] = "unusable",
        [CALL_THINKING] = "bad_request",
        [CALL_FORM] = "bad_request",
        [CALL_TOO_LONG] = "bad_request",
        [CALL_QUOTA_MINUTE] = "quota_minute",
        [CALL_QUOTA_DAY] = "quota_day",
        [CALL_OVERLOADED] = "overloaded",
        [CALL_UNREACHABLE] = "unreachable",
        [CALL_TIMEOUT] = "timeout",
        [CALL_REFUSED] = "refused",
        [CALL_UNKNOWN_MODEL] = "unknown_model",
        [CALL_BAD_REQUEST] = "bad_request",
    };
    return result == CALL_OK && is_mended ? "repaired" : labels[result];
}

void tell_call(const char *model, const struct heard *heard, int is_mended, int64_t took_ms)
{
    metric_add(metric_counter("aegiops_model_milliseconds_total", NULL, "Time that calls of models took."),
               took_ms);
    if (heard->result == CALL_STOPPED)
        return;
    const char *label = label_of(heard->result, is_mended);
    AUTO_FREE char *labels = xasprintf("model=\"%s\",result=\"%s\"", model, label);
    metric_add(metric_counter("aegiops_model_calls_total", labels, "Calls of models, by what came of them."),
               1);
    if (heard->result != CALL_OK)
        log_debug("a call of the model gave no answer that can be used", "model", model, "result", label,
                  "error", heard->err.text, NULL);
}

void tell_reply(const struct reply *reply, int64_t took_ms)
{
    AUTO_FREE char *prompt = xasprintf("%lld", reply->prompt_tokens);
    AUTO_FREE char *answer = xasprintf("%lld", reply->answer_tokens);
    AUTO_FREE char *thought = xasprintf("%lld", reply->thought_tokens);
    AUTO_FREE char *took = xasprintf("%lld", (long long)took_ms);
    log_info("the model answered", "model", reply->model, "version", reply->version, "prompt_tokens", prompt,
             "answer_tokens", answer, "thought_tokens", thought, "took_ms", took, NULL);
}

struct versions {
    pthread_mutex_t lock;
    char *pairs[PAIRS_MOST];
    size_t count;
};

struct versions *versions_new(void)
{
    struct versions *versions = xcalloc(1, sizeof *versions);
    versions->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    return versions;
}

void versions_free(struct versions *versions)
{
    if (!versions)
        return;
    for (size_t i = 0; i < versions->count; i++)
        free(versions->pairs[i]);
    pthread_mutex_destroy(&versions->lock);
    free(versions);
}

/* Whether the pair is new, and notes it. */
static int is_new(struct versions *versions, const char *model, const char *version)
{
    AUTO_FREE char *pair = xasprintf("%s %s", model, version);
    size_t i = 0;
    pthread_mutex_lock(&versions->lock);
    while (i < versions->count && strcmp(versions->pairs[i], pair) != 0)
        i++;
    int is_unheard = i == versions->count && i < PAIRS_MOST;
    if (is_unheard)
        versions->pairs[versions->count++] = STEAL(pair);
    pthread_mutex_unlock(&versions->lock);
    return is_unheard;
}

void tell_version(struct versions *versions, const char *model, const char *version)
{
    if (!*version || known_same(model, version))
        return;
    metric_add(
        metric_counter("aegiops_model_other_version_total", NULL, "Answers of another model than was asked."),
        1);
    if (is_new(versions, model, version))
        log_warn("another model answers than was asked: it may cost more, or answer otherwise", "model",
                 model, "version", version, NULL);
}
