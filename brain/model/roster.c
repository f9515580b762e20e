/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/roster.h"

#include <pthread.h>
#include <stdlib.h>

#include "brain/model/breaker.h"
#include "brain/model/known.h"
#include "brain/model/tell.h"
#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/log.h"

#define HOUR_MS (3600 * 1000LL)
#define DAY_MS (24 * HOUR_MS)
/* UTC: midnight in California, where the day of a quota ends, in winter; in summer an hour after it. */
#define QUOTA_HOUR 8

struct entry {
    const char *name;
    struct breaker breaker;
    int64_t closed_until_ms; /* monotonic: unknown, or out of quota */
    struct error why;        /* of the last failure */
    int thinking;
    enum call_form form;
    int told_unknown, told_wrong;
};

struct roster {
    enum model_api api;
    pthread_mutex_t lock; /* guards what follows */
    struct entry *entries;
    size_t count;
    struct breaker endpoint; /* of all models together: the address, the key */
    struct error why;        /* of its last failure */
    int is_out;
};

struct roster *roster_new(const struct model_options *options)
{
    struct roster *roster = xcalloc(1, sizeof *roster);
    *roster = (struct roster){.api = (enum model_api)options->api,
                              .lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER,
                              .entries = xcalloc(options->models.count, sizeof(struct entry)),
                              .count = options->models.count};
    tell_up(1);
    for (size_t i = 0; i < roster->count; i++)
        roster->entries[i] =
            (struct entry){.name = options->models.items[i],
                           .thinking = known_thinking(options->models.items[i], options->thinking)};
    return roster;
}

void roster_free(struct roster *roster)
{
    if (!roster)
        return;
    pthread_mutex_destroy(&roster->lock);
    free(roster->entries);
    free(roster);
}

static int is_open(const struct entry *entry, int64_t now_ms)
{
    return now_ms >= entry->closed_until_ms && breaker_may(&entry->breaker, now_ms);
}

/* The first from at on that may be asked; count = none. */
static size_t find(const struct roster *roster, size_t at, int64_t now_ms)
{
    if (!breaker_may(&roster->endpoint, now_ms))
        return roster->count;
    while (at < roster->count && !is_open(&roster->entries[at], now_ms))
        at++;
    return at;
}

/* When the first from at on may be asked that only a quota holds back; INT64_MAX = none. */
static int64_t soonest(const struct roster *roster, size_t at, int64_t now_ms)
{
    int64_t soonest_ms = INT64_MAX;
    if (!breaker_may(&roster->endpoint, now_ms))
        return soonest_ms;
    for (; at < roster->count; at++) {
        const struct entry *entry = &roster->entries[at];
        if (breaker_may(&entry->breaker, now_ms) && entry->closed_until_ms < soonest_ms)
            soonest_ms = entry->closed_until_ms;
    }
    return soonest_ms;
}

/* Why none of those from at on can be asked, and when one may. */
static int none(const struct roster *roster, size_t at, int64_t now_ms, struct error *err)
{
    int is_endpoint = !breaker_may(&roster->endpoint, now_ms);
    const struct entry *entry = &roster->entries[at];
    int64_t until_ms = is_endpoint                                        ? roster->endpoint.until_ms
                       : entry->closed_until_ms > entry->breaker.until_ms ? entry->closed_until_ms
                                                                          : entry->breaker.until_ms;
    int64_t first_ms = soonest(roster, at, now_ms);
    const char *why = is_endpoint ? roster->why.text : entry->why.text;
    if (until_ms <= now_ms) /* somebody is just trying whether it works again */
        return fail(err, ERROR_REJECT, "%s", why);
    fail(err, ERROR_REJECT, "%s; it is not asked for another %lld s", why,
         (long long)(until_ms - now_ms + 999) / 1000);
    err->retry_after_ms = first_ms == INT64_MAX ? 0 : (long)(first_ms - now_ms);
    return -1;
}

int roster_take(struct roster *roster, size_t *at, struct error *err)
{
    int64_t now_ms = clock_monotonic_ms();
    pthread_mutex_lock(&roster->lock);
    size_t found = find(roster, *at, now_ms);
    int failed = found < roster->count ? 0 : none(roster, *at, now_ms, err);
    if (!failed) {
        breaker_take(&roster->endpoint, now_ms);
        breaker_take(&roster->entries[found].breaker, now_ms);
        *at = found;
    }
    pthread_mutex_unlock(&roster->lock);
    return failed;
}

int roster_has(struct roster *roster, size_t at)
{
    pthread_mutex_lock(&roster->lock);
    int has = find(roster, at, clock_monotonic_ms()) < roster->count;
    pthread_mutex_unlock(&roster->lock);
    return has;
}

void roster_shape(struct roster *roster, size_t at, struct call *call)
{
    pthread_mutex_lock(&roster->lock);
    const struct entry *entry = &roster->entries[at];
    call->model = entry->name;
    call->thinking = entry->thinking;
    call->form = entry->form;
    pthread_mutex_unlock(&roster->lock);
}

static int64_t until_quota_ms(int64_t now_ms)
{
    int64_t since_ms = (now_ms - QUOTA_HOUR * HOUR_MS) % DAY_MS;
    return DAY_MS - since_ms;
}

