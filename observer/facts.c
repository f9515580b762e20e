/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/facts.h"

#include "common/base/alloc.h"

#define AT(type, in, field)                                                                                  \
    {                                                                                                        \
        FACT_##type, offsetof(struct in, field)                                                              \
    }
#define OWNER(in)                                                                                            \
    AT(NAME, in, owner.api_version), AT(NAME, in, owner.kind), AT(NAME, in, owner.name),                     \
        AT(NAME, in, owner.uid)
#define COMPLAINT(in, field)                                                                                 \
    AT(NAME, in, field.reason), AT(TEXT, in, field.message), AT(INT64, in, field.since_ms)
#define TERMINATION(in, field)                                                                               \
    AT(NAME, in, field.reason), AT(INT, in, field.exit_code), AT(INT64, in, field.finished_ms)

static const struct fact container_facts[] = {
    AT(NAME, container_facts, name),
    AT(NAME, container_facts, image),
    AT(INT, container_facts, init),
    AT(INT, container_facts, sidecar),
    AT(INT, container_facts, state),
    AT(NAME, container_facts, reason),
    AT(TEXT, container_facts, message),
    AT(NAME, container_facts, unreachable),
    AT(INT64, container_facts, started_ms),
    TERMINATION(container_facts, now),
    TERMINATION(container_facts, last),
    AT(INT64, container_facts, earlier_ms[0]),
    AT(INT64, container_facts, earlier_ms[1]),
    AT(INT, container_facts, restarts),
    AT(INT, container_facts, ready),
    AT(NAME, container_facts, restart_policy),
    AT(INT, container_facts, planned),
};

static const struct fact pod_facts[] = {
    AT(UID, pod_facts, uid),
    AT(NAME, pod_facts, ns),
    AT(TEXT, pod_facts, name),
    AT(NAME, pod_facts, node),
    AT(NAME, pod_facts, phase),
    AT(NAME, pod_facts, reason),
    AT(TEXT, pod_facts, message),
    OWNER(pod_facts),
    AT(NAME, pod_facts, template_hash),
    AT(NAME, pod_facts, restart_policy),
    AT(INT64, pod_facts, created_ms),
    AT(INT64, pod_facts, deleted_ms),
    AT(INT64, pod_facts, started_ms),
    AT(INT, pod_facts, ready),
    AT(INT64, pod_facts, ready_since_ms),
    AT(INT, pod_facts, assembled),
    COMPLAINT(pod_facts, unscheduled),
    AT(NAME, pod_facts, nominated),
    COMPLAINT(pod_facts, resize),
    AT(INT, pod_facts, restarting),
    AT(NAME, pod_facts, disruption),
    AT(INT, pod_facts, mirror),
    AT(INT, pod_facts, finalizers),
    AT(INT, pod_facts, ignored),
};

static const struct fact event_facts[] = {
    AT(UID, event_facts, uid),          AT(NAME, event_facts, ns),         AT(NAME, event_facts, object_kind),
    AT(NAME, event_facts, object_name), AT(NAME, event_facts, object_uid), AT(NAME, event_facts, container),
    AT(NAME, event_facts, type),        AT(NAME, event_facts, reason),     AT(TEXT, event_facts, message),
    AT(INT, event_facts, count),        AT(INT64, event_facts, last_ms),   AT(INT, event_facts, streak),
};

static const struct fact controller_facts[] = {
    AT(UID, controller_facts, uid),
    AT(NAME, controller_facts, kind),
    AT(NAME, controller_facts, ns),
    AT(NAME, controller_facts, name),
    AT(TEXT, controller_facts, resource_version),
    OWNER(controller_facts),
    AT(INT64, controller_facts, generation),
    AT(INT64, controller_facts, observed_generation),
    AT(INT64, controller_facts, created_ms),
    AT(INT64, controller_facts, deleted_ms),
    AT(INT, controller_facts, replicas),
    AT(INT, controller_facts, status_replicas),
    AT(INT, controller_facts, updated),
    AT(INT, controller_facts, ready),
    AT(INT, controller_facts, available),
    AT(INT, controller_facts, paused),
    AT(NAME, controller_facts, revision),
    AT(NAME, controller_facts, progressing_reason),
    AT(INT64, controller_facts, progressing_ms),
    COMPLAINT(controller_facts, failure),
    AT(INT, controller_facts, active),
    AT(INT, controller_facts, succeeded),
    AT(INT, controller_facts, failed),
    AT(INT64, controller_facts, started_ms),
    AT(INT64, controller_facts, completed_ms),
    AT(NAME, controller_facts, labels),
    AT(NAME, controller_facts, references),
    AT(INT, controller_facts, ignored),
};

static const struct fact node_facts[] = {
    AT(NAME, node_facts, name),        AT(UID, node_facts, uid),       AT(INT64, node_facts, created_ms),
    AT(INT64, node_facts, deleted_ms), COMPLAINT(node_facts, unready), COMPLAINT(node_facts, pressure),
    AT(INT, node_facts, cordoned),     AT(INT, node_facts, ignored),
};

