/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Service leads nowhere: its selector matches no workload, or its pods have no port of the name that it asks for. Where its
 * workload is there and not well, or scaled to nothing, that is the workload's affair. One that never served and is old was
 * left so; a label that no template has may be put on pods that run (a leader's role), unless it led somewhere before. Of
 * workloads of kinds that are not watched only the pods are known: with none left, nothing is.
 */
#include <string.h>

#include "common/schema/incident.h"
#include "observer/detect/all.h"
#include "observer/selector.h"
#include "observer/sighting.h"

struct endpoints {
    int all, ported; /* those of slices that have ports */
};

static struct endpoints count(const struct workload *workload)
{
    struct endpoints endpoints = {0, 0};
    for (size_t i = 0; i < workload->slice_count; i++) {
        endpoints.all += workload->slices[i]->endpoints;
        endpoints.ported += workload->slices[i]->ports ? workload->slices[i]->endpoints : 0;
    }
    return endpoints;
}

/* The best match of any workload; more is not asked. */
struct search {
    const char *selector;
    enum match best;
};

static int match_better(void *context, const struct controller_facts *maker)
{
    struct search *search = context;
    enum match match = selector_match(search->selector, maker->labels);
    search->best = match > search->best ? match : search->best;
    return match == MATCH_FULLY;
}

static int matches_nothing(const struct scene *scene)
{
    struct search search = {scene->workload->service->selector, MATCH_NOT};
    for (enum store_kind kind = STORE_DEPLOYMENTS; kind <= STORE_CRON_JOBS; kind++)
        if (store_is_blind(scene->store, kind))
            return 0;
    selector_each_maker(scene->store, scene->workload->ns, match_better, &search);
    return search.best == MATCH_NOT ||
           (search.best == MATCH_PARTLY &&
            (scene->workload->past->served_ms || scene_is_open(scene, CLASS_ENDPOINTS)));
}

static int can_lead_somewhere(const struct service_facts *service)
{
    return *service->selector && strcmp(service->type, "ExternalName") != 0 && !service->deleted_ms;
}

static enum condition examine(struct scene *scene)
{
    const struct workload *workload = scene->workload;
    const struct service_facts *service = workload->service;
    if (!service || !can_lead_somewhere(service) || store_is_blind(scene->store, STORE_SLICES))
        return CONDITION_WELL;
    const struct past *past = workload->past;
    struct endpoints endpoints = count(workload);
    int is_mute = endpoints.all > 0 && endpoints.ported == 0 && service->ports > 0;
    int64_t since_ms = past->served_ms > service->created_ms ? past->served_ms : service->created_ms;
    if (!is_mute && (endpoints.all > 0 || (!past->served_ms && !scene_is_open(scene, CLASS_ENDPOINTS) &&
                                           scene->now_ms - service->created_ms > DETECT_RECENT_MS)))
        return CONDITION_WELL;
    if (!scene_is_past(scene, since_ms + scene->patience.pending_ms) || (!is_mute && !matches_nothing(scene)))
        return CONDITION_WELL;
    scene->failed_ms = since_ms;
    strbuf_puts(&scene->detail, is_mute ? "none of its pods has a port of the name that it asks for"
                                        : "its selector matches no workload");
    return CONDITION_FAILING;
}

static void describe(const struct finding *finding, struct strbuf *out)
{
    strbuf_printf(out, "lead anywhere: %s", finding->detail);
}

const struct detector without_endpoints = {
    .class = CLASS_ENDPOINTS, .of_object = examine, .describe = describe};
