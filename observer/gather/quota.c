/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/alloc.h"
#include "observer/gather/parts.h"

#define OBJECTS_READ 10 /* of each kind: a namespace has one or two */

static const char *const of_admission[] = {CLASS_FAILED_CREATE, CLASS_UNSCHEDULABLE, CLASS_ROLLOUT,
                                           CLASS_UNAVAILABLE, NULL};

/* "requests.cpu 4 of 4" */
static void put_use(const json_t *quota, struct strbuf *out)
{
    const char *name;
    json_t *hard;
    size_t count = 0;
    json_object_foreach((json_t *)json_at(quota, "status.hard"), name, hard)
    {
        const char *used = json_string_value(json_object_get(json_at(quota, "status.used"), name));
        strbuf_printf(out, "%s%s %s of %s used", count++ ? ", " : ": ", name, used ? used : "?",
                      json_string_value(hard));
    }
}

/* "Container: max memory 1Gi, default cpu 500m" */
static void put_limits(const json_t *range, struct strbuf *out)
{
    static const char *const bounds[] = {"min", "max", "default", "defaultRequest", "maxLimitRequestRatio"};
    size_t i;
    const json_t *item;
    json_array_foreach(json_at(range, "spec.limits"), i, item)
    {
        const char *type = json_string_at(item, "type"), *name;
        strbuf_printf(out, "%s%s", i ? "; " : ": ", type ? type : "?");
        for (size_t j = 0; j < COUNT_OF(bounds); j++) {
            json_t *amount;
            json_object_foreach(json_object_get(item, bounds[j]), name, amount)
            {
                strbuf_printf(out, ", %s %s %s", bounds[j], name, json_string_value(amount));
            }
        }
    }
}

static void put_all(struct visit *visit, const char *kind,
                    void (*put)(const json_t *object, struct strbuf *out), struct strbuf *out)
{
    struct error err;
    size_t i;
    const json_t *object;
    if (visit->away)
        return;
    AUTO_JSON *objects = kube_read_some(visit->gatherer->reader, kind, visit_ns(visit), OBJECTS_READ, &err);
    if (!objects) {
        visit_miss(visit, "quota", kind, &err);
        return;
    }
    json_array_foreach(objects, i, object)
    {
        const char *name = json_string_at(object, "metadata.name");
        strbuf_printf(out, "%s %s", kind, name ? name : "?");
        put(object, out);
        strbuf_putc(out, '\n');
    }
    if (json_array_size(objects) == 0)
        strbuf_printf(out, "%s: there is none in the namespace\n", kind);
}

void gather_quota(struct visit *visit)
{
    AUTO_STRBUF out = {0};
    if (!visit_is(visit, of_admission))
        return;
    put_all(visit, "ResourceQuota", put_use, &out);
    put_all(visit, "LimitRange", put_limits, &out);
    evidence_add(visit->evidence, "quota", "K", &out);
}
