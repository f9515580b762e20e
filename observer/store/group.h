/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an incident can be about: a workload with its pods, a node with those on it, a Service with its endpoints, a
 * namespace, a claim, a registry. The parts of a group are the store's to change (workloads.h).
 */
#pragma once

#include "observer/store.h"
#include "observer/store/item.h"

/* Items in no order. */
struct members {
    struct item **items;
    uint32_t count, capacity;
};

void members_add(struct members *members, struct item *item);
void members_remove(struct members *members, const struct item *item);

/* Of large clusters there are tens of thousands. */
struct group {
    struct table_node node;       /* by namespace and family name */
    const char *ns, *kind, *name; /* these, and the texts of owner, are shared */
    const char *uid, *api_version;
    struct owner *owner;        /* whoever owns it, where that is followed; NULL = nobody */
    struct item *object;        /* of this name; NULL = it does not exist, or its kind is not watched */
    struct members pods, parts; /* parts: slices of a Service, Jobs of a CronJob */
    uint32_t passed_on;         /* pods that name it as their owner, and were filed with its own owner */
    uint32_t serving; /* pods that are ready and here to stay; of a Service endpoints that are ready */
    uint32_t wanted;  /* see good_wanted() */
    struct past past;
    struct good *good; /* good_count of them, the newest first */
    int64_t wake_ms;   /* when time alone will have changed something; 0 = never */
    struct group *next_changed;
    enum store_kind kept_as : 8;
    unsigned good_count : 8;
    unsigned is_asked : 1; /* somebody has said who owns it */
    unsigned is_queued : 1;
    unsigned was_given : 1; /* by workloads_next(): somebody knows it */
};

/* Whether there is nothing left of it, and nobody who misses it. */
int group_is_empty(const struct group *group);

/* Whether an incident can be about it: there is something left, and it does not only pass its pods on to its owner. */
int group_is_subject(const struct group *group);

/* How many groups its pods are at home in, counted up to most. */
size_t group_homes(const struct group *group, size_t most);

/* The group that a node of the table is in. */
struct group *group_at(struct table_node *node);

/* Begin with {.texts = …, .arena = …} and the rest zeroed. Every item must have been taken out before the end. */
struct groups {
    struct texts *texts;
    struct arena *arena;
    struct table table;
    struct group *first_changed, *last_changed; /* the queue */
    struct group *given;                        /* what groups_next() gave out last */
    int64_t next_wake_ms;                       /* the earliest of all groups; 0 = none */
    int64_t newest_node_ms;                     /* creation of the newest node ever seen */
};

void groups_free(struct groups *groups);

/* How much of a name is the family's: a ReplicaSet "web-5d8" is of the family of Deployment "web". A family has one hash,
 * so that a Deployment finds the ReplicaSets that may be its own. */
size_t groups_family_len(const char *kind, const char *name, size_t len);

/* The group of this name, which is the first len bytes of name; NULL = none. */
struct group *groups_find_len(const struct groups *groups, const char *ns, const char *kind, const char *name,
                              size_t len);
struct group *groups_find_or_add(struct groups *groups, const char *ns, const char *kind, const char *name);

/* The group that an object of this name is or belongs to (also the Deployment of a ReplicaSet, the CronJob of a Job), or NULL. */
struct group *groups_find(const struct groups *groups, const char *ns, const char *kind, const char *name);

void groups_identify(struct groups *groups, struct group *group, const char *uid, const char *api_version);
/* Keeps a Service that is gone as a subject, with what it led to: until it is back, or for STORE_MISSED_MS. */
void groups_miss(struct groups *groups, struct group *group, const char *selector);

/* Nothing of this namespace is missed any more. */
void groups_let_go(struct groups *groups, const char *ns);

void groups_set_owner(struct groups *groups, struct group *group, const struct owner *owner);

/* Queues a group. groups_changed(): its pods or its object changed, so it may have become good. */
void groups_touch(struct groups *groups, struct group *group);
void groups_changed(struct groups *groups, struct group *group);
void groups_touch_namespace(struct groups *groups, const char *ns);

/* Queues the group at that time, unless it is to be queued earlier. */
void groups_wake(struct groups *groups, struct group *group, int64_t wake_ms);

/* Queues the groups whose time has come. */
void groups_touch_due(struct groups *groups, int64_t now_ms);

/* The group that has been waiting longest, or NULL. One that is empty is given out if it was before. */
struct group *groups_next(struct groups *groups);
