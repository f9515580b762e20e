/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/template_references.h"

#include <string.h>

#include "common/base/alloc.h"

#define CONFIG_MAP "ConfigMap"
#define SECRET "Secret"

/* The entry of a reference, begun where there is none; NULL without a name. One that is optional makes no other so. */
static json_t *entry_of(json_t *references, const char *kind, const char *name, const json_t *reference)
{
    if (!name)
        return NULL;
    int is_optional = json_true_at(reference, "optional");
    AUTO_FREE char *id = xasprintf("%s/%s", kind, name);
    json_t *entry = json_object_get(references, id);
    if (!entry) {
        entry =
            json_pack("{s:s, s:s, s:b, s:{}}", "kind", kind, "name", name, "optional", is_optional, "keys");
        json_object_set_new(references, id, entry);
    }
    if (!is_optional)
        json_object_set_new(entry, "optional", json_false());
    return entry;
}

static void need(json_t *entry, const json_t *reference, const char *key, const char *by)
{
    if (entry && key && !json_true_at(reference, "optional"))
        json_object_set_new(json_object_get(entry, "keys"), key, json_string(by));
}

/* A volume of it, or a part of a projected one; name_key: where its name stands. */
static void add_volume(json_t *references, const char *kind, const json_t *source, const char *name_key,
                       const char *volume)
{
    size_t i;
    const json_t *item;
    json_t *entry = entry_of(references, kind, json_string_at(source, name_key), source);
    AUTO_FREE char *by = xasprintf("volume %s", volume);
    json_array_foreach(json_object_get(source, "items"), i, item)
        need(entry, source, json_string_at(item, "key"), by);
}

static void add_volumes(json_t *references, const json_t *template)
{
    size_t i, j;
    const json_t *volume, *part;
    json_array_foreach(json_at(template, "spec.volumes"), i, volume)
    {
        const char *name = json_string_at(volume, "name");
        name = name ? name : "?";
        add_volume(references, CONFIG_MAP, json_object_get(volume, "configMap"), "name", name);
        add_volume(references, SECRET, json_object_get(volume, "secret"), "secretName", name);
        json_array_foreach(json_at(volume, "projected.sources"), j, part)
        {
            add_volume(references, CONFIG_MAP, json_object_get(part, "configMap"), "name", name);
            add_volume(references, SECRET, json_object_get(part, "secret"), "name", name);
        }
    }
}

static void add_variable(json_t *references, const char *kind, const json_t *source, const json_t *variable)
{
    const char *name = json_string_at(variable, "name");
    AUTO_FREE char *by = xasprintf("env %s", name ? name : "?");
    need(entry_of(references, kind, json_string_at(source, "name"), source), source,
         json_string_at(source, "key"), by);
}

static void add_environment(json_t *references, const json_t *container)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(container, "env"), i, item)
    {
        add_variable(references, CONFIG_MAP, json_at(item, "valueFrom.configMapKeyRef"), item);
        add_variable(references, SECRET, json_at(item, "valueFrom.secretKeyRef"), item);
    }
    json_array_foreach(json_object_get(container, "envFrom"), i, item)
    {
        const json_t *map = json_object_get(item, "configMapRef"),
                     *secret = json_object_get(item, "secretRef");
        entry_of(references, CONFIG_MAP, json_string_at(map, "name"), map);
        entry_of(references, SECRET, json_string_at(secret, "name"), secret);
    }
}

json_t *references_of(const json_t *template)
{
    static const char *const lists[] = {"spec.initContainers", "spec.containers"};
    json_t *references = json_object();
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        size_t j;
        const json_t *container;
        json_array_foreach(json_at(template, lists[i]), j, container) add_environment(references, container);
    }
    add_volumes(references, template);
    return references;
}

json_t *references_for_pulling(const json_t *template)
{
    size_t i;
    const json_t *item;
    json_t *references = json_object();
    json_array_foreach(json_at(template, "spec.imagePullSecrets"), i, item)
        entry_of(references, SECRET, json_string_at(item, "name"), NULL);
    return references;
}

json_t *claims_of(const json_t *template, const json_t *maker, const char *pod)
{
    size_t i;
    const json_t *item;
    json_t *claims = json_array();
    json_array_foreach(json_at(template, "spec.volumes"), i, item)
    {
        const json_t *name = json_at(item, "persistentVolumeClaim.claimName");
        if (json_is_string(name))
            json_array_append(claims, (json_t *)name);
    }
    json_array_foreach(json_at(maker, "spec.volumeClaimTemplates"), i, item)
    {
        const char *name = json_string_at(item, "metadata.name");
        if (name)
            json_array_append_new(claims, json_sprintf("%s-%s", name, pod));
    }
    return claims;
}
