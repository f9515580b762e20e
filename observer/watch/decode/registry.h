/* SPDX-License-Identifier: Apache-2.0 */
/* Why an image cannot be pulled, as far as it is the registry's fault and not the name's. */
#pragma once

#include "observer/facts.h"
#include "observer/watch/members.h"

/* The host of the registry that a waiting container's message says did not answer, could not be found, or asks to come
 * back later; "" = it waits for something else. The message quotes what the registry said. */
const char *registry_unreachable(struct scratch *scratch, const struct container_facts *container);
