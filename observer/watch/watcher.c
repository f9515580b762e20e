/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/watcher.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/base/log.h"
#include "common/runtime/health.h"
#include "observer/watch/feed.h"

#define BACKOFF_FIRST_MS 800 /* both as the reflectors of client-go have them */
#define BACKOFF_MOST_MS 30000
#define HEALTHY_MS 30000          /* of a watch; there are proxies that cut it off each minute */
#define RETRY_AFTER_MOST_MS 60000 /* the API server asks for 32 s at most */
#define FORBIDDEN_MS 15000        /* people grant a right and expect to see it work */
#define FORBIDDEN_PROOF_MS                                                                                   \
    15000 /* an API server that starts forbids everything until it has read its roles */
#define FORBIDDEN_AGAIN_MS                                                                                   \
    3000                    /* … and is asked so often until that is proved: the other kinds wait for it */
#define SHORT_MS 1000       /* a watch that ends sooner is a fault */
#define SILENT_MS 3000      /* a cut that is over sooner is worth no alarm */
#define STUBBORN_FAILURES 6 /* within about a minute: another version to begin with may help */
#define TEXT_BYTES 128

/* Whether /readyz says that it is cut off: for a reason that may be that of all kinds, or for one of its own. */
enum alarm { ALARM_NONE, ALARM_SHARED, ALARM_OWN };

struct watcher {
    struct feed feed;
    const char *name; /* of the resource */
    char *part;       /* "kube:pods", on /readyz */
    struct server_traits *server;
    unsigned failures;        /* since the last healthy watch, for the pause */
    int64_t opened_ms;        /* when the watch of this round was accepted; 0 = it was not */
    int64_t failing_since_ms; /* 0 = the last watch was accepted */
    int64_t denied_since_ms;  /* 0 = the last failure was another */
    enum alarm alarm;
    struct metric *forbidden;
};

/* What all kinds suffer from is said of the first one, and its end of the last; what concerns one alone, of each. What
 * is to be proved yet (ALARM_NONE) is only shown. */
static void raise_alarm(struct watcher *watcher, enum alarm alarm, const char *why)
{
    atomic_int *alarms = &watcher->server->alarms;
    health_not_ready(watcher->part, why);
    if (alarm <= watcher->alarm)
        return;
    if (watcher->alarm == ALARM_SHARED)
        atomic_fetch_sub(alarms, 1);
    watcher->alarm = alarm;
    if (alarm == ALARM_OWN || atomic_fetch_add(alarms, 1) == 0)
        log_warn("not watching", "kind", watcher->name, "why", why, NULL);
}

static void end_alarm(struct watcher *watcher)
{
    if (watcher->alarm == ALARM_OWN)
        log_info("watching", "kind", watcher->name, NULL);
    else if (watcher->alarm == ALARM_SHARED && atomic_fetch_sub(&watcher->server->alarms, 1) == 1)
        log_info("watching all kinds again", NULL);
    watcher->alarm = ALARM_NONE;
    health_ready(watcher->part);
}

static void on_open(void *context)
{
    struct watcher *watcher = context;
    watcher->opened_ms = clock_monotonic_ms();
    watcher->failing_since_ms = watcher->denied_since_ms = 0;
    metric_set(watcher->forbidden, 0);
    end_alarm(watcher);
}

struct watcher *watcher_open(enum store_kind kind, struct kube_config *config, struct store *store,
                             struct server_traits *server, const volatile int *stop)
{
    struct watcher *watcher = xcalloc(1, sizeof(*watcher));
    watcher->server = server;
    char labels[TEXT_BYTES];
    feed_open(&watcher->feed, kind, config, store, stop);
    watcher->feed.on_open = on_open;
    watcher->feed.context = watcher;
    watcher->name = watched[kind].name;
    watcher->part = xasprintf("kube:%s", watcher->name);
    snprintf(labels, sizeof(labels), "kind=\"%s\"", watcher->name);
    watcher->forbidden =
        metric_gauge("aegiops_watch_forbidden", labels, "1 while the API server forbids to read this kind.");
    health_not_ready(watcher->part, "has not been listed yet");
    return watcher;
}

void watcher_close(struct watcher *watcher)
{
    if (!watcher)
        return;
    feed_close(&watcher->feed);
    free(watcher->part);
    free(watcher);
}

/* ---- One round ---- */

/* Where one kind finds out that lists come in pages only, it is so for all. */
static int list_as_it_can(struct watcher *watcher, struct error *err)
{
    int unsupported = 0;
    if (!atomic_load(&watcher->server->lists_in_pages)) {
        int failed = feed_list_streamed(&watcher->feed, &unsupported, err);
        if (!unsupported)
            return failed;
        if (!atomic_exchange(&watcher->server->lists_in_pages, 1))
            log_info("the API server does not stream lists: reading them in pages", "kind", watcher->name,
                     "why", err->text, NULL);
    }
    return feed_list_paged(&watcher->feed, err);
}

