/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods in groups by their top owner, the queue of groups that changed, and which templates of a Deployment
 * were seen good. A pod of a ReplicaSet whose name is "<name>-<template hash>" belongs to the Deployment of
 * that name while there is one, else to the ReplicaSet; as Deployments come and go, pods change groups. Not
 * thread-safe: the store locks.
 */
#pragma once

#include "observer/store/item.h"

/* A workload. It lives while it has pods or a Deployment, and after that until workloads_next() has said that
 * it is gone. */
struct group {
    struct table_node node;       /* by namespace and family name */
    const char *ns, *kind, *name; /* these five are shared texts */
    const char *uid, *api_version;
    const struct deployment_facts *deployment;
    const struct pod_facts **pods; /* by creation, then uid */
    size_t pod_count, pod_capacity;
    struct good *good; /* STORE_GOOD_TEMPLATES of them, the newest first; NULL = none yet */
    struct group *next_changed;
    int is_queued;
    int was_given; /* by workloads_next(): somebody knows it */
};

/* Begin with {.texts = …, } and the rest zeroed. Every item must have been taken out before the end. */
struct workloads {
    struct texts *texts;
    struct table groups;
    struct group *first_changed, *last_changed;
    struct group *given; /* what workloads_next() gave out last */
};

void workloads_free(struct workloads *workloads);

/* A pod takes the place of another of the same uid; either may be NULL (it is new, it is gone). Deployments
 * likewise. */
void workloads_change_pod(struct workloads *workloads, struct item *old, struct item *new);
void workloads_change_deployment(struct workloads *workloads, struct item *old, struct item *new);

/* Queues a group: something about it changed that is kept elsewhere. */
void workloads_touch(struct workloads *workloads, struct group *group);
void workloads_touch_namespace(struct workloads *workloads, const char *ns);

/* The group that an object of this name is or belongs to (also the Deployment of a ReplicaSet), or NULL. */
struct group *workloads_find(const struct workloads *workloads, const char *ns, const char *kind,
                             const char *name);

/* The group that has been waiting longest, or NULL. */
struct group *workloads_next(struct workloads *workloads);