static void leave_out(struct entry *entry, int64_t ms, const char *why)
{
    AUTO_FREE char *seconds = xasprintf("%lld", (long long)ms / 1000);
    entry->closed_until_ms = clock_monotonic_ms() + ms;
    log_warn("a model is left out", "model", entry->name, "reason", why, "for_s", seconds, NULL);
}

static void unknown(struct entry *entry, const char *why)
{
    entry->closed_until_ms = clock_monotonic_ms() + HOUR_MS;
    if (!entry->told_unknown)
        log_error("a model is unknown to the service: correct gemini.models", "model", entry->name, "error",
                  why, NULL);
    entry->told_unknown = 1;
}

/* The service answered, be it with a no: its address and our key are good, and the model is there. */
static void works(struct roster *roster, struct entry *entry)
{
    breaker_ok(&roster->endpoint);
    breaker_ok(&entry->breaker);
    entry->told_unknown = entry->told_wrong = 0;
}

/* Whoever has to mend that is not among those who are told of an incident. */
static void wrong(struct entry *entry, const char *why)
{
    if (!entry->told_wrong)
        log_error("the service finds the request itself wrong", "model", entry->name, "error", why, NULL);
    entry->told_wrong = 1;
}

/* Failures of the model alone leave the rest as it is; those of the address or the key are of all models. */
static void learn(struct roster *roster, struct entry *entry, const struct heard *heard)
{
    int64_t now_ms = clock_monotonic_ms();
    switch (heard->result) {
    case CALL_OK:
    case CALL_CUT:
    case CALL_BLOCKED:
    case CALL_TOO_LONG:
        works(roster, entry);
        break;
    case CALL_THINKING:
    case CALL_FORM:
    case CALL_UNUSABLE:
        breaker_ok(&roster->endpoint);
        breaker_leave(&entry->breaker);
        break;
    case CALL_QUOTA_MINUTE:
        breaker_ok(&roster->endpoint);
        breaker_leave(&entry->breaker);
        entry->closed_until_ms = now_ms + heard->err.retry_after_ms;
        break;
    case CALL_QUOTA_DAY:
        breaker_ok(&roster->endpoint);
        breaker_leave(&entry->breaker);
        leave_out(entry, until_quota_ms(clock_now_ms()), heard->err.text);
        break;
    case CALL_UNKNOWN_MODEL:
        breaker_leave(&roster->endpoint);
        breaker_leave(&entry->breaker);
        unknown(entry, heard->err.text);
        break;
    case CALL_BAD_REQUEST:
        wrong(entry, heard->err.text);
        /* fall through */
    case CALL_OVERLOADED:
    case CALL_TIMEOUT:
        breaker_leave(&roster->endpoint);
        breaker_failed(&entry->breaker, now_ms);
        break;
    case CALL_UNREACHABLE:
        breaker_failed(&roster->endpoint, now_ms);
        breaker_leave(&entry->breaker);
        break;
    case CALL_REFUSED:
        breaker_open(&roster->endpoint, now_ms);
        breaker_leave(&entry->breaker);
        break;
    case CALL_STOPPED:
        breaker_leave(&roster->endpoint);
        breaker_leave(&entry->breaker);
        break;
    }
}

/* Under the lock. A pause that a service asked for, and that a question can wait for, is no outage. */
static void go_out(struct roster *roster, const char *why)
{
    if (!roster->is_out)
        log_warn("the model is out", "reason", why, NULL);
    roster->is_out = 1;
    tell_up(0);
}

static void come_back(struct roster *roster, const char *model)
{
    if (roster->is_out)
        log_info("the model answers again", "model", model, NULL);
    roster->is_out = 0;
    tell_up(1);
}

void roster_note(struct roster *roster, size_t at, const struct heard *heard)
{
    pthread_mutex_lock(&roster->lock);
    struct entry *entry = &roster->entries[at];
    learn(roster, entry, heard);
    if (heard->result == CALL_OK)
        come_back(roster, entry->name);
    else if (heard->result != CALL_STOPPED)
        fail(&entry->why, ERROR_REJECT, "%s: %s", entry->name, heard->err.text);
    if (heard->result == CALL_UNREACHABLE || heard->result == CALL_REFUSED)
        roster->why = heard->err;
    if (heard->result != CALL_QUOTA_MINUTE && find(roster, 0, clock_monotonic_ms()) == roster->count)
        go_out(roster, heard->err.text);
    pthread_mutex_unlock(&roster->lock);
}

int roster_simplify(struct roster *roster, size_t at, const struct call *call, enum call_result result)
{
    enum call_form last = roster->api == MODEL_API_OPENAI ? FORM_PLAIN : FORM_JSON;
    pthread_mutex_lock(&roster->lock);
    struct entry *entry = &roster->entries[at];
    int simpler = 0;
    if (result == CALL_THINKING && (simpler = call->thinking != THINKING_OMITTED))
        entry->thinking = call->thinking == THINKING_LOW ? THINKING_OMITTED : THINKING_LOW;
    if (result == CALL_FORM && (simpler = call->form < last))
        entry->form = call->form + 1;
    pthread_mutex_unlock(&roster->lock);
    return simpler;
}

void roster_out(struct roster *roster, const char *why)
{
    pthread_mutex_lock(&roster->lock);
    go_out(roster, why);
    pthread_mutex_unlock(&roster->lock);
}
