/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files objects in groups by what an incident can be about. A pod of a ReplicaSet whose name is "<name>-<template hash>"
 * belongs to the Deployment of that name while there is one; a pod of whatever has an owner that is known belongs to that
 * one; as owners come and go, pods change groups. A pod belongs to its node, too, and to the registry that does not answer
 * it. Not thread-safe: the store locks.
 */
#pragma once

#include "observer/store/group.h"

void workloads_change(struct groups *groups, const struct change *change);

/* A Service was seen to go (after workloads_change()): if it served, and no other has its name, it stays a subject. */
void workloads_miss(struct groups *groups, const struct change *change);

/* Whether objects of this kind are watched, or make no pods of others: "Pod", a registry. */
int workloads_watch(const char *kind);

/* Calls visit with each workload in the namespace of another kind, which was not adopted, until it answers other than 0. */
void workloads_each_stray(struct groups *groups, const char *ns,
                          int (*visit)(void *context, const struct owner *stray), void *context);

/* Gives the pods of such a workload to its own owner, or notes that it has none. */
void workloads_adopt(struct groups *groups, const char *ns, const char *kind, const char *name,
                     const struct owner *owner);
