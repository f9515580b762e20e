/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/decode.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "observer/watch/meta.h"

void decoder_free(struct decoder *decoder)
{
    scratch_free(&decoder->scratch);
    free(decoder->containers);
    *decoder = (struct decoder){0};
}

/* ---- Conditions ---- */

struct condition {
    const char *type, *status, *reason;
    int64_t transition_ms;
};

static struct condition read_condition(struct scratch *scratch, const struct proto_field *field,
                                       const struct member *members)
{
    struct condition condition = {"", "", "", 0};
    members_read(scratch, field, members, &condition);
    return condition;
}

/* ---- core/v1 Pod ---- */

struct pod_message {
    struct object_meta meta;
    struct pod_facts pod;
    struct decoder *decoder;
};

/* ContainerStateTerminated. */
static const struct member termination_members[] = {
    MEMBER(1, INT, termination, exit_code),
    MEMBER(3, TEXT, termination, reason),
    MEMBER(6, TIME, termination, finished_ms),
    MEMBER_END,
};

/* ContainerState is one of three messages: which of them is there is the state, even where that message is
 * empty. */
static void read_waiting(struct scratch *scratch, const struct proto_field *field, void *out)
{
    static const struct member members[] = {MEMBER(1, TEXT, container_facts, reason),
                                            MEMBER(2, MESSAGE, container_facts, message), MEMBER_END};
    struct container_facts *container = out;
    container->state = CONTAINER_WAITING;
    members_read(scratch, field, members, container);
}

static void read_running(struct scratch *scratch, const struct proto_field *field, void *out)
{
    static const struct member members[] = {MEMBER(1, TIME, container_facts, started_ms), MEMBER_END};
    struct container_facts *container = out;
    container->state = CONTAINER_RUNNING;
    members_read(scratch, field, members, container);
}

static void read_terminated(struct scratch *scratch, const struct proto_field *field, void *out)
{
    struct container_facts *container = out;
    container->state = CONTAINER_TERMINATED;
    members_read(scratch, field, termination_members, &container->now);
}

static const struct member state_members[] = {
    MEMBER_BY(1, read_waiting),
    MEMBER_BY(2, read_running),
    MEMBER_BY(3, read_terminated),
    MEMBER_END,
};

static const struct member last_state_members[] = {MEMBER_INTO(3, termination_members), MEMBER_END};

/* ContainerStatus. */
static const struct member container_members[] = {
    MEMBER(1, TEXT, container_facts, name),
    MEMBER_INTO(2, state_members),
    MEMBER_MESSAGE_AT(3, last_state_members, container_facts, last),
    MEMBER(4, BOOL, container_facts, ready),
    MEMBER(5, INT, container_facts, restarts),
    MEMBER(6, TEXT, container_facts, image),
    MEMBER_END,
};

static void add_container(struct decoder *decoder, const struct proto_field *field, int init)
{
    if (decoder->container_count == decoder->container_capacity) {
        decoder->container_capacity = decoder->container_capacity ? 2 * decoder->container_capacity : 8;
        decoder->containers =
            xrealloc(decoder->containers, decoder->container_capacity * sizeof(*decoder->containers));
    }
    struct container_facts *container = &decoder->containers[decoder->container_count++];
    *container = (struct container_facts){.name = "", .image = "", .init = init, .reason = "", .message = ""};
    container->now.reason = container->last.reason = "";
    members_read(&decoder->scratch, field, container_members, container);
}

static void read_init_container(struct scratch *scratch, const struct proto_field *field, void *out)
{
    (void)scratch;
    add_container(((struct pod_message *)out)->decoder, field, 1);
}

static void read_container(struct scratch *scratch, const struct proto_field *field, void *out)
{
    (void)scratch;
    add_container(((struct pod_message *)out)->decoder, field, 0);
}

static void read_pod_condition(struct scratch *scratch, const struct proto_field *field, void *out)
{
    static const struct member members[] = {MEMBER(1, TEXT, condition, type),
                                            MEMBER(2, TEXT, condition, status),
                                            MEMBER(4, TIME, condition, transition_ms), MEMBER_END};
    struct pod_facts *pod = &((struct pod_message *)out)->pod;
    struct condition condition = read_condition(scratch, field, members);
    if (strcmp(condition.type, "Ready") != 0)
        return;
    pod->ready = strcmp(condition.status, "True") == 0;
    pod->ready_since_ms = condition.transition_ms;
}

