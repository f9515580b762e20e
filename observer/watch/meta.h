/* SPDX-License-Identifier: Apache-2.0 */
/* ObjectMeta (k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto), which every object begins with. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"
#include "observer/facts.h"
#include "observer/watch/members.h"

struct object_meta {
    const char *ns, *name, *uid, *resource_version;
    int64_t generation, created_ms, deleted_ms;
    struct owner owner;        /* the controller */
    const char *template_hash; /* label pod-template-hash, else controller-revision-hash */
    const char *revision;      /* annotation deployment.kubernetes.io/revision */
    const char *service;       /* label kubernetes.io/service-name */
    int ignored;               /* annotation aegiops.io/ignore is "true" */
    int mirror;                /* annotation kubernetes.io/config.mirror is there */
    int finalizers;            /* how many */
    int initial_events_end; /* annotation k8s.io/initial-events-end is "true": the bookmark after a streamed
                               list */
};

/* No metadata: every text is "". Where reading begins. */
extern const struct object_meta meta_none;

/* How to read it into a struct object_meta. */
extern const struct member meta_members[];

/* Reads the metadata of an object of any kind; its strings live in scratch. Fails (ERROR_REJECT) only on
 * malformed bytes: a bookmark has nothing but a resourceVersion. */
int meta_read(struct scratch *scratch, const void *bytes, size_t len, struct object_meta *out,
              struct error *err);
