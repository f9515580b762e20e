/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What policy says of an action in a namespace, and which line says so, for `actor --explain-policy NAMESPACE ACTION`. It asks
 * nobody: the labels of the namespace, what was done lately and the switches on the topic control are not known to it. Pure.
 */
#pragma once

#include "actor/policy.h"

/* Appends some lines of text. ERROR_FATAL: there is no such action, or no namespace can be called so. */
int explain(const struct policy *policy, const char *ns, const char *action, struct strbuf *out,
            struct error *err);
