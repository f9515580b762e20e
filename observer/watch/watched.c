/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/watched.h"

const struct watched watched[STORE_KINDS] = {
    [STORE_PODS] = {"pods", .path = "/api/v1/pods"},
    [STORE_EVENTS] = {"events", "/api/v1/events", .filter = "&fieldSelector=type%3DWarning",
                      .is_uncached = 1},
    [STORE_DEPLOYMENTS] = {"deployments", .path = "/apis/apps/v1/deployments"},
    [STORE_STATEFUL_SETS] = {"statefulsets", "/apis/apps/v1/statefulsets", .is_optional = 1},
    [STORE_DAEMON_SETS] = {"daemonsets", "/apis/apps/v1/daemonsets", .is_optional = 1},
    [STORE_JOBS] = {"jobs", "/apis/batch/v1/jobs", .is_optional = 1},
    [STORE_CRON_JOBS] = {"cronjobs", "/apis/batch/v1/cronjobs", .is_optional = 1},
    [STORE_NODES] = {"nodes", "/api/v1/nodes", .is_optional = 1},
    [STORE_NAMESPACES] = {"namespaces", .path = "/api/v1/namespaces"},
    [STORE_SERVICES] = {"services", "/api/v1/services", .is_optional = 1},
    [STORE_SLICES] = {"endpointslices", "/apis/discovery.k8s.io/v1/endpointslices", .is_optional = 1},
    [STORE_CLAIMS] = {"persistentvolumeclaims", "/api/v1/persistentvolumeclaims", .is_optional = 1},
    [STORE_CONFIG_MAPS] = {"configmaps", "/api/v1/configmaps", .metadata_only = 1, .is_optional = 1},
    [STORE_AUTOSCALERS] = {"horizontalpodautoscalers", "/apis/autoscaling/v2/horizontalpodautoscalers",
                           .is_optional = 1},
};

/* An event that names no object's uid is about nothing that could be found by it; a slice that names no Service is
 * somebody's own. */
static int is_wanted(enum store_kind kind, const union facts *facts)
{
    return (kind != STORE_EVENTS || *facts->event.object_uid) &&
           (kind != STORE_SLICES || *facts->slice.service);
}

int watched_put(struct store *store, enum store_kind kind, struct decoder *decoder, const void *bytes,
                size_t len, struct error *err)
{
    union facts facts;
    if (decode(decoder, kind, bytes, len, &facts, err))
        return -1;
    if (is_wanted(kind, &facts))
        store_put(store, kind, &facts);
    return 0;
}

void watched_remove(struct store *store, enum store_kind kind, const struct object_meta *meta)
{
    store_remove(store, kind, kind == STORE_NAMESPACES || kind == STORE_NODES ? meta->name : meta->uid);
}
