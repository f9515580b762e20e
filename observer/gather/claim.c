/* SPDX-License-Identifier: Apache-2.0 */
#include "common/schema/limits.h"
#include "observer/gather/parts.h"

#define FORBIDDEN 403
#define NOT_FOUND 404

static void put_part(const json_t *object, const char *before, const char *path, struct strbuf *out)
{
    const char *value = json_string_at(object, path);
    if (value)
        strbuf_printf(out, "%s%s", before, value);
}

void put_claim_facts(const json_t *claim, struct strbuf *out)
{
    size_t i;
    const json_t *mode;
    put_part(claim, ": ", "status.phase", out);
    put_part(claim, ", class ", "spec.storageClassName", out);
    put_part(claim, ", asks for ", "spec.resources.requests.storage", out);
    put_part(claim, ", has ", "status.capacity.storage", out);
    json_array_foreach(json_at(claim, "spec.accessModes"), i, mode)
        strbuf_printf(out, "%s%s", i ? " and " : ", ", json_string_value(mode));
    put_part(claim, ", volume ", "spec.volumeName", out);
    put_part(claim, ", volume mode ", "spec.volumeMode", out);
    put_part(claim, ", being deleted since ", "metadata.deletionTimestamp", out);
}

static void put_class(struct visit *visit, const char *name, struct strbuf *out)
{
    struct error err;
    AUTO_JSON *class = kube_read_object(visit->gatherer->reader, "StorageClass", "", name, &err);
    if (class) {
        strbuf_printf(out, "\nStorageClass %s", name);
        put_part(class, ": provisioner ", "provisioner", out);
        put_part(class, ", binding ", "volumeBindingMode", out);
        put_part(class, ", reclaim policy ", "reclaimPolicy", out);
    } else if (err.status == NOT_FOUND) {
        strbuf_printf(out, "\nStorageClass %s: does not exist", name);
    } else {
        visit_miss(visit, "reference", "the StorageClass", &err);
    }
}

void gather_claim(struct visit *visit)
{
    AUTO_STRBUF out = {0};
    const char *class = json_string_at(visit->object, "spec.storageClassName");
    if (!visit_is_about(visit, "PersistentVolumeClaim") || !visit->object)
        return;
    strbuf_printf(&out, "PersistentVolumeClaim %s", visit->sighting->name);
    put_claim_facts(visit->object, &out);
    if (!class)
        strbuf_puts(&out, "; it names no class, and no default class was filled in");
    else if (*class && !visit->away)
        put_class(visit, class, &out);
    evidence_add(visit->evidence, "reference", "K", &out);
}
