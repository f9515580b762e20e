/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stops all action while so much of the cluster fails that the cause is larger than any workload: a network, a registry, a
 * release of everything. How much fails is said by the observer in each document (observed.cluster). Pure.
 */
#pragma once

#include "actor/policy.h"

/* 1 = settled: deferred. 0 = it does not stop this, or the document makes no statement. */
int breaker_stops(const struct policy *policy, const struct incident *incident, struct outcome *outcome);
