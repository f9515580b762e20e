/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pod says only together with what it said before: the ends of earlier runs, of which a status tells the last two
 * and a detector wants the last three; and which registry a container waits for, as kubelets before 1.32 do not say it
 * between two attempts. Pure.
 */
#pragma once

#include "observer/store/item.h"

/* The facts of a pod, with what the item before it knew. What is returned is pod itself, or lies in the arena. */
const struct pod_facts *scars_keep(const struct texts *texts, const struct item *before,
                                   const struct pod_facts *pod, struct arena *arena);