static const struct member pod_spec_members[] = {MEMBER(10, TEXT, pod_message, pod.node), MEMBER_END};
static const struct member pod_init_members[] = {MEMBER_BY(10, read_init_container), MEMBER_END};
static const struct member pod_status_members[] = {
    MEMBER(1, TEXT, pod_message, pod.phase),
    MEMBER_BY(2, read_pod_condition),
    MEMBER(4, TEXT, pod_message, pod.reason),
    MEMBER_BY(8, read_container),
    MEMBER_END,
};

static const struct member pod_members[] = {
    MEMBER_MESSAGE_AT(1, meta_members, pod_message, meta),
    MEMBER_INTO(2, pod_spec_members),
    MEMBER_INTO(3, pod_init_members), /* first, though they come later on the wire */
    MEMBER_INTO(3, pod_status_members),
    MEMBER_END,
};

/* One that could not be told from others, or found again. */
static int check_identity(int malformed, const struct object_meta *meta, const char *kind, struct error *err)
{
    if (malformed)
        return fail(err, ERROR_REJECT, "%s %s/%s is malformed protobuf", kind, meta->ns, meta->name);
    if (!*meta->name || !*meta->uid)
        return fail(err, ERROR_REJECT, "a %s has no name or no uid (name \"%s\", uid \"%s\")", kind,
                    meta->name, meta->uid);
    return 0;
}

int decode_pod(struct decoder *decoder, const void *bytes, size_t len, struct pod_facts *out,
               struct error *err)
{
    struct pod_message message = {.meta = meta_none, .decoder = decoder};
    struct pod_facts *pod = &message.pod;
    const struct object_meta *meta = &message.meta;
    pod->node = pod->phase = pod->reason = "";
    decoder->container_count = 0;
    int malformed = message_read(&decoder->scratch, bytes, len, pod_members, &message);
    if (check_identity(malformed, meta, "pod", err))
        return -1;
    pod->ns = meta->ns;
    pod->name = meta->name;
    pod->uid = meta->uid;
    pod->owner_kind = meta->owner_kind;
    pod->owner_name = meta->owner_name;
    pod->owner_uid = meta->owner_uid;
    pod->owner_api_version = meta->owner_api_version;
    pod->template_hash = meta->template_hash;
    pod->created_ms = meta->created_ms;
    pod->deleted_ms = meta->deleted_ms;
    pod->ignored = meta->ignored;
    pod->containers = decoder->containers;
    pod->container_count = decoder->container_count;
    *out = *pod;
    return 0;
}

/* ---- apps/v1 Deployment ---- */

struct deployment_message {
    struct object_meta meta;
    struct deployment_facts deployment;
};

static void read_deployment_condition(struct scratch *scratch, const struct proto_field *field, void *out)
{
    static const struct member members[] = {MEMBER(1, TEXT, condition, type),
                                            MEMBER(4, TEXT, condition, reason), MEMBER_END};
    struct condition condition = read_condition(scratch, field, members);
    if (strcmp(condition.type, "Progressing") == 0)
        ((struct deployment_message *)out)->deployment.progressing_reason = condition.reason;
}

static const struct member deployment_spec_members[] = {
    MEMBER(1, INT, deployment_message, deployment.replicas),
    MEMBER(7, BOOL, deployment_message, deployment.paused),
    MEMBER_END,
};

static const struct member deployment_status_members[] = {
    MEMBER(1, INT64, deployment_message, deployment.observed_generation),
    MEMBER(2, INT, deployment_message, deployment.status_replicas),
    MEMBER(3, INT, deployment_message, deployment.updated),
    MEMBER(4, INT, deployment_message, deployment.available),
    MEMBER_BY(6, read_deployment_condition),
    MEMBER(7, INT, deployment_message, deployment.ready),
    MEMBER_END,
};

static const struct member deployment_members[] = {
    MEMBER_MESSAGE_AT(1, meta_members, deployment_message, meta),
    MEMBER_INTO(2, deployment_spec_members),
    MEMBER_INTO(3, deployment_status_members),
    MEMBER_END,
};

