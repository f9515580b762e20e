/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/owner.h"

#include <stdint.h>
#include <string.h>

#include "common/base/alloc.h"

#define FLUX "Flux"
#define FLUX_SWITCH "kustomize.toolkit.fluxcd.io/reconcile" /* "disabled": Flux leaves the object alone */
#define ARGO_TRACKING "argocd.argoproj.io/tracking-id"

/* Signs of an owner: a key that begins so among labels or annotations, or a field manager. thing, name and ns say what is to
 * be changed, by the keys that hold its name and namespace.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
 * https://fluxcd.io/flux/components/kustomize/kustomizations/ and …/helm/helmreleases/
 * https://olm.operatorframework.io/docs/  https://carvel.dev/kapp/docs/latest/state-namespace/ */
static const struct sign {
    enum { SIGN_METADATA, SIGN_MANAGER } where;
    const char *prefix, *owner;
    const char *thing, *name, *ns;
} signs[] = {
    {SIGN_METADATA, ARGO_TRACKING, "Argo CD", "Application", ARGO_TRACKING, NULL},
    {SIGN_METADATA, "argocd.argoproj.io/", "Argo CD", "Application", "argocd.argoproj.io/instance", NULL},
    {SIGN_MANAGER, "argocd-", "Argo CD", "Application", "app.kubernetes.io/instance", NULL},
    {SIGN_METADATA, "kustomize.toolkit.fluxcd.io/", FLUX, "Kustomization", "kustomize.toolkit.fluxcd.io/name",
     "kustomize.toolkit.fluxcd.io/namespace"},
    {SIGN_METADATA, "helm.toolkit.fluxcd.io/", FLUX, "HelmRelease", "helm.toolkit.fluxcd.io/name",
     "helm.toolkit.fluxcd.io/namespace"},
    {SIGN_MANAGER, "kustomize-controller", FLUX, NULL, NULL, NULL},
    {SIGN_MANAGER, "helm-controller", FLUX, "HelmRelease", "meta.helm.sh/release-name",
     "meta.helm.sh/release-namespace"},
    {SIGN_METADATA, "objectset.rio.cattle.io/", "Rancher Fleet", "bundle", "objectset.rio.cattle.io/id",
     NULL},
    {SIGN_METADATA, "configmanagement.gke.io/", "Config Sync", "sync", "configmanagement.gke.io/sync-name",
     "configmanagement.gke.io/sync-namespace"},
    {SIGN_METADATA, "config.k8s.io/owning-inventory", "a cli-utils inventory (kpt, Config Sync)", "inventory",
     "config.k8s.io/owning-inventory", NULL},
    {SIGN_METADATA, "kapp.k14s.io/", "kapp", "app", "kapp.k14s.io/app", NULL},
    {SIGN_METADATA, "pulumi.com/", "Pulumi", NULL, NULL, NULL},
    {SIGN_METADATA, "crossplane.io/", "Crossplane", "composite resource", "crossplane.io/composite", NULL},
    {SIGN_METADATA, "olm.owner", "the Operator Lifecycle Manager", "ClusterServiceVersion", "olm.owner",
     "olm.owner.namespace"},
    {SIGN_METADATA, "addonmanager.kubernetes.io/mode", "the addon manager", NULL, NULL, NULL},
};

static const struct sign helm = {
    SIGN_METADATA, "meta.helm.sh/release-name", "Helm",
    "release",     "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"};

/* The value of an annotation or label; "" = there is none. */
static const char *metadata(const json_t *object, const char *key)
{
    const char *annotation = json_string_value(json_object_get(json_at(object, "metadata.annotations"), key));
    const char *label = json_string_value(json_object_get(json_at(object, "metadata.labels"), key));
    return annotation ? annotation : label ? label : "";
}

static int has_key(const json_t *tags, const char *prefix)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)tags, key, value)
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
    return has_key(json_at(object, "metadata.annotations"), sign->prefix) ||
           has_key(json_at(object, "metadata.labels"), sign->prefix);
}

/* Of "shop:apps/Deployment:shop/web" the application is what stands before the colon; of one outside of Argo CD's own
 * namespace "<namespace>_<name>". */
static char *argo_application(const char *tracking)
{
    char *name = xstrndup(tracking, strcspn(tracking, ":"));
    char *underscore = strchr(name, '_');
    if (underscore)
        *underscore = '/';
    return name;
}

/* These texts are somebody's own: the outcome makes them safe to show. */
static void describe(const json_t *object, const struct sign *sign, struct strbuf *out)
{
    const char *value = sign->name ? metadata(object, sign->name) : "";
    const char *ns = sign->ns ? metadata(object, sign->ns) : "";
    AUTO_FREE char *name =
        sign->name && strcmp(sign->name, ARGO_TRACKING) == 0 ? argo_application(value) : xstrdup(value);
    strbuf_puts(out, sign->owner);
    if (*name)
        strbuf_printf(out, ", %s %.253s%s%.253s", sign->thing, ns, *ns ? "/" : "", name);
}

int owner_elsewhere(const json_t *object, struct strbuf *out)
{
    int released = strcmp(metadata(object, FLUX_SWITCH), "disabled") == 0;
    for (size_t i = 0; i < COUNT_OF(signs); i++) {
        if (!shows(object, &signs[i]) || (released && strcmp(signs[i].owner, FLUX) == 0))
            continue;
        describe(object, &signs[i], out);
        return 1;
    }
    return 0;
}

int owner_helm(const json_t *object, struct strbuf *out)
{
    if (!*metadata(object, helm.name))
        return 0;
    describe(object, &helm, out);
    return 1;
}
