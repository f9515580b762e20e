/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts of one cluster in memory, grouped by what an incident can be about: a workload (the top owner: a pod of
 * ReplicaSet web-5d8 whose template hash is 5d8 belongs to Deployment web where that exists, a pod of a Job to the Job's
 * CronJob), a node, a namespace, a Service, a claim, a registry that does not answer. What has no namespace has "-".
 * Filled by the watch threads, read by the observe loop; every function locks for itself but those that say "lock held",
 * which want store_lock() around them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "observer/facts.h"
#include "observer/workload.h"

struct store;
struct store *store_new(void);
void store_free(struct store *store);

#define STORE_EVENT_TTL_MS (3600 * 1000) /* the API server's own default */
#define STORE_EVENTS_PER_OBJECT 8        /* repeats of a reason go before the last of another */
#define STORE_EVENTS_MAX 20000           /* about 10 MB in the worst hour of a large cluster */
#define STORE_GOOD_TEMPLATES 6           /* good templates remembered of one workload */
#define STORE_MISSED_MS                                                                                      \
    (3600 * 1000)                /* a Service that went is a subject for so long; settling takes no longer */
#define STORE_OUTAGE_WORKLOADS 3 /* that wait for a registry make an outage: two are coincidence */
#define STORE_NO_NAMESPACE "-"
#define STORE_REGISTRY "Registry" /* the kind of a group that no object stands for; its name is the host */

/* A change from the watch: added, or in the place of what had the same uid (a namespace, a node: the same name). facts is
 * the struct of the kind, copied; its texts may be NULL for "". Of events, only what is younger than STORE_EVENT_TTL_MS is
 * kept, at most STORE_EVENTS_PER_OBJECT of one object and STORE_EVENTS_MAX in all: the oldest go first. */
void store_put(struct store *store, enum store_kind kind, const void *facts);
void store_remove(struct store *store, enum store_kind kind, const char *uid_or_name);

/* A full list: what is not put between begin and end is removed at end. A list that breaks off is begun again. */
void store_list_begin(struct store *store, enum store_kind kind);
void store_list_end(struct store *store, enum store_kind kind);

/* The kind may not be read, or no longer: it counts as listed, and as it was last seen, since a right that is taken away is
 * no sign that anything is gone; nothing is concluded from what is not there. */
void store_set_blind(struct store *store, enum store_kind kind);

/* True once every kind has had its first full list: before that nothing may be concluded. */
int store_synced(struct store *store);

/* Waits at most timeout_ms for a change. */
void store_wait(struct store *store, int64_t timeout_ms);

/* Nothing slow under the lock: the watches wait behind it. What was shown before is invalid from store_lock() on. */
void store_lock(struct store *store);
void store_unlock(struct store *store);

/* The next subject that has changed, an event about it or the time of store_wake() included: 1, or 0 when none is left.
 * Each is queued once; one with nothing left is given out once more. Lock held; out is valid until this is called again. */
int store_next_changed(struct store *store, struct workload *out);

/* Queues the subject when it is wake_ms, unless an earlier time is set. Lock held. */
void store_wake(struct store *store, const struct workload *workload, int64_t wake_ms);

/* The subject of this name: 1, or 0 when it does not exist. Lock held. */
int store_find(struct store *store, const char *ns, const char *kind, const char *name, struct workload *out);

/* Whether subjects of this kind are known by more than their pods. */
int store_watches(const char *kind);

/* Calls visit with each workload of a kind that is not watched in the namespace, of which nobody has said yet who owns it,
 * until it answers other than 0. Lock held. */
void store_each_stray(struct store *store, const char *ns,
                      int (*visit)(void *context, const struct owner *stray), void *context);

/* Says who owns such a workload, so that its pods are filed there: for one of kind ReplicaSet that a Rollout owns. An
 * owner without a kind: nobody does. */
void store_adopt(struct store *store, const char *ns, const char *kind, const char *name,
                 const struct owner *owner);

/* The events about an object, newest first, into out (at most max); returns how many. Lock held. */
size_t store_events_of(struct store *store, const char *object_uid, const struct event_facts **out,
                       size_t max);

/* An object of a kind whose id (uid; of a node, a namespace: name) is known, or NULL. Lock held. */
const union facts *store_object(struct store *store, enum store_kind kind, const char *uid_or_name);

/* Calls visit with each object of a kind until it answers other than 0, which is returned. Lock held. */
int store_each(struct store *store, enum store_kind kind,
               int (*visit)(void *context, const union facts *facts), void *context);

/* When a ConfigMap of this name was last seen to go, if it has not come back. 0 = it is there, or was never seen, or that is
 * long ago. Lock held. */
int64_t store_gone_ms(struct store *store, enum store_kind kind, const char *ns, const char *name);

/* Whether the kind may not be read, so that what is not there says nothing. Lock held. */
int store_is_blind(const struct store *store, enum store_kind kind);

/* When this registry last let pods of STORE_OUTAGE_WORKLOADS workloads wait, maybe now; 0 = not known. Lock held. */
int64_t store_outage_ms(struct store *store, const char *host);

/* For how long all replicas of this template were seen available, which makes a revision "good"; 0 = never. Lock held. */
int64_t store_good_for_ms(struct store *store, const struct workload *workload, const char *template_hash);

/* How many are kept, for metrics. Locks for itself. */
size_t store_count(struct store *store, enum store_kind kind);
