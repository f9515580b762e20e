/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/watched.h"

static int put_pod(struct store *store, struct decoder *decoder, const void *bytes, size_t len,
                   struct error *err)
{
    struct pod_facts pod;
    if (decode_pod(decoder, bytes, len, &pod, err))
        return -1;
    store_put_pod(store, &pod);
    return 0;
}

static int put_deployment(struct store *store, struct decoder *decoder, const void *bytes, size_t len,
                          struct error *err)
{
    struct deployment_facts deployment;
    if (decode_deployment(decoder, bytes, len, &deployment, err))
        return -1;
    store_put_deployment(store, &deployment);
    return 0;
}

static int put_namespace(struct store *store, struct decoder *decoder, const void *bytes, size_t len,
                         struct error *err)
{
    struct namespace_facts ns;
    if (decode_namespace(decoder, bytes, len, &ns, err))
        return -1;
    store_put_namespace(store, &ns);
    return 0;
}

/* One that names no object's uid is about nothing that could be found by it. */
static int put_event(struct store *store, struct decoder *decoder, const void *bytes, size_t len,
                     struct error *err)
{
    struct event_facts event;
    if (decode_event(decoder, bytes, len, &event, err))
        return -1;
    if (*event.object_uid)
        store_put_event(store, &event);
    return 0;
}

const struct watched watched[STORE_KINDS] = {
    [STORE_PODS] = {"pods", "/api/v1/pods", "", 1, put_pod},
    [STORE_EVENTS] = {"events", "/api/v1/events", "&fieldSelector=type%3DWarning", 0, put_event},
    [STORE_DEPLOYMENTS] = {"deployments", "/apis/apps/v1/deployments", "", 1, put_deployment},
    [STORE_NAMESPACES] = {"namespaces", "/api/v1/namespaces", "", 1, put_namespace},
};

void watched_remove(struct store *store, enum store_kind kind, const struct object_meta *meta)
{
    store_remove(store, kind, kind == STORE_NAMESPACES ? meta->name : meta->uid);
}
