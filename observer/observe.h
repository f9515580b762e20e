/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spine of the observer, in a thread of its own: a workload that changed is looked at; one that fails for
 * long enough becomes an incident; an open incident is verified until there is something to say. Whatever is
 * said is one document on `incidents`, published before it is remembered. The same thread reads incidents and
 * outcomes into its memory, all of the last two hours before it says a first word.
 */
#pragma once

#include "common/runtime/kube.h"
#include "observer/options.h"
#include "observer/store.h"
#include "observer/watch.h"

/* Starts the thread; all must outlive it. */
void observe_start(const struct observer_options *options, struct kube_config *config, struct store *store,
                   const struct watches *watches);
