/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/spent.h"

#include <pthread.h>
#include <stdlib.h>

#include "brain/model/known.h"
#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/runtime/metrics.h"

#define DAY_MS (24LL * 3600 * 1000)
#define BYTES_PER_TOKEN 3 /* of English and JSON, rather too few */

struct spent {
    long most; /* 0 = no limit */
    pthread_mutex_t lock;
    int64_t day; /* since the epoch */
    long long tokens;
};

struct spent *spent_new(long daily_tokens)
{
    struct spent *spent = xcalloc(1, sizeof *spent);
    *spent = (struct spent){.most = daily_tokens, .lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER};
    return spent;
}

void spent_free(struct spent *spent)
{
    if (!spent)
        return;
    pthread_mutex_destroy(&spent->lock);
    free(spent);
}

/* Under the lock. A clock that is set back does not give the day anew. */
static void begin_day(struct spent *spent)
{
    int64_t today = clock_now_ms() / DAY_MS;
    if (today > spent->day)
        spent->tokens = 0;
    spent->day = today > spent->day ? today : spent->day;
}

int spent_may(struct spent *spent, struct error *err)
{
    pthread_mutex_lock(&spent->lock);
    begin_day(spent);
    int used_up = spent->most && spent->tokens >= spent->most;
    pthread_mutex_unlock(&spent->lock);
    if (used_up)
        return fail(
            err, ERROR_REJECT,
            "the tokens of the day are spent (gemini.daily_tokens: %ld); there are new ones at 00:00 UTC",
            spent->most);
    return 0;
}

static void count_tokens(const char *model, const char *kind, long long amount)
{
    AUTO_FREE char *labels = xasprintf("model=\"%s\",kind=\"%s\"", model, kind);
    metric_add(metric_counter(
                   "aegiops_model_tokens_total", labels,
                   "Tokens, as the service counts them; those from its cache are among those of the prompt."),
               amount);
}

/* The price is that of the model that answered, if that is known. */
static void count_money(const char *model, const struct heard *heard)
{
    long long answer = heard->answer_tokens + heard->thought_tokens;
    long long cost =
        known_cost(heard->version, clock_now_ms(), heard->prompt_tokens, heard->cached_tokens, answer);
    if (!cost)
        cost = known_cost(model, clock_now_ms(), heard->prompt_tokens, heard->cached_tokens, answer);
    if (!cost)
        return;
    AUTO_FREE char *labels = xasprintf("model=\"%s\"", model);
    metric_add(
        metric_counter("aegiops_model_cost_microdollars_total", labels,
                       "What the tokens cost by the list price of the paid tier, in millionths of a dollar."),
        cost);
}

void spent_add(struct spent *spent, const char *model, const struct heard *heard, size_t asked_bytes)
{
    long long told = heard->prompt_tokens + heard->answer_tokens + heard->thought_tokens;
    pthread_mutex_lock(&spent->lock);
    begin_day(spent);
    spent->tokens += told ? told : (long long)(asked_bytes / BYTES_PER_TOKEN);
    pthread_mutex_unlock(&spent->lock);
    if (!told)
        return;
    count_tokens(model, "prompt", heard->prompt_tokens);
    count_tokens(model, "answer", heard->answer_tokens);
    count_tokens(model, "thought", heard->thought_tokens);
    count_tokens(model, "cached", heard->cached_tokens);
    count_money(model, heard);
}
