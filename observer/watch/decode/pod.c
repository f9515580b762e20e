/* SPDX-License-Identifier: Apache-2.0 */
/* core/v1 Pod */
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "observer/watch/decode/kinds.h"
#include "observer/watch/decode/registry.h"
#include "observer/watch/decode/restarts.h"

/* ---- Containers ---- */

/* ContainerStateTerminated. */
static const struct member termination_members[] = {
    MEMBER(1, "exitCode", INT, termination, exit_code),
    MEMBER(3, "reason", TEXT, termination, reason),
    MEMBER(6, "finishedAt", TIME, termination, finished_ms),
    MEMBER_END,
};

struct container_message {
    struct container_facts container;
    const char *last_message;
};

/* ContainerState is one of three messages: which of them is there is the state, even where that message is
 * empty. */
static void read_waiting(struct scratch *scratch, const struct proto_field *field, void *out)
{
    static const struct member members[] = {
        MEMBER(1, "reason", TEXT, container_message, container.reason),
        MEMBER(2, "message", MESSAGE, container_message, container.message), MEMBER_END};
    struct container_message *message = out;
    message->container.state = CONTAINER_WAITING;
    members_read(scratch, field, members, message);
}

static void read_running(struct scratch *scratch, const struct proto_field *field, void *out)
{
    static const struct member members[] = {MEMBER(1, "startedAt", TIME, container_facts, started_ms),
                                            MEMBER_END};
    struct container_facts *container = out;
    container->state = CONTAINER_RUNNING;
    members_read(scratch, field, members, container);
}

static void read_terminated(struct scratch *scratch, const struct proto_field *field, void *out)
{
    static const struct member members[] = {MEMBER(4, "message", MESSAGE, container_facts, message),
                                            MEMBER(5, "startedAt", TIME, container_facts, started_ms),
                                            MEMBER_END};
    struct container_facts *container = out;
    container->state = CONTAINER_TERMINATED;
    members_read(scratch, field, termination_members, &container->now);
    members_read(scratch, field, members, container);
}

static const struct member state_members[] = {
    MEMBER_BY(1, "waiting", read_waiting),
    MEMBER_BY(2, "running", read_running),
    MEMBER_BY(3, "terminated", read_terminated),
    MEMBER_END,
};

static void read_last(struct scratch *scratch, const struct proto_field *field, void *out)
{
    static const struct member members[] = {MEMBER(4, "message", MESSAGE, container_message, last_message),
                                            MEMBER_END};
    struct container_message *message = out;
    members_read(scratch, field, termination_members, &message->container.last);
    members_read(scratch, field, members, message);
}

static const struct member last_state_members[] = {MEMBER_BY(3, "terminated", read_last), MEMBER_END};

/* ContainerStatus. */
static const struct member container_members[] = {
    MEMBER(1, "name", TEXT, container_message, container.name),
    MEMBER_INTO(2, "state", state_members),
    MEMBER_INTO(3, "lastState", last_state_members),
    MEMBER(4, "ready", BOOL, container_message, container.ready),
    MEMBER(5, "restartCount", INT, container_message, container.restarts),
    MEMBER(6, "image", TEXT, container_message, container.image),
    MEMBER_END,
};

static struct container_facts *new_container(struct decoder *decoder)
{
    if (decoder->container_count == decoder->container_capacity) {
        decoder->container_capacity = decoder->container_capacity ? 2 * decoder->container_capacity : 8;
        decoder->containers =
            xrealloc(decoder->containers, decoder->container_capacity * sizeof(*decoder->containers));
    }
    return &decoder->containers[decoder->container_count++];
}

static void add_container(struct decoder *decoder, const struct proto_field *field, int init)
{
    struct container_message message = {
        .container = {.name = "", .image = "", .init = init, .reason = "", .message = ""},
        .last_message = ""};
    struct container_facts *container = &message.container;
    members_read(&decoder->scratch, field, container_members, &message);
    restarts_apply(decoder, container);
    container->unreachable = registry_unreachable(&decoder->scratch, container);
    if (!*container->message || (*message.last_message && strcmp(container->reason, "CrashLoopBackOff") == 0))
        container->message = message.last_message;
    *new_container(decoder) = *container;
}

static void read_init_container(struct scratch *scratch, const struct proto_field *field, void *out)
{
    (void)scratch;
    add_container(((struct decoding *)out)->decoder, field, 1);
}

static void read_container(struct scratch *scratch, const struct proto_field *field, void *out)
{
    (void)scratch;
    add_container(((struct decoding *)out)->decoder, field, 0);
}

