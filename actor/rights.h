/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the actor's account has to be allowed, asked of the API server once it is reached: what is missing is told then, and not
 * only when something has to be repaired. https://kubernetes.io/docs/reference/access-authn-authz/authorization/
 */
#pragma once

#include "common/base/error.h"
#include "common/base/strbuf.h"
#include "common/runtime/kube.h"

/* Appends what is not allowed in all namespaces, as "patch deployments.apps (rollback, …), …": how many rights that are, or -1 =
 * err. */
int rights_missing(struct kube *kube, struct strbuf *out, struct error *err);
