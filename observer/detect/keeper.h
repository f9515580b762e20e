/* SPDX-License-Identifier: Apache-2.0 */
/* Deployments, StatefulSets and DaemonSets: each keeps as many pods ready as it wants. */
#pragma once

#include "observer/detector.h"

int is_keeper(const struct controller_facts *controller);

/* Whether pods of the newest template are still to be made, as far as the controller knows. */
int keeper_is_rolling(const struct controller_facts *keeper);

/* Whether somebody holds pods of it back, on purpose: they wait at a scheduling gate. */
int keeper_is_held(const struct workload *workload);

/* Whether it has fewer pods ready than it wants, none is held back, and none of its counts has moved for as long as starting a
 * pod and getting on may take; until then the subject is looked at again. */
int keeper_falls_short(struct scene *scene);