/* On the wire the init containers come last. */
static void put_init_first(struct decoder *decoder)
{
    size_t main = 0, count = decoder->container_count, size = sizeof(*decoder->containers);
    while (main < count && !decoder->containers[main].init)
        main++;
    if (main == 0 || main == count)
        return;
    AUTO_FREE struct container_facts *first = xmalloc(main * size);
    memcpy(first, decoder->containers, main * size);
    memmove(decoder->containers, decoder->containers + main, (count - main) * size);
    memcpy(decoder->containers + count - main, first, main * size);
}

/* ---- Specification ---- */

static void read_container_spec(struct scratch *scratch, const struct proto_field *field, void *out)
{
    (void)scratch;
    restarts_note(((struct decoding *)out)->decoder, field);
}

static const struct member spec_members[] = {
    MEMBER_BY(2, "containers", read_container_spec),
    MEMBER(3, "restartPolicy", TEXT, decoding, facts.pod.restart_policy),
    MEMBER(10, "nodeName", TEXT, decoding, facts.pod.node),
    MEMBER_BY(20, "initContainers", read_container_spec),
    MEMBER_END,
};

/* ---- Status ---- */

/* https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions
 * https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/#pod-resize-status */
static void read_condition(struct scratch *scratch, const struct proto_field *field, void *out)
{
    struct pod_facts *pod = &((struct decoding *)out)->facts.pod;
    struct condition condition = condition_read(scratch, field, condition_members);
    if (strcmp(condition.type, "Ready") == 0) {
        pod->ready = strcmp(condition.status, "True") == 0;
        pod->ready_since_ms = condition.transition_ms;
    } else if (condition_is(&condition, "PodReadyToStartContainers", "True")) {
        pod->assembled = 1;
    } else if (condition_is(&condition, "PodScheduled", "False")) {
        pod->unscheduled = condition_complaint(&condition);
    } else if (condition_is(&condition, "DisruptionTarget", "True")) {
        pod->disruption = condition.reason;
    } else if (condition_is(&condition, "AllContainersRestarting", "True")) {
        pod->restarting = 1;
    } else if (condition_is(&condition, "PodResizePending", "True") ||
               (condition_is(&condition, "PodResizeInProgress", "True") && *condition.reason)) {
        pod->resize = condition_complaint(&condition);
    }
}

static const struct member status_members[] = {
    MEMBER(1, "phase", TEXT, decoding, facts.pod.phase),
    MEMBER_BY(2, "conditions", read_condition),
    MEMBER(3, "message", MESSAGE, decoding, facts.pod.message),
    MEMBER(4, "reason", TEXT, decoding, facts.pod.reason),
    MEMBER(7, "startTime", TIME, decoding, facts.pod.started_ms),
    MEMBER_BY(8, "containerStatuses", read_container),
    MEMBER_BY(10, "initContainerStatuses", read_init_container),
    MEMBER(11, "nominatedNodeName", TEXT, decoding, facts.pod.nominated),
    MEMBER_END,
};

/* The node that a static pod names as its owner neither made it nor will make it anew when it is deleted. */
static struct owner owner_of(const struct object_meta *meta)
{
    return strcmp(meta->owner.kind, "Node") == 0 ? meta_none.owner : meta->owner;
}

/* What nearly every pod says is left out. */
static void leave_out_the_usual(struct pod_facts *pod)
{
    if (pod->restart_policy && strcmp(pod->restart_policy, "Always") == 0)
        pod->restart_policy = "";
    if (!pod->phase || strcmp(pod->phase, "Pending") != 0)
        pod->assembled = 0;
}

int decode_pod(struct decoding *decoding)
{
    static const struct member members[] = {MEMBER_MESSAGE_AT(1, "metadata", meta_members, decoding, meta),
                                            MEMBER_INTO(2, "spec", spec_members),
                                            MEMBER_INTO(3, "status", status_members), MEMBER_END};
    struct decoder *decoder = decoding->decoder;
    struct pod_facts *pod = &decoding->facts.pod;
    const struct object_meta *meta = &decoding->meta;
    decoder->container_count = decoder->restarts_count = 0;
    if (decoding_read(decoding, members))
        return -1;
    put_init_first(decoder);
    pod->ns = meta->ns;
    pod->name = meta->name;
    pod->uid = meta->uid;
    pod->owner = owner_of(meta);
    pod->template_hash = meta->template_hash;
    pod->created_ms = meta->created_ms;
    pod->deleted_ms = meta->deleted_ms;
    pod->mirror = meta->mirror;
    pod->finalizers = meta->finalizers;
    pod->ignored = meta->ignored;
    leave_out_the_usual(pod);
    pod->containers = decoder->containers;
    pod->container_count = decoder->container_count;
    return 0;
}
