/* SPDX-License-Identifier: Apache-2.0 */
/* Which single fields of a pod template differ from another one: what could be taken from there alone. Pure. */
#pragma once

#include "common/base/json.h"

/* Of the containers that both have, the image and the environment variables that differ, also where one has none:
 * [{"container","field":"image"} or {"container","field":"env","variable"}], at most LIMIT_CHANGES. A variable whose name an
 * action could not carry is left out. A new reference. */
json_t *changed_fields(const json_t *then, const json_t *now);
