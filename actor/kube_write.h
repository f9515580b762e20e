/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only code of AegiOps that writes to Kubernetes, and the reads of what is to be written. The closed list
 * of writes is enum write_verb: nothing else can be sent. Each write names its field manager and asks for
 * strict validation of fields. https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
#pragma once

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/strbuf.h"
#include "common/runtime/kube.h"

#define FIELD_MANAGER "aegiops"

enum write_verb {
    WRITE_PATCH,   /* a JSON Patch (RFC 6902) of one object */
    WRITE_MARK,    /* a JSON Merge Patch (RFC 7386): the annotations of one object */
    WRITE_EVICT,   /* policy/v1 Eviction: a delete that asks the disruption budgets */
    WRITE_TRY_POD, /* creates a pod, as a dry run only: asks admission what it thinks of a template */
};

enum write_mode { WRITE_DRY_RUN, WRITE_FOR_REAL };

/* What the API server said. */
struct answer {
    json_t *object;    /* the object as it is now, or would be; on failure the Status; NULL = none came */
    char audit_id[64]; /* "" = none */
    struct strbuf warnings; /* one a line */
};

#define AUTO_ANSWER __attribute__((cleanup(answer_free))) struct answer
void answer_free(struct answer *answer);

/* The path of an object, its parts escaped: kube_path("/apis/apps/v1", "shop", "deployments", "web").
 * subresource and name may be NULL. The caller frees it. */
char *kube_path(const char *api, const char *ns, const char *resource, const char *name,
                const char *subresource);

/* Reads one object: 1 = *out (the caller's reference), 0 = there is none (404), -1 = err. */
int kube_get(struct kube *kube, const char *path, json_t **out, struct error *err);

#define KUBE_LIST_MOST 500 /* objects; more are not looked through while somebody waits */

/* Reads the objects of one kind in one namespace: 1 = *out, an array of them (the caller's reference), 0 = there is no such
 * kind, -1 = err; ERROR_REJECT when there are more than KUBE_LIST_MOST. */
int kube_list(struct kube *kube, const char *path, json_t **out, struct error *err);

/* Sends one write. WRITE_TRY_POD is always a dry run, whatever mode says. 0, or -1 with err->status set when
 * the API server answered; answer is filled either way, and freed by the caller. */
int kube_write(struct kube *kube, enum write_verb verb, const char *path, const json_t *body,
               enum write_mode mode, struct answer *answer, struct error *err);
