/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts of one cluster in memory, grouped by workload (the top owner: a pod of ReplicaSet web-5d8 whose template hash
 * is 5d8 belongs to Deployment web where that exists). Filled by the watch threads, read by the observe loop; every
 * function locks for itself but the view functions, which want store_lock() around them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "observer/facts.h"

struct store;
struct store *store_new(void);
void store_free(struct store *store);

#define STORE_EVENT_TTL_MS (3600 * 1000) /* the API server's own default */
#define STORE_EVENTS_PER_OBJECT 8        /* repeats of a reason go before the last of another */
#define STORE_EVENTS_MAX 20000           /* about 10 MB in the worst hour of a large cluster */
#define STORE_GOOD_TEMPLATES 6           /* good templates remembered of one Deployment */

enum store_kind { STORE_PODS, STORE_EVENTS, STORE_DEPLOYMENTS, STORE_NAMESPACES, STORE_KINDS };

/* A change from the watch: added, or in the place of what had the same uid (a namespace: the same name). Facts are copied
 * with their strings and containers; of an event, only what is younger than STORE_EVENT_TTL_MS, at most
 * STORE_EVENTS_PER_OBJECT of one object and STORE_EVENTS_MAX in all are kept, the oldest go first. */
void store_put_pod(struct store *store, const struct pod_facts *pod);
void store_put_deployment(struct store *store, const struct deployment_facts *deployment);
void store_put_namespace(struct store *store, const struct namespace_facts *ns);
void store_put_event(struct store *store, const struct event_facts *event);
void store_remove(struct store *store, enum store_kind kind, const char *uid_or_name);

/* A full list: what is not put between begin and end is removed at end. A list that breaks off is begun again. */
void store_list_begin(struct store *store, enum store_kind kind);
void store_list_end(struct store *store, enum store_kind kind);

/* True once every kind has had its first full list: before that nothing may be concluded. */
int store_synced(struct store *store);

/* Waits at most timeout_ms for a change. */
void store_wait(struct store *store, int64_t timeout_ms);

/* Nothing slow under the lock: the watches wait behind it. */
void store_lock(struct store *store);
void store_unlock(struct store *store);

/* A workload as it stands, borrowed while the lock is held. */
struct workload {
    const char *ns, *kind, *name, *uid, *api_version;
    const struct deployment_facts *deployment;     /* NULL unless kind is Deployment */
    const struct namespace_facts *namespace_facts; /* may be NULL */
    const struct pod_facts *const *pods;           /* by creation, then uid */
    size_t pod_count;
};

/* The next workload that changed since it was last given out here: 1, or 0 when none is left. Each is queued once, however
 * often it changes; an event about it counts as a change. One without Deployment and pods is gone: said once. Lock held;
 * out is valid until the lock is released or this is called again. */
int store_next_changed(struct store *store, struct workload *out);

/* The workload of this name: 1, or 0 when neither it nor a pod of it exists. Lock held. */
int store_find(struct store *store, const char *ns, const char *kind, const char *name, struct workload *out);

/* The events about an object, newest first, into out (at most max); returns how many. Lock held. */
size_t store_events_of(struct store *store, const char *object_uid, const struct event_facts **out,
                       size_t max);

/* Whether all replicas of this template were seen available (and for how long, ms, at most since we look): what makes a
 * revision "good". 0 = never seen. Lock held. */
int64_t store_good_for_ms(struct store *store, const struct workload *workload, const char *template_hash);

/* How many are kept, for metrics. Locks for itself. */
size_t store_count(struct store *store, enum store_kind kind);
