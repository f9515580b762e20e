/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/managed_by.h"

#include <string.h>

#include "common/base/alloc.h"

/* Where a tool leaves its mark: a label (of this value, "" = any), an annotation, or a name among those who wrote fields.
 * A name that ends with a slash or a dash is the beginning of one. */
enum place { PLACE_LABEL, PLACE_ANNOTATION, PLACE_WRITER };

/* Whoever tells others what to do comes first: Flux lets Helm do its work.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
 * https://fluxcd.io/flux/faq/
 * https://helm.sh/docs/chart_best_practices/labels/ */
static const struct mark {
    const char *tool;
    enum place place;
    const char *name, *value;
} marks[] = {
    {"Argo CD", PLACE_ANNOTATION, "argocd.argoproj.io/tracking-id", ""},
    {"Argo CD", PLACE_LABEL, "argocd.argoproj.io/instance", ""},
    {"Argo CD", PLACE_WRITER, "argocd-", ""},
    {"Flux", PLACE_LABEL, "kustomize.toolkit.fluxcd.io/name", ""},
    {"Flux", PLACE_LABEL, "helm.toolkit.fluxcd.io/name", ""},
    {"Flux", PLACE_WRITER, "kustomize-controller", ""},
    {"Flux", PLACE_WRITER, "helm-controller", ""},
    {"Rancher Fleet", PLACE_ANNOTATION, "objectset.rio.cattle.io/", ""},
    {"Rancher Fleet", PLACE_LABEL, "objectset.rio.cattle.io/", ""},
    {"Config Sync", PLACE_ANNOTATION, "configmanagement.gke.io/managed", ""},
    {"kpt", PLACE_ANNOTATION, "config.k8s.io/owning-inventory", ""},
    {"kapp", PLACE_LABEL, "kapp.k14s.io/app", ""},
    {"Pulumi", PLACE_ANNOTATION, "pulumi.com/", ""},
    {"Crossplane", PLACE_LABEL, "crossplane.io/", ""},
    {"Crossplane", PLACE_ANNOTATION, "crossplane.io/", ""},
    {"Operator Lifecycle Manager", PLACE_LABEL, "olm.owner", ""},
    {"Addon Manager", PLACE_LABEL, "addonmanager.kubernetes.io/mode", ""},
    {"Helm", PLACE_ANNOTATION, "meta.helm.sh/release-name", ""},
    {"Helm", PLACE_LABEL, "app.kubernetes.io/managed-by", "Helm"},
};

#define FLUX_SWITCH "kustomize.toolkit.fluxcd.io/reconcile" /* "disabled": Flux leaves it alone */

static int is_named(const char *name, const struct mark *mark)
{
    size_t len = strlen(mark->name);
    int is_beginning = strchr("/-", mark->name[len - 1]) != NULL;
    return strncmp(name, mark->name, len) == 0 && (is_beginning || !name[len]);
}

static const char *tag_of(const json_t *tags, const struct mark *mark)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)tags, name, value)
    {
        const char *text = json_string_value(value);
        if (is_named(name, mark) && text && (!*mark->value || strcmp(text, mark->value) == 0))
            return name;
    }
    return NULL;
}

static const char *writer_of(const json_t *metadata, const struct mark *mark)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(json_object_get(metadata, "managedFields"), i, entry)
    {
        const char *name = json_string_at(entry, "manager");
        if (name && is_named(name, mark))
            return name;
    }
    return NULL;
}

static const char *find(const json_t *metadata, const struct mark *mark)
{
    static const char *const places[] = {[PLACE_LABEL] = "labels", [PLACE_ANNOTATION] = "annotations"};
    return mark->place == PLACE_WRITER ? writer_of(metadata, mark)
                                       : tag_of(json_object_get(metadata, places[mark->place]), mark);
}

static int is_left_alone(const json_t *metadata, const char *tool)
{
    static const struct mark off = {"Flux", PLACE_ANNOTATION, FLUX_SWITCH, "disabled"};
    return strcmp(tool, off.tool) == 0 && find(metadata, &off);
}

const char *managed_by(const json_t *metadata, struct strbuf *out)
{
    static const char *const words[] = {
        [PLACE_LABEL] = "label", [PLACE_ANNOTATION] = "annotation", [PLACE_WRITER] = "fields written by"};
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        const char *found = find(metadata, &marks[i]);
        if (!found || is_left_alone(metadata, marks[i].tool))
            continue;
        strbuf_printf(out, "%s %s", words[marks[i].place], found);
        return marks[i].tool;
    }
    return NULL;
}
