/* SPDX-License-Identifier: Apache-2.0 */
/* What a pod template refers to. Pure. */
#pragma once

#include "common/base/json.h"

/* The ConfigMaps and Secrets without which its containers do not start, as an object in their order: "Secret/db" =
 * {"kind", "name", "optional": nothing needs it, "keys": {"url": who needs that key of it, "env DATABASE_URL"}}. A
 * new reference. */
json_t *references_of(const json_t *template);

/* The same for the Secrets that its images are pulled with. */
json_t *references_for_pulling(const json_t *template);

/* The names of the claims that a pod of this name mounts, as an array: those of its template, and those that its
 * StatefulSet makes for it (maker's spec.volumeClaimTemplates). A new reference. */
json_t *claims_of(const json_t *template, const json_t *maker, const char *pod);
