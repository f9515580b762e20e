/* SPDX-License-Identifier: Apache-2.0 */
/* Who keeps an object's specification elsewhere and would put it back: a repository's tool, a package. Read from labels,
 * annotations and field managers. Pure. */
#pragma once

#include "common/base/json.h"
#include "common/base/strbuf.h"

/* Appends who it is and the very thing to be changed instead: "Argo CD, Application shop", "Flux, Kustomization
 * flux-system/shop". 1, or 0 when nobody is known. */
int owner_elsewhere(const json_t *object, struct strbuf *out);

/* The same for a Helm release, "Helm, release shop/web": nothing watches over it, but its next upgrade undoes a patch. */
int owner_helm(const json_t *object, struct strbuf *out);
