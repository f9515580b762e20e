/* SPDX-License-Identifier: Apache-2.0 */
/* Who leads to whom: label selectors and labels, as facts have them ("app=web\ntier=front\n", or with commas). */
#pragma once

#include "observer/store.h"

enum match {
    MATCH_NOT,    /* a label has another value, or none of them is there */
    MATCH_PARTLY, /* some are there and the others missing: something may put them on pods that run */
    MATCH_FULLY
};

/* How a selector takes labels; one that is empty takes none. Pure. */
enum match selector_match(const char *selector, const char *labels);

/* The first Service that leads to pods with these labels, or NULL. Lock held. */
const struct service_facts *selector_service(struct store *store, const char *ns, const char *labels);

/* Calls visit with each Deployment, StatefulSet, DaemonSet, Job and CronJob of the namespace until it answers other than 0,
 * which is returned. Lock held. */
int selector_each_maker(struct store *store, const char *ns,
                        int (*visit)(void *context, const struct controller_facts *maker), void *context);
