/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/meta.h"

#include <string.h>

const struct object_meta meta_none = {.ns = "",
                                      .name = "",
                                      .uid = "",
                                      .resource_version = "",
                                      .owner_kind = "",
                                      .owner_name = "",
                                      .owner_uid = "",
                                      .owner_api_version = "",
                                      .template_hash = "",
                                      .revision = ""};

/* One of labels or annotations: map<string, string>. */
struct entry {
    const char *key, *value;
};

static struct entry read_entry(struct scratch *scratch, const struct proto_field *field)
{
    static const struct member members[] = {MEMBER(1, TEXT, entry, key), MEMBER(2, TEXT, entry, value),
                                            MEMBER_END};
    struct entry entry = {"", ""};
    members_read(scratch, field, members, &entry);
    return entry;
}

static void read_label(struct scratch *scratch, const struct proto_field *field, void *out)
{
    struct object_meta *meta = out;
    struct entry label = read_entry(scratch, field);
    if (strcmp(label.key, "pod-template-hash") == 0)
        meta->template_hash = label.value;
    else if (strcmp(label.key, "controller-revision-hash") == 0 && !*meta->template_hash)
        meta->template_hash = label.value;
}

static void read_annotation(struct scratch *scratch, const struct proto_field *field, void *out)
{
    struct object_meta *meta = out;
    struct entry annotation = read_entry(scratch, field);
    if (strcmp(annotation.key, "aegiops.io/ignore") == 0)
        meta->ignored = strcmp(annotation.value, "true") == 0;
    else if (strcmp(annotation.key, "deployment.kubernetes.io/revision") == 0)
        meta->revision = annotation.value;
    else if (strcmp(annotation.key, "k8s.io/initial-events-end") == 0)
        meta->initial_events_end = strcmp(annotation.value, "true") == 0;
}

struct owner {
    const char *kind, *name, *uid, *api_version;
    int controller;
};

/* OwnerReference. At most one of an object's owners is its controller. */
static void read_owner(struct scratch *scratch, const struct proto_field *field, void *out)
{
    static const struct member members[] = {
        MEMBER(1, TEXT, owner, kind),        MEMBER(3, TEXT, owner, name),       MEMBER(4, TEXT, owner, uid),
        MEMBER(5, TEXT, owner, api_version), MEMBER(6, BOOL, owner, controller), MEMBER_END};
    struct object_meta *meta = out;
    struct owner owner = {"", "", "", "", 0};
    members_read(scratch, field, members, &owner);
    if (!owner.controller)
        return;
    meta->owner_kind = owner.kind;
    meta->owner_name = owner.name;
    meta->owner_uid = owner.uid;
    meta->owner_api_version = owner.api_version;
}

const struct member meta_members[] = {
    MEMBER(1, TEXT, object_meta, name),
    MEMBER(3, TEXT, object_meta, ns),
    MEMBER(5, TEXT, object_meta, uid),
    MEMBER(6, TEXT, object_meta, resource_version),
    MEMBER(7, INT64, object_meta, generation),
    MEMBER(8, TIME, object_meta, created_ms),
    MEMBER(9, TIME, object_meta, deleted_ms),
    MEMBER_BY(11, read_label),
    MEMBER_BY(12, read_annotation),
    MEMBER_BY(13, read_owner),
    MEMBER_END,
};

int meta_read(struct scratch *scratch, const void *bytes, size_t len, struct object_meta *out,
              struct error *err)
{
    static const struct member members[] = {MEMBER_INTO(1, meta_members), MEMBER_END};
    *out = meta_none;
    if (message_read(scratch, bytes, len, members, out))
        return fail(err, ERROR_REJECT, "an object of %zu bytes is malformed protobuf", len);
    return 0;
}
