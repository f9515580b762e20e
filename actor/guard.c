/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/guard.h"

#include <string.h>

#include "common/base/alloc.h"

/* Signs of another owner of the specification. A key that begins so among labels or annotations, or a field
 * manager. */
static const struct sign {
    enum { SIGN_METADATA, SIGN_MANAGER } where;
    const char *prefix, *owner;
} signs[] = {
    {SIGN_METADATA, "argocd.argoproj.io/", "Argo CD"},
    {SIGN_MANAGER, "argocd-", "Argo CD"},
    {SIGN_METADATA, "kustomize.toolkit.fluxcd.io/", "Flux"},
    {SIGN_MANAGER, "kustomize-controller", "Flux"},
    {SIGN_METADATA, "helm.toolkit.fluxcd.io/", "Flux"},
    {SIGN_MANAGER, "helm-controller", "Flux"},
    {SIGN_METADATA, "objectset.rio.cattle.io/", "Rancher Fleet"},
    {SIGN_METADATA, "config.k8s.io/owning-inventory", "a cli-utils inventory (kpt, Config Sync)"},
    {SIGN_METADATA, "configmanagement.gke.io/", "Config Sync"},
    {SIGN_METADATA, "kapp.k14s.io/", "kapp"},
    {SIGN_METADATA, "pulumi.com/", "Pulumi"},
    {SIGN_METADATA, "crossplane.io/", "Crossplane"},
    {SIGN_METADATA, "olm.owner", "the Operator Lifecycle Manager"},
    {SIGN_METADATA, "addonmanager.kubernetes.io/mode", "the addon manager"},
};

#define FLUX_SWITCH "kustomize.toolkit.fluxcd.io/reconcile" /* "disabled": Flux leaves the object alone */
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

static int has_key(const json_t *object, const char *map, const char *prefix)
{
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(json_object_get(object, "metadata"), map), key, value)
    {
        if (strncmp(key, prefix, strlen(prefix)) == 0)
            return 1;
    }
    return 0;
}

static int has_manager(const json_t *object, const char *prefix)
{
    const json_t *entries = json_at(object, "metadata.managedFields");
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const char *manager = json_string_at(json_array_get(entries, i), "manager");
        if (manager && strncmp(manager, prefix, strlen(prefix)) == 0)
            return 1;
    }
    return 0;
}

static int shows(const json_t *object, const struct sign *sign)
{
    if (sign->where == SIGN_MANAGER)
        return has_manager(object, sign->prefix);
    return has_key(object, "annotations", sign->prefix) || has_key(object, "labels", sign->prefix);
}

static int is_released_by_flux(const json_t *object)
{
    return strcmp(metadata(object, "annotations", FLUX_SWITCH), "disabled") == 0 ||
           strcmp(metadata(object, "labels", FLUX_SWITCH), "disabled") == 0;
}

/* Who keeps the specification elsewhere and would put it back; NULL = nobody that is known. */
static const char *owner_elsewhere(const json_t *object)
{
    int released = is_released_by_flux(object);
    for (size_t i = 0; i < COUNT_OF(signs); i++)
        if (shows(object, &signs[i]) && !(released && strcmp(signs[i].owner, "Flux") == 0))
            return signs[i].owner;
    return NULL;
}

int guard_specification(const json_t *object, const char *what, struct outcome *outcome)
{
    const json_t *controller = guard_controller(object);
    const char *owner = owner_elsewhere(object);
    if (json_true_at(object, "spec.paused"))
        return outcome_settle(outcome, RESULT_REFUSED, "%s is paused by a person", what);
    if (controller)
        return outcome_settle(outcome, RESULT_REFUSED,
                              "%s is controlled by %s %s, which has to be changed instead", what,
                              json_string_at(controller, "kind"), json_string_at(controller, "name"));
    if (owner)
        return outcome_settle(outcome, RESULT_REFUSED,
                              "%s is managed by %s, which would undo the change; change it there", what,
                              owner);
    if (*metadata(object, "annotations", "meta.helm.sh/release-name"))
        outcome_warn(outcome, "The object belongs to a Helm release: the next upgrade may undo this change.");
    return 0;
}
