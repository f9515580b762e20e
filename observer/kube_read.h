/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that the observer may ask of the API server: reads. A handle belongs to one thread. Names are escaped here.
 * Answers are small JSON objects; what is listed in bulk comes through watch.h as protobuf.
 */
#pragma once

#include <stddef.h>

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/strbuf.h"
#include "common/runtime/kube.h"

struct kube_read;
struct kube_read *kube_read_open(struct kube_config *config);
void kube_read_close(struct kube_read *reader);

/* Whether objects of this kind can be asked for by name. */
int kube_read_knows(const char *kind);

/* GET of one object of a kind that is known; a new reference, NULL on failure (err->status 404: it is gone). */
json_t *kube_read_object(struct kube_read *reader, const char *kind, const char *ns, const char *name,
                         struct error *err);

/* The ReplicaSets that the Deployment of this uid owns, newest revision first, as an array: a new reference. selector is
 * the Deployment's spec.selector. */
json_t *kube_read_replica_sets(struct kube_read *reader, const char *ns, const json_t *selector,
                               const char *owner_uid, struct error *err);

/* The last lines of a container's log onto out; previous != 0: of the run before. A log that is not to be had (never
 * started, node away) is 0 with nothing added. */
int kube_read_log(struct kube_read *reader, const char *ns, const char *pod, const char *container,
                  int previous, int lines, struct strbuf *out, struct error *err);
