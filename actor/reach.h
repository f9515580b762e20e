/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the API server for its version again and again, in a thread of its own, so that /readyz and the log say at once when
 * it is away or refuses the actor's credentials, and not only when something has to be repaired.
 */
#pragma once

#include "common/runtime/kube.h"

/* Starts the thread; config must outlive it. */
void reach_start(struct kube_config *config);
