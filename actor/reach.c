/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/reach.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/runtime/health.h"
#include "common/runtime/process.h"
#include "common/runtime/version.h"

#define PART "kube"
#define EVERY_MS 10000
#define AWAY_EVERY_MS 1000
#define REQUEST_TIMEOUT_MS 5000

/* Whoever is known to the API server may ask for its version. */
static int ask(struct kube *kube, struct error *err)
{
    AUTO_HTTP_RESPONSE response = {0};
    struct kube_request request = {.method = "GET", .path = "/version", .timeout_ms = REQUEST_TIMEOUT_MS};
    return kube_send(kube, &request, &response, err);
}

static int run(void *context, struct error *err)
{
    struct kube *kube = kube_open(context, "aegiops-actor/" AEGIOPS_VERSION);
    int was_away = 0;
    while (!process_stopping()) {
        int away = ask(kube, err);
        if (away)
            health_not_ready(PART, err->text);
        else
            health_ready(PART);
        if (away && !was_away)
            log_warn("the API server is out of reach: waiting for it", "error", err->text, NULL);
        if (!away && was_away)
            log_info("the API server is back", NULL);
        was_away = away;
        clock_sleep_ms(away ? AWAY_EVERY_MS : EVERY_MS);
    }
    kube_close(kube);
    return 0;
}

void reach_start(struct kube_config *config)
{
    health_not_ready(PART, "the API server was not asked yet");
    process_spawn("reach", run, config);
}
