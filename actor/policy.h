/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy: how far AegiOps may go, by namespace and by action: observe (say what it would do), review (dry-run
 * and propose), auto (do it). The most careful of all that apply wins. Fails closed: an unknown word stops
 * the actor at start, and what policy does not allow is refused.
 */
#pragma once

#include <stdint.h>

#include "actor/order.h"
#include "actor/outcome.h"
#include "common/runtime/options.h"

struct policy {
    int mode; /* enum mode */
    struct option_list protected_namespaces;
    struct option_map namespaces; /* namespace → mode */
    struct option_map actions;    /* action type → mode */
    char *max_memory;             /* no memory limit is raised above it */
};

extern const struct option policy_option_rows[];
extern const size_t policy_option_count;

/* What the rows cannot say: words, names and quantities. ERROR_FATAL with file and line. */
int policy_check(const struct policy *policy, struct error *err);

/* Finds the mode for the order and what said so. 0 = outcome->mode holds; 1 = settled: refused. */
int policy_rule(const struct policy *policy, const struct order *order, struct outcome *outcome);

/* The cap in bytes. */
int64_t policy_max_memory(const struct policy *policy);
