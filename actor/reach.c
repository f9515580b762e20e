/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/reach.h"

#include <pthread.h>
#include <stdlib.h>

#include "actor/rights.h"
#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/runtime/health.h"
#include "common/runtime/metrics.h"
#include "common/runtime/process.h"
#include "common/runtime/version.h"

#define PART "kube"
#define EVERY_MS 2000 /* shorter than a restart of it takes */
#define AWAY_EVERY_MS 1000
#define REQUEST_TIMEOUT_MS 5000
#define SETTLED_AFTER_MS 15000 /* its roles are read within a second or two; a lane tries for ten */

struct reach {
    struct kube_config *config;
    pthread_mutex_t lock;
    int is_well;
    int64_t back_ms;  /* monotonic: when it was well again; 0 = it was never seen otherwise */
    int was_well;     /* at some time */
    struct error why; /* where it is not */
};

struct reach *reach_new(struct kube_config *config)
{
    struct reach *reach = xcalloc(1, sizeof *reach);
    pthread_mutex_init(&reach->lock, NULL);
    reach->config = config;
    fail(&reach->why, ERROR_RETRY, "the API server was not asked yet");
    return reach;
}

void reach_free(struct reach *reach)
{
    if (!reach)
        return;
    pthread_mutex_destroy(&reach->lock);
    free(reach);
}

void reach_note(struct reach *reach, const struct error *why)
{
    pthread_mutex_lock(&reach->lock);
    if (!why && !reach->is_well && reach->was_well)
        reach->back_ms = clock_monotonic_ms();
    reach->is_well = !why;
    reach->was_well |= !why;
    if (why)
        fail(&reach->why, ERROR_RETRY, "the API server is away or ill: %s", why->text);
    pthread_mutex_unlock(&reach->lock);
}

int reach_check(struct reach *reach, struct error *err)
{
    pthread_mutex_lock(&reach->lock);
    int is_well = reach->is_well;
    if (!is_well)
        *err = reach->why;
    pthread_mutex_unlock(&reach->lock);
    return is_well ? 0 : -1;
}

int reach_is_settled(struct reach *reach)
{
    pthread_mutex_lock(&reach->lock);
    int is_settled =
        reach->is_well && (!reach->back_ms || clock_monotonic_ms() - reach->back_ms >= SETTLED_AFTER_MS);
    pthread_mutex_unlock(&reach->lock);
    return is_settled;
}

/* Whoever is known to the API server may ask it (system:public-info-viewer); where that right was taken away, an answer is all
 * that can be had. https://kubernetes.io/docs/reference/using-api/health-checks/ */
static int ask(struct kube *kube, struct error *err)
{
    AUTO_HTTP_RESPONSE response = {0};
    struct kube_request request = {.method = "GET", .path = "/readyz", .timeout_ms = REQUEST_TIMEOUT_MS};
    return kube_send(kube, &request, &response, err) && err->status != 403;
}

/* Told once: an account's rights seldom change while it works. Whether it has been told. */
static int tell_rights(struct kube *kube)
{
    AUTO_STRBUF missing = {0};
    struct error err;
    int count = rights_missing(kube, &missing, &err);
    if (count < 0)
        return 0; /* a moment later, then */
    metric_set(metric_gauge("aegiops_rights_missing", NULL,
                            "Rights that the account lacks, of those that actions take."),
               count);
    if (count > 0)
        log_warn("the account of the actor lacks rights: what takes them fails, unless a Role of its "
                 "namespace grants them",
                 "missing", strbuf_text(&missing), NULL);
    return 1;
}

static int run(void *context, struct error *err)
{
    struct reach *reach = context;
    struct kube *kube = kube_open(reach->config, "aegiops-actor/" AEGIOPS_VERSION);
    int was_away = 0, knows_rights = 0;
    while (!process_stopping()) {
        int away = ask(kube, err);
        reach_note(reach, away ? err : NULL);
        if (away)
            health_not_ready(PART, err->text);
        else
            health_ready(PART);
        if (away && !was_away)
            log_warn("the API server is away or ill: waiting for it", "error", err->text, NULL);
        if (!away && was_away)
            log_info("the API server is back", NULL);
        if (!away && !knows_rights)
            knows_rights = tell_rights(kube);
        was_away = away;
        clock_sleep_ms(away ? AWAY_EVERY_MS : EVERY_MS);
    }
    kube_close(kube);
    return 0;
}

void reach_start(struct reach *reach)
{
    health_not_ready(PART, "the API server was not asked yet");
    process_spawn("reach", run, reach);
}
