/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/meta.h"

#include <string.h>

const struct object_meta meta_none = {.ns = "",
                                      .name = "",
                                      .uid = "",
                                      .resource_version = "",
                                      .owner = {"", "", "", ""},
                                      .template_hash = "",
                                      .revision = "",
                                      .service = ""};

/* One of labels or annotations: map<string, string>. */
struct entry {
    const char *key, *value;
};

static struct entry read_entry(struct scratch *scratch, const struct proto_field *field)
{
    static const struct member members[] = {MEMBER(1, "key", TEXT, entry, key),
                                            MEMBER(2, "value", TEXT, entry, value), MEMBER_END};
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
    else if (strcmp(label.key, "kubernetes.io/service-name") == 0)
        meta->service = label.value;
}

static void read_annotation(struct scratch *scratch, const struct proto_field *field, void *out)
{
    struct object_meta *meta = out;
    struct entry annotation = read_entry(scratch, field);
    if (strcmp(annotation.key, "aegiops.io/ignore") == 0)
        meta->ignored = strcmp(annotation.value, "true") == 0;
    else if (strcmp(annotation.key, "deployment.kubernetes.io/revision") == 0)
        meta->revision = annotation.value;
    else if (strcmp(annotation.key, "kubernetes.io/config.mirror") == 0)
        meta->mirror = 1;
    else if (strcmp(annotation.key, "k8s.io/initial-events-end") == 0)
        meta->initial_events_end = strcmp(annotation.value, "true") == 0;
}

struct reference {
    struct owner owner;
    int controller;
};

/* OwnerReference. At most one of an object's owners is its controller. */
static void read_owner(struct scratch *scratch, const struct proto_field *field, void *out)
{
    static const struct member members[] = {MEMBER(1, "kind", TEXT, reference, owner.kind),
                                            MEMBER(3, "name", TEXT, reference, owner.name),
                                            MEMBER(4, "uid", TEXT, reference, owner.uid),
                                            MEMBER(5, "apiVersion", TEXT, reference, owner.api_version),
                                            MEMBER(6, "controller", BOOL, reference, controller),
                                            MEMBER_END};
    struct reference reference = {{"", "", "", ""}, 0};
    members_read(scratch, field, members, &reference);
    if (reference.controller)
        ((struct object_meta *)out)->owner = reference.owner;
}

static void count_finalizer(struct scratch *scratch, const struct proto_field *field, void *out)
{
    (void)scratch, (void)field;
    ((struct object_meta *)out)->finalizers++;
}

const struct member meta_members[] = {
    MEMBER(1, "name", TEXT, object_meta, name),
    MEMBER(3, "namespace", TEXT, object_meta, ns),
    MEMBER(5, "uid", TEXT, object_meta, uid),
    MEMBER(6, "resourceVersion", TEXT, object_meta, resource_version),
    MEMBER(7, "generation", INT64, object_meta, generation),
    MEMBER(8, "creationTimestamp", TIME, object_meta, created_ms),
    MEMBER(9, "deletionTimestamp", TIME, object_meta, deleted_ms),
    MEMBER_MAP(11, "labels", read_label),
    MEMBER_MAP(12, "annotations", read_annotation),
    MEMBER_BY(13, "ownerReferences", read_owner),
    MEMBER_BY(14, "finalizers", count_finalizer),
    MEMBER_END,
};

int meta_read(struct scratch *scratch, const void *bytes, size_t len, struct object_meta *out,
              struct error *err)
{
    static const struct member members[] = {MEMBER_INTO(1, "metadata", meta_members), MEMBER_END};
    *out = meta_none;
    if (message_read(scratch, bytes, len, members, out))
        return fail(err, ERROR_REJECT, "an object of %zu bytes is malformed", len);
    return 0;
}