int decode_deployment(struct decoder *decoder, const void *bytes, size_t len, struct deployment_facts *out,
                      struct error *err)
{
    struct deployment_message message = {.meta = meta_none};
    struct deployment_facts *deployment = &message.deployment;
    const struct object_meta *meta = &message.meta;
    deployment->progressing_reason = "";
    deployment->replicas = 1; /* the default of an absent spec.replicas */
    int malformed = message_read(&decoder->scratch, bytes, len, deployment_members, &message);
    if (check_identity(malformed, meta, "deployment", err))
        return -1;
    deployment->ns = meta->ns;
    deployment->name = meta->name;
    deployment->uid = meta->uid;
    deployment->resource_version = meta->resource_version;
    deployment->created_ms = meta->created_ms;
    deployment->deleted_ms = meta->deleted_ms;
    deployment->generation = meta->generation;
    deployment->revision = meta->revision;
    deployment->ignored = meta->ignored;
    *out = *deployment;
    return 0;
}

/* ---- core/v1 Namespace ---- */

struct namespace_message {
    struct object_meta meta;
    const char *phase;
};

int decode_namespace(struct decoder *decoder, const void *bytes, size_t len, struct namespace_facts *out,
                     struct error *err)
{
    static const struct member status_members[] = {MEMBER(1, TEXT, namespace_message, phase), MEMBER_END};
    static const struct member members[] = {MEMBER_MESSAGE_AT(1, meta_members, namespace_message, meta),
                                            MEMBER_INTO(3, status_members), MEMBER_END};
    struct namespace_message message = {.meta = meta_none, .phase = ""};
    int malformed = message_read(&decoder->scratch, bytes, len, members, &message);
    if (check_identity(malformed, &message.meta, "namespace", err))
        return -1;
    *out = (struct namespace_facts){.name = message.meta.name,
                                    .phase = message.phase,
                                    .created_ms = message.meta.created_ms,
                                    .ignored = message.meta.ignored};
    return 0;
}

/* ---- core/v1 Event ---- */

struct event_message {
    struct object_meta meta;
    struct event_facts event;
    int64_t last_timestamp_ms, event_time_ms, series_ms;
    int series_count;
};

static const struct member involved_members[] = {
    MEMBER(1, TEXT, event_message, event.object_kind),
    MEMBER(3, TEXT, event_message, event.object_name),
    MEMBER(4, TEXT, event_message, event.object_uid),
    MEMBER_END,
};

static const struct member series_members[] = {
    MEMBER(1, INT, event_message, series_count),
    MEMBER(2, TIME, event_message, series_ms),
    MEMBER_END,
};

static const struct member event_members[] = {
    MEMBER_MESSAGE_AT(1, meta_members, event_message, meta),
    MEMBER_INTO(2, involved_members),
    MEMBER(3, TEXT, event_message, event.reason),
    MEMBER(4, MESSAGE, event_message, event.message),
    MEMBER(7, TIME, event_message, last_timestamp_ms),
    MEMBER(8, INT, event_message, event.count),
    MEMBER(9, TEXT, event_message, event.type),
    MEMBER(10, TIME, event_message, event_time_ms),
    MEMBER_INTO(11, series_members),
    MEMBER_END,
};

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int decode_event(struct decoder *decoder, const void *bytes, size_t len, struct event_facts *out,
                 struct error *err)
{
    struct event_message message = {.meta = meta_none};
    struct event_facts *event = &message.event;
    event->object_kind = event->object_name = event->object_uid = "";
    event->type = event->reason = event->message = "";
    int malformed = message_read(&decoder->scratch, bytes, len, event_members, &message);
    if (check_identity(malformed, &message.meta, "event", err))
        return -1;
    event->uid = message.meta.uid;
    event->ns = message.meta.ns;
    /* The kubelet counts in count, the scheduler in series; a first event may have neither. */
    if (message.series_count > 0)
        event->count = message.series_count;
    else if (event->count < 1)
        event->count = 1;
    event->last_ms = later(later(message.series_ms, message.last_timestamp_ms),
                           later(message.event_time_ms, message.meta.created_ms));
    *out = *event;
    return 0;
}
