/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of kinds that nobody told us of: discovery, then the metadata that every object has.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-requests */
#include <string.h>

#include "common/base/alloc.h"
#include "observer/kube_read_internal.h"

#define ACCEPT_METADATA "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
#define NOT_FOUND 404

/* An owner's name is whatever the maker of a pod wrote: it must stay one segment of a path. */
static int is_segment(const char *name)
{
    return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* "v1" lies under /api, "group/version" under /apis. */
static int add_group(struct strbuf *path, const char *api_version)
{
    const char *slash = strchr(api_version, '/');
    AUTO_FREE char *group = xstrndup(api_version, slash ? (size_t)(slash - api_version) : 0);
    const char *version = slash ? slash + 1 : api_version;
    if ((slash && !is_segment(group)) || !is_segment(version))
        return -1;
    strbuf_puts(path, slash ? "/apis" : "/api");
    if (slash)
        kube_read_add_name(path, "/", group);
    kube_read_add_name(path, "/", version);
    return 0;
}

/* The resource of a kind in a list of a group's resources: not one of its parts ("rollouts/status"). */
static const json_t *resource_in(const json_t *list, const char *kind)
{
    size_t i;
    const json_t *resource;
    json_array_foreach(json_object_get(list, "resources"), i, resource)
    {
        const char *its_kind = json_string_at(resource, "kind"), *name = json_string_at(resource, "name");
        if (its_kind && name && strcmp(its_kind, kind) == 0 && !strchr(name, '/'))
            return resource;
    }
    return NULL;
}

json_t *kube_read_metadata(struct kube_read *reader, const char *api_version, const char *kind,
                           const char *ns, const char *name, struct error *err)
{
    AUTO_STRBUF path = {0};
    if (!is_segment(name) || add_group(&path, api_version)) {
        fail(err, ERROR_REJECT, "%s %s of %s: no object can have that name", kind, name, api_version);
        return NULL;
    }
    AUTO_JSON *list = kube_read_json(reader, &path, NULL, err);
    const json_t *resource = resource_in(list, kind);
    if (list && !resource) {
        fail(err, ERROR_REJECT, "the API server has no kind %s in %s", kind, api_version);
        err->status = NOT_FOUND;
    }
    if (!resource)
        return NULL;
    if (json_true_at(resource, "namespaced"))
        kube_read_add_name(&path, "/namespaces/", ns);
    kube_read_add_name(&path, "/", json_string_at(resource, "name"));
    kube_read_add_name(&path, "/", name);
    return kube_read_json(reader, &path, ACCEPT_METADATA, err);
}
