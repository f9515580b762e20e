/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy that holds now. It is read at the start, and again whenever the configuration file changes; one that cannot be read
 * changes nothing. Lanes hold on to the policy that they have begun with. Thread-safe.
 */
#pragma once

#include "actor/policy.h"

struct policies;

/* Reads it for the first time. path: the configuration file, NULL = there is none; borrowed. read: fills a zeroed policy from all
 * of its sources, and checks it. NULL + err when it cannot be read. */
struct policies *policies_open(const char *path, int (*read)(struct policy *out, struct error *err),
                               struct error *err);

/* After all that was taken has been released. */
void policies_free(struct policies *policies);

/* The policy that holds now; to be released. */
const struct policy *policies_take(struct policies *policies);
void policies_release(struct policies *policies, const struct policy *policy);

/* Reads it again. -1: err says why, and the old one goes on to hold. */
int policies_renew(struct policies *policies, struct error *err);

/* Starts the thread that looks once a second whether the file is another one or has changed, and reads it again. */
void policies_watch(struct policies *policies);