static const struct fact namespace_facts[] = {
    AT(NAME, namespace_facts, name),        AT(UID, namespace_facts, uid),
    AT(NAME, namespace_facts, phase),       AT(INT64, namespace_facts, created_ms),
    AT(INT64, namespace_facts, deleted_ms), COMPLAINT(namespace_facts, stuck),
    AT(INT, namespace_facts, ignored),
};

static const struct fact service_facts[] = {
    AT(UID, service_facts, uid),          AT(NAME, service_facts, ns),
    AT(NAME, service_facts, name),        AT(NAME, service_facts, type),
    AT(NAME, service_facts, selector),    AT(INT, service_facts, ports),
    AT(INT64, service_facts, created_ms), AT(INT64, service_facts, deleted_ms),
    AT(INT, service_facts, ignored),
};

static const struct fact slice_facts[] = {
    AT(UID, slice_facts, uid),      AT(NAME, slice_facts, ns),       AT(TEXT, slice_facts, name),
    AT(NAME, slice_facts, service), AT(INT, slice_facts, endpoints), AT(INT, slice_facts, ready),
    AT(INT, slice_facts, ports),
};

static const struct fact claim_facts[] = {
    AT(UID, claim_facts, uid),          AT(NAME, claim_facts, ns),          AT(NAME, claim_facts, name),
    AT(NAME, claim_facts, phase),       AT(NAME, claim_facts, class),       AT(TEXT, claim_facts, volume),
    AT(INT64, claim_facts, created_ms), AT(INT64, claim_facts, deleted_ms), AT(INT, claim_facts, finalizers),
    AT(INT, claim_facts, ignored),
};

static const struct fact config_map_facts[] = {
    AT(UID, config_map_facts, uid),
    AT(NAME, config_map_facts, ns),
    AT(NAME, config_map_facts, name),
};

static const struct fact autoscaler_facts[] = {
    AT(UID, autoscaler_facts, uid),          AT(NAME, autoscaler_facts, ns),
    AT(NAME, autoscaler_facts, name),        AT(NAME, autoscaler_facts, target_kind),
    AT(NAME, autoscaler_facts, target_name),
};

#define SHAPE(type, id)                                                                                      \
    {                                                                                                        \
        sizeof(struct type), offsetof(struct type, id), type, COUNT_OF(type)                                 \
    }

const struct shape container_shape = SHAPE(container_facts, name);

const struct shape shapes[STORE_KINDS] = {
    [STORE_PODS] = SHAPE(pod_facts, uid),
    [STORE_EVENTS] = SHAPE(event_facts, uid),
    [STORE_DEPLOYMENTS] = SHAPE(controller_facts, uid),
    [STORE_STATEFUL_SETS] = SHAPE(controller_facts, uid),
    [STORE_DAEMON_SETS] = SHAPE(controller_facts, uid),
    [STORE_JOBS] = SHAPE(controller_facts, uid),
    [STORE_CRON_JOBS] = SHAPE(controller_facts, uid),
    [STORE_NODES] = SHAPE(node_facts, name),
    [STORE_NAMESPACES] = SHAPE(namespace_facts, name),
    [STORE_SERVICES] = SHAPE(service_facts, uid),
    [STORE_SLICES] = SHAPE(slice_facts, uid),
    [STORE_CLAIMS] = SHAPE(claim_facts, uid),
    [STORE_CONFIG_MAPS] = SHAPE(config_map_facts, uid),
    [STORE_AUTOSCALERS] = SHAPE(autoscaler_facts, uid),
};

int64_t pod_running_since(const struct pod_facts *pod)
{
    int64_t newest_ms = 0;
    for (size_t i = 0; i < pod->container_count; i++)
        if (pod->containers[i].state == CONTAINER_RUNNING && pod->containers[i].started_ms > newest_ms)
            newest_ms = pod->containers[i].started_ms;
    return newest_ms;
}

void facts_each_text(const struct shape *shape, void *facts, void (*visit)(void *context, const char **text),
                     void *context)
{
    for (size_t i = 0; i < shape->fact_count; i++)
        if (fact_is_text(&shape->facts[i]))
            visit(context, (const char **)((char *)facts + shape->facts[i].offset));
}

static void fill(void *context, const char **text)
{
    (void)context;
    *text = *text ? *text : "";
}

void facts_fill_container(struct container_facts *container)
{
    facts_each_text(&container_shape, container, fill, NULL);
}

void facts_fill(enum store_kind kind, void *facts)
{
    facts_each_text(&shapes[kind], facts, fill, NULL);
    if (kind != STORE_PODS)
        return;
    struct pod_facts *pod = facts;
    for (size_t i = 0; i < pod->container_count; i++)
        facts_fill_container(&pod->containers[i]);
}
