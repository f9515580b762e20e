/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which groups a pod belongs to: its workload, by way of its owners; its node; and the registries that do not answer it. Not
 * thread-safe: the store locks.
 */
#pragma once

#include "observer/store/group.h"

/* A pod takes the place of another of its uid. */
void homes_change(struct groups *groups, const struct change *change);

/* Lets every pod of a group look for its home again. */
void homes_regroup(struct groups *groups, struct group *group);

/* The same for the ReplicaSets of a Deployment's family. */
void homes_gather(struct groups *groups, const struct group *deployment);

/* The group of a group's owner, which is known by reference alone if need be. */
struct group *homes_owner_of(struct groups *groups, const struct group *group);

/* As store_outage_ms() of store.h. */
int64_t homes_outage_ms(const struct groups *groups, const char *host);