static int list(struct watcher *watcher, struct error *err)
{
    int failed = list_as_it_can(watcher, err);
    if (!failed && watcher->feed.is_json && !atomic_exchange(&watcher->server->speaks_json, 1))
        log_info("the API server has no protobuf: reading JSON, which costs far more CPU time", "kind",
                 watcher->name, NULL);
    return failed;
}

static int follow(struct watcher *watcher, struct error *err)
{
    int64_t began_ms = clock_monotonic_ms();
    if (feed_follow(&watcher->feed, err))
        return -1;
    if (clock_monotonic_ms() - began_ms < SHORT_MS)
        return fail(err, ERROR_RETRY, "the API server ended the watch at once");
    return 0;
}

/* ---- When it failed ---- */

static const char *reason_of(const struct error *err)
{
    switch (err->status) {
    case 0:
        return "lost";
    case 403:
        return "forbidden";
    case 410:
        return "expired";
    case 429:
        return "throttled";
    default:
        return "refused";
    }
}

static void count_restart(const struct watcher *watcher, const char *reason)
{
    char labels[TEXT_BYTES];
    snprintf(labels, sizeof(labels), "kind=\"%s\",reason=\"%s\"", watcher->name, reason);
    metric_add(metric_counter("aegiops_watch_restarts_total", labels, "Watches that ended, by why."), 1);
}

/* Between half and all of the doubling pause: not all watchers come back at one time. */
static int64_t backoff_ms(struct watcher *watcher)
{
    uint32_t pause = BACKOFF_FIRST_MS;
    for (unsigned i = 0; i < watcher->failures && pause < BACKOFF_MOST_MS; i++)
        pause *= 2;
    watcher->failures++;
    pause = pause < BACKOFF_MOST_MS ? pause : BACKOFF_MOST_MS;
    return pause / 2 + id_random(pause / 2 + 1);
}

static int64_t pause_ms(struct watcher *watcher, const struct error *err)
{
    int64_t pause = backoff_ms(watcher);
    if (err->retry_after_ms == 0)
        return pause;
    int64_t asked = err->retry_after_ms < RETRY_AFTER_MOST_MS ? err->retry_after_ms : RETRY_AFTER_MOST_MS;
    return asked + id_random(BACKOFF_FIRST_MS);
}

/* The kind may not be read, or this API server has no such kind. */
static int is_denial(const struct error *err)
{
    return err->status == 403 || err->status == 404;
}

/* Whether the failure of now_ms makes it certain that there is nothing to be had. */
static int is_denied(struct watcher *watcher, const struct error *err, int64_t now_ms)
{
    if (!is_denial(err))
        watcher->denied_since_ms = 0;
    else if (!watcher->denied_since_ms)
        watcher->denied_since_ms = now_ms;
    return is_denial(err) && now_ms - watcher->denied_since_ms >= FORBIDDEN_PROOF_MS;
}

static void do_without(struct watcher *watcher, const char *why)
{
    strbuf_clear(&watcher->feed.version);
    store_set_blind(watcher->feed.store, watcher->feed.kind);
    metric_set(watcher->forbidden, 1);
    raise_alarm(watcher, ALARM_OWN, why);
    if (watched[watcher->feed.kind].is_optional)
        health_ready(watcher->part);
}

/* Whether to begin with a list again: the version is too old, too new, or nothing comes of it. */
static int is_version_spent(const struct watcher *watcher, const struct error *err)
{
    return err->status == 410 || err->status == 504 || watcher->feed.is_unreadable ||
           (err->status >= 500 && watcher->failures >= STUBBORN_FAILURES);
}

static int64_t failed(struct watcher *watcher, struct error *err)
{
    int64_t now_ms = clock_monotonic_ms(), pause = pause_ms(watcher, err);
    count_restart(watcher, reason_of(err));
    if (err->status == 403)
        wrap(err, "grant the observer get, list and watch");
    if (err->status == 404)
        wrap(err, "the API server has no such kind, so what depends on it is not seen");
    if (is_denial(err) && pause > FORBIDDEN_AGAIN_MS)
        pause = FORBIDDEN_AGAIN_MS;
    if (is_version_spent(watcher, err))
        strbuf_clear(&watcher->feed.version);
    if (!watcher->failing_since_ms)
        watcher->failing_since_ms = now_ms;
    if (is_denied(watcher, err, now_ms)) {
        do_without(watcher, err->text);
        return FORBIDDEN_MS;
    }
    if (now_ms - watcher->failing_since_ms >= SILENT_MS)
        raise_alarm(watcher, is_denial(err) ? ALARM_NONE : ALARM_SHARED, err->text);
    return pause;
}

int64_t watcher_round(struct watcher *watcher)
{
    struct error err;
    watcher->opened_ms = 0;
    int has_failed = watcher->feed.version.len == 0 && list(watcher, &err);
    has_failed = has_failed || follow(watcher, &err);
    if (*watcher->feed.stop)
        return 0;
    if (watcher->opened_ms && clock_monotonic_ms() - watcher->opened_ms >= HEALTHY_MS)
        watcher->failures = 0;
    if (has_failed)
        return failed(watcher, &err);
    count_restart(watcher, "ended");
    return 0;
}
