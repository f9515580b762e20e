/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What workloads live on and with: core/v1 Node, Namespace, Service, PersistentVolumeClaim and ConfigMap (its metadata
 * alone), discovery/v1 EndpointSlice, autoscaling/v2 HorizontalPodAutoscaler
 */
#include <string.h>

#include "common/base/alloc.h"
#include "observer/watch/decode/kinds.h"

/* ---- Node ---- */

static const char *const pressures[] = {"MemoryPressure", "DiskPressure", "PIDPressure",
                                        "NetworkUnavailable"};

/* Ready is to be True, everything else False. */
static void read_node_condition(struct scratch *scratch, const struct proto_field *field, void *out)
{
    struct node_facts *node = &((struct decoding *)out)->facts.node;
    struct condition condition = condition_read(scratch, field, condition_members);
    if (strcmp(condition.type, "Ready") == 0 && strcmp(condition.status, "True") != 0)
        node->unready = condition_complaint(&condition);
    for (size_t i = 0; i < COUNT_OF(pressures); i++)
        if (condition_is(&condition, pressures[i], "True"))
            node->pressure = (struct complaint){condition.type, condition.message, condition.transition_ms};
}

int decode_node(struct decoding *decoding)
{
    static const struct member spec[] = {MEMBER(4, "unschedulable", BOOL, decoding, facts.node.cordoned),
                                         MEMBER_END};
    static const struct member status[] = {MEMBER_BY(4, "conditions", read_node_condition), MEMBER_END};
    static const struct member members[] = {MEMBER_MESSAGE_AT(1, "metadata", meta_members, decoding, meta),
                                            MEMBER_INTO(2, "spec", spec), MEMBER_INTO(3, "status", status),
                                            MEMBER_END};
    struct node_facts *node = &decoding->facts.node;
    int malformed = decoding_read(decoding, members);
    node->name = decoding->meta.name;
    node->uid = decoding->meta.uid;
    node->created_ms = decoding->meta.created_ms;
    node->deleted_ms = decoding->meta.deleted_ms;
    node->ignored = decoding->meta.ignored;
    return malformed;
}

/* ---- Namespace ---- */

/* All its conditions tell what keeps it from going, and come in the order of cause and effect; that something remains says
 * the least. */
static void read_namespace_condition(struct scratch *scratch, const struct proto_field *field, void *out)
{
    struct complaint *stuck = &((struct decoding *)out)->facts.ns.stuck;
    struct condition condition = condition_read(scratch, field, condition_members);
    if (strcmp(condition.status, "True") == 0 &&
        (!stuck->reason || strcmp(stuck->reason, "SomeResourcesRemain") == 0))
        *stuck = condition_complaint(&condition);
}

int decode_namespace(struct decoding *decoding)
{
    static const struct member status[] = {MEMBER(1, "phase", TEXT, decoding, facts.ns.phase),
                                           MEMBER_BY(2, "conditions", read_namespace_condition), MEMBER_END};
    static const struct member members[] = {MEMBER_MESSAGE_AT(1, "metadata", meta_members, decoding, meta),
                                            MEMBER_INTO(3, "status", status), MEMBER_END};
    struct namespace_facts *ns = &decoding->facts.ns;
    int malformed = decoding_read(decoding, members);
    ns->name = decoding->meta.name;
    ns->uid = decoding->meta.uid;
    ns->created_ms = decoding->meta.created_ms;
    ns->deleted_ms = decoding->meta.deleted_ms;
    ns->ignored = decoding->meta.ignored;
    return malformed;
}

/* ---- Service ---- */

static void read_selector(struct scratch *scratch, const struct proto_field *field, void *out)
{
    add_label(scratch, field, &((struct decoding *)out)->decoder->labels);
}

static void count_service_port(struct scratch *scratch, const struct proto_field *field, void *out)
{
    (void)scratch, (void)field;
    ((struct decoding *)out)->facts.service.ports++;
}

int decode_service(struct decoding *decoding)
{
    static const struct member spec[] = {MEMBER_BY(1, "ports", count_service_port),
                                         MEMBER_MAP(2, "selector", read_selector),
                                         MEMBER(4, "type", TEXT, decoding, facts.service.type), MEMBER_END};
    static const struct member members[] = {MEMBER_MESSAGE_AT(1, "metadata", meta_members, decoding, meta),
                                            MEMBER_INTO(2, "spec", spec), MEMBER_END};
    struct service_facts *service = &decoding->facts.service;
    strbuf_clear(&decoding->decoder->labels);
    int malformed = decoding_read(decoding, members);
    service->ns = decoding->meta.ns;
    service->name = decoding->meta.name;
    service->uid = decoding->meta.uid;
    service->selector = strbuf_text(&decoding->decoder->labels);
    service->created_ms = decoding->meta.created_ms;
    service->deleted_ms = decoding->meta.deleted_ms;
    service->ignored = decoding->meta.ignored;
    return malformed;
}

