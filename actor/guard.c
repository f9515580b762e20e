/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/guard.h"

#include <string.h>

#include "actor/owner.h"
#include "common/base/alloc.h"

#define IGNORE "aegiops.io/ignore"

static const char *metadata(const json_t *object, const char *map, const char *key)
{
    const json_t *values = json_object_get(json_object_get(object, "metadata"), map);
    const char *value = json_string_value(json_object_get(values, key));
    return value ? value : "";
}

static int is_ignored(const json_t *object)
{
    return strcmp(metadata(object, "annotations", IGNORE), "true") == 0 ||
           strcmp(metadata(object, "labels", IGNORE), "true") == 0;
}

static int is_critical(const json_t *object)
{
    const char *of_pod = json_string_at(object, "spec.priorityClassName");
    const char *of_template = json_string_at(object, "spec.template.spec.priorityClassName");
    const char *class = of_pod ? of_pod : of_template;
    return class && strncmp(class, "system-", strlen("system-")) == 0;
}

int guard_object(const json_t *object, const char *uid, const char *what, struct outcome *outcome)
{
    const char *found = json_string_at(object, "metadata.uid");
    if (!found || strcmp(found, uid) != 0)
        return outcome_settle(outcome, RESULT_FAILED,
                              "%s was replaced by another one of the same name (uid %s, not %s)", what,
                              found ? found : "unknown", uid);
    if (json_at(object, "metadata.deletionTimestamp"))
        return outcome_settle(outcome, RESULT_REFUSED, "%s is being deleted", what);
    if (is_ignored(object))
        return outcome_settle(outcome, RESULT_REFUSED, "%s is marked " IGNORE, what);
    if (is_critical(object))
        return outcome_settle(outcome, RESULT_REFUSED,
                              "%s is critical to the system (its priority class is system-…)", what);
    return 0;
}

const json_t *guard_controller(const json_t *object)
{
    const json_t *owners = json_at(object, "metadata.ownerReferences");
    for (size_t i = 0; i < json_array_size(owners); i++)
        if (json_is_true(json_object_get(json_array_get(owners, i), "controller")))
            return json_array_get(owners, i);
    return NULL;
}

int guard_specification(const json_t *object, const char *what, struct outcome *outcome)
{
    AUTO_STRBUF owner = {0};
    const json_t *controller = guard_controller(object);
    if (json_true_at(object, "spec.paused"))
        return outcome_settle(outcome, RESULT_REFUSED, "%s is paused by a person", what);
    if (controller)
        return outcome_settle(outcome, RESULT_REFUSED,
                              "%s is controlled by %s %s, which has to be changed instead", what,
                              json_string_at(controller, "kind"), json_string_at(controller, "name"));
    if (owner_elsewhere(object, &owner))
        return outcome_settle(outcome, RESULT_REFUSED,
                              "%s is managed by %s, which would undo the change; change it there", what,
                              strbuf_text(&owner));
    return 0;
}

int guard_release(const json_t *object, const char *what, int may_patch, struct outcome *outcome)
{
    AUTO_STRBUF owner = {0};
    if (!owner_helm(object, &owner))
        return 0;
    if (!may_patch)
        return outcome_settle(
            outcome, RESULT_REFUSED,
            "%s belongs to %s, whose next upgrade would undo the change; change its values or "
            "its chart (policy.patch_helm_releases: true allows the patch)",
            what, strbuf_text(&owner));
    AUTO_FREE char *warning =
        xasprintf("%s belongs to %s: the next upgrade may undo this change.", what, strbuf_text(&owner));
    outcome_warn(outcome, warning);
    return 0;
}

int guard_namespace(const json_t *object, const char *name, struct outcome *outcome)
{
    if (json_at(object, "metadata.deletionTimestamp"))
        return outcome_settle(outcome, RESULT_REFUSED, "the namespace %s is being deleted", name);
    if (is_ignored(object))
        return outcome_settle(outcome, RESULT_REFUSED, "the namespace %s is marked " IGNORE, name);
    return 0;
}
