/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what a template refers to is there. */
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/limits.h"
#include "observer/gather/parts.h"
#include "observer/gather/template_references.h"

#define FORBIDDEN 403
#define NOT_FOUND 404
#define KEYS_SHOWN_BYTES 500

/* Where a ConfigMap or Secret that is missing, or a part of it, can be the cause. */
static const char *const of_configuration[] = {
    CLASS_CONFIG,          CLASS_CREATE,     CLASS_START,   CLASS_LIVENESS,    CLASS_INIT,
    CLASS_SIDECAR,         CLASS_CRASH_LOOP, CLASS_VOLUME,  CLASS_READINESS,   CLASS_INIT_OVERDUE,
    CLASS_CONFIG_MAP_GONE, CLASS_JOB_FAILED, CLASS_ROLLOUT, CLASS_UNAVAILABLE, NULL};
static const char *const of_pulling[] = {CLASS_IMAGE_PULL, CLASS_REGISTRY, NULL};
static const char *const of_claims[] = {CLASS_VOLUME,  CLASS_UNSCHEDULABLE, CLASS_STUCK_DELETING,
                                        CLASS_ROLLOUT, CLASS_UNAVAILABLE,   NULL};

/* How far the looking has come. */
struct look {
    struct visit *visit;
    struct strbuf *out;
    int asked;
};

/* Keys end with a line end each, and have none within. */
static int has_key(const struct strbuf *keys, const char *key)
{
    size_t len = strlen(key);
    for (const char *at = strbuf_text(keys); *at; at += strcspn(at, "\n") + 1)
        if (strcspn(at, "\n") == len && memcmp(at, key, len) == 0)
            return 1;
    return 0;
}

static void put_missing_keys(const json_t *entry, const struct strbuf *keys, struct strbuf *out)
{
    const char *key;
    json_t *by;
    json_object_foreach(json_object_get(entry, "keys"), key, by)
    {
        if (!has_key(keys, key))
            strbuf_printf(out, ", has no key \"%s\", which %s needs", key, json_string_value(by));
    }
}

/* As "a, b, c", as far as there is room. */
static void put_keys(const struct strbuf *keys, struct strbuf *out)
{
    size_t begin = out->len;
    strbuf_puts(out, keys->len ? "; keys: " : "; it has no keys");
    for (const char *at = strbuf_text(keys); *at; at += strcspn(at, "\n") + 1) {
        if (out->len - begin > KEYS_SHOWN_BYTES) {
            strbuf_puts(out, ", …");
            return;
        }
        strbuf_printf(out, "%s%.*s", at == keys->data ? "" : ", ", (int)strcspn(at, "\n"), at);
    }
}

/* 403 and 404 are answers, too; 0 = it was neither. */
static int put_absence(const struct error *err, struct strbuf *out)
{
    if (err->status == NOT_FOUND)
        strbuf_puts(out, ": does not exist");
    else if (err->status == FORBIDDEN)
        strbuf_puts(out, ": AegiOps may not look whether it exists");
    return err->status == NOT_FOUND || err->status == FORBIDDEN;
}

static void look_at(struct look *look, const json_t *entry)
{
    AUTO_STRBUF keys = {0}, line = {0};
    struct error err;
    const char *kind = json_string_at(entry, "kind"), *name = json_string_at(entry, "name");
    strbuf_printf(&line, "%s %s%s", kind, name, json_true_at(entry, "optional") ? " (optional)" : "");
    if (!kube_read_keys(look->visit->gatherer->reader, kind, visit_ns(look->visit), name, &keys, &err)) {
        strbuf_puts(&line, ": exists");
        put_missing_keys(entry, &keys, &line);
        put_keys(&keys, &line);
    } else if (!put_absence(&err, &line)) {
        visit_miss(look->visit, "reference", line.data, &err);
        return;
    }
    strbuf_printf(look->out, "%s\n", line.data);
}

/* Whether one more may be asked for; says so where not. */
static int may_ask(struct look *look, size_t left)
{
    if (look->visit->away || left == 0)
        return 0;
    if (look->asked++ < LIMIT_REFERENCES)
        return 1;
    strbuf_printf(look->out, "%zu more were not looked at\n", left);
    return 0;
}

static void look_at_all(struct look *look, json_t *take_references)
{
    AUTO_JSON *references = take_references;
    const char *id;
    json_t *entry;
    size_t left = json_object_size(references);
    json_object_foreach(references, id, entry)
    {
        if (!may_ask(look, left--))
            return;
        look_at(look, entry);
    }
}

static void look_at_claim(struct look *look, const char *name)
{
    AUTO_STRBUF line = {0};
    struct error err;
    strbuf_printf(&line, "PersistentVolumeClaim %s", name);
    AUTO_JSON *claim = kube_read_object(look->visit->gatherer->reader, "PersistentVolumeClaim",
                                        visit_ns(look->visit), name, &err);
    if (claim) {
        put_claim_facts(claim, &line);
    } else if (!put_absence(&err, &line)) {
        visit_miss(look->visit, "reference", line.data, &err);
        return;
    }
    strbuf_printf(look->out, "%s\n", line.data);
}

void gather_references(struct visit *visit)
{
    AUTO_STRBUF out = {0};
    struct look look = {.visit = visit, .out = &out};
    size_t i, left = json_array_size(visit->claims);
    const json_t *name;
    if (visit_is(visit, of_configuration))
        look_at_all(&look, references_of(visit_template(visit)));
    if (visit_is(visit, of_pulling))
        look_at_all(&look, references_for_pulling(visit_template(visit)));
    if (visit_is(visit, of_claims))
        json_array_foreach(visit->claims, i, name)
        {
            if (!may_ask(&look, left--))
                break;
            look_at_claim(&look, json_string_value(name));
        }
    evidence_add(visit->evidence, "reference", "K", &out);
}