/* ---- EndpointSlice ---- */

struct endpoint {
    int is_ready, is_said;
};

static void read_ready(struct scratch *scratch, const struct proto_field *field, void *out)
{
    (void)scratch;
    *(struct endpoint *)out = (struct endpoint){field->wire == PROTO_VARINT && field->value, 1};
}

/* An absent "ready" is to be read as true. */
static void read_endpoint(struct scratch *scratch, const struct proto_field *field, void *out)
{
    static const struct member conditions[] = {MEMBER_BY(1, "ready", read_ready), MEMBER_END};
    static const struct member members[] = {MEMBER_INTO(2, "conditions", conditions), MEMBER_END};
    struct slice_facts *slice = &((struct decoding *)out)->facts.slice;
    struct endpoint endpoint = {0};
    members_read(scratch, field, members, &endpoint);
    slice->endpoints++;
    slice->ready += endpoint.is_ready || !endpoint.is_said;
}

static void count_port(struct scratch *scratch, const struct proto_field *field, void *out)
{
    (void)scratch, (void)field;
    ((struct decoding *)out)->facts.slice.ports++;
}

int decode_slice(struct decoding *decoding)
{
    static const struct member members[] = {MEMBER_MESSAGE_AT(1, "metadata", meta_members, decoding, meta),
                                            MEMBER_BY(2, "endpoints", read_endpoint),
                                            MEMBER_BY(3, "ports", count_port), MEMBER_END};
    struct slice_facts *slice = &decoding->facts.slice;
    int malformed = decoding_read(decoding, members);
    slice->ns = decoding->meta.ns;
    slice->name = decoding->meta.name;
    slice->uid = decoding->meta.uid;
    slice->service = decoding->meta.service;
    return malformed;
}

/* ---- PersistentVolumeClaim ---- */

int decode_claim(struct decoding *decoding)
{
    static const struct member spec[] = {MEMBER(3, "volumeName", TEXT, decoding, facts.claim.volume),
                                         MEMBER(5, "storageClassName", TEXT, decoding, facts.claim.class),
                                         MEMBER_END};
    static const struct member status[] = {MEMBER(1, "phase", TEXT, decoding, facts.claim.phase), MEMBER_END};
    static const struct member members[] = {MEMBER_MESSAGE_AT(1, "metadata", meta_members, decoding, meta),
                                            MEMBER_INTO(2, "spec", spec), MEMBER_INTO(3, "status", status),
                                            MEMBER_END};
    struct claim_facts *claim = &decoding->facts.claim;
    int malformed = decoding_read(decoding, members);
    claim->ns = decoding->meta.ns;
    claim->name = decoding->meta.name;
    claim->uid = decoding->meta.uid;
    claim->created_ms = decoding->meta.created_ms;
    claim->deleted_ms = decoding->meta.deleted_ms;
    claim->finalizers = decoding->meta.finalizers;
    claim->ignored = decoding->meta.ignored;
    return malformed;
}

/* ---- ConfigMap ---- */

/* meta/v1 PartialObjectMetadata: what is in it is not asked for. */
int decode_config_map(struct decoding *decoding)
{
    static const struct member members[] = {MEMBER_MESSAGE_AT(1, "metadata", meta_members, decoding, meta),
                                            MEMBER_END};
    int malformed = decoding_read(decoding, members);
    decoding->facts.config_map =
        (struct config_map_facts){decoding->meta.ns, decoding->meta.name, decoding->meta.uid};
    return malformed;
}

/* ---- HorizontalPodAutoscaler ---- */

int decode_autoscaler(struct decoding *decoding)
{
    static const struct member target[] = {MEMBER(1, "kind", TEXT, decoding, facts.autoscaler.target_kind),
                                           MEMBER(2, "name", TEXT, decoding, facts.autoscaler.target_name),
                                           MEMBER_END};
    static const struct member spec[] = {MEMBER_INTO(1, "scaleTargetRef", target), MEMBER_END};
    static const struct member members[] = {MEMBER_MESSAGE_AT(1, "metadata", meta_members, decoding, meta),
                                            MEMBER_INTO(2, "spec", spec), MEMBER_END};
    struct autoscaler_facts *autoscaler = &decoding->facts.autoscaler;
    int malformed = decoding_read(decoding, members);
    autoscaler->ns = decoding->meta.ns;
    autoscaler->name = decoding->meta.name;
    autoscaler->uid = decoding->meta.uid;
    return malformed;
}
