/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that the observer may ask of the API server: reads. A handle belongs to one thread. Names are escaped here.
 * Answers are small JSON objects; what is listed in bulk comes through watch.h.
 */
#pragma once

#include <stddef.h>

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/strbuf.h"
#include "common/runtime/kube.h"
#include "observer/facts/owner.h"

struct kube_read;
struct kube_read *kube_read_open(struct kube_config *config);
void kube_read_close(struct kube_read *reader);

/* Whether objects of this kind, in whichever version of its group, can be asked for by kind and name alone. */
int kube_read_knows(const char *api_version, const char *kind);

/* GET of one object of a kind that is known; a new reference, NULL on failure (err->status 404: it is gone). */
json_t *kube_read_object(struct kube_read *reader, const char *kind, const char *ns, const char *name,
                         struct error *err);

/* At most `most` objects of a kind that is known, of its namespace where it has one: an array, a new reference. */
json_t *kube_read_some(struct kube_read *reader, const char *kind, const char *ns, int most,
                       struct error *err);

/* What the workload of this kind and uid keeps of its templates, newest first, as an array: a new reference. Of a
 * Deployment its ReplicaSets, of a StatefulSet or DaemonSet its ControllerRevisions. selector is its spec.selector. */
json_t *kube_read_revisions(struct kube_read *reader, const char *kind, const char *ns,
                            const json_t *selector, const char *owner_uid, struct error *err);

/* The metadata alone of an object of any kind, a custom one too: where such objects lie is asked of the API server
 * first. A new reference; ERROR_REJECT with status 404 when there is no such kind. */
json_t *kube_read_metadata(struct kube_read *reader, const char *api_version, const char *kind,
                           const char *ns, const char *name, struct error *err);

/* Who controls an object, by its metadata: 1, or 0 when nobody does. The texts are the object's. */
int kube_read_owner(const json_t *metadata, struct owner *out);

/* Appends the names of the keys of a ConfigMap or Secret, one a line. Its values are never looked at, and the whole
 * answer is wiped before this returns; libcurl's own buffer keeps the last piece until its next answer. */
int kube_read_keys(struct kube_read *reader, const char *kind, const char *ns, const char *name,
                   struct strbuf *out, struct error *err);

/* The last lines of a container's log onto out; previous != 0: of the run before. A log that is not to be had (never
 * started, removed, node away) is 0 with nothing added. */
int kube_read_log(struct kube_read *reader, const char *ns, const char *pod, const char *container,
                  int previous, int lines, struct strbuf *out, struct error *err);
