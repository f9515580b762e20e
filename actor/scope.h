/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a line of policy.namespaces holds, as it is written there:
 *   shop             the namespace shop
 *   env=prod         every namespace whose object has this label
 *   shop/scale       one action in a namespace
 *   env=prod/scale   one action in every namespace with this label
 * Pure.
 */
#pragma once

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/runtime/options.h"

/* What an action is to be done to, as far as policy asks. */
struct place {
    const char *ns, *action;
    const json_t *labels; /* of the namespace's object (may be JSON null); NULL = not known */
};

enum scope_answer {
    SCOPE_ELSEWHERE,
    SCOPE_HERE,
    SCOPE_IF_LABELLED, /* here, if the namespace has the label: its labels are not known */
};

enum scope_answer scope_holds(const char *scope, const struct place *place);

/* Whether the line names an action. */
int scope_has_action(const char *scope);

/* That it is spelled so, and that the action exists. ERROR_FATAL with file and line. */
int scope_check(const struct option_pair *line, struct error *err);

/* Whether this may be the name of a namespace (RFC 1123 label). */
int scope_is_namespace(const char *name);
