/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/revisions.h"

#include <string.h>

/* Labels and annotations have dots in their names, so json_at() is of no use there. */
static const char *tag(const json_t *set, const char *kind, const char *name)
{
    const char *value =
        json_string_value(json_object_get(json_object_get(json_object_get(set, "metadata"), kind), name));
    return value ? value : "";
}

const char *revision_hash(const json_t *set)
{
    return tag(set, "labels", "pod-template-hash");
}

const char *revision_number(const json_t *set)
{
    return tag(set, "annotations", "deployment.kubernetes.io/revision");
}

/* Whether a pod of this template is anything but well: one that crashes is ready for an instant too. */
static int has_sick_pod(const struct gaze *gaze, const struct workload *workload, const char *hash,
                        int64_t now_ms)
{
    for (size_t i = 0; i < workload->pod_count; i++)
        if (strcmp(workload->pods[i]->template_hash, hash) == 0 &&
            detect_pod(gaze, workload->pods[i], now_ms) != CONDITION_WELL)
            return 1;
    return 0;
}

static int is_good(const json_t *set, const struct workload *workload, const struct gaze *gaze,
                   int64_t now_ms, int64_t good_after_ms)
{
    const char *hash = revision_hash(set);
    if (!*hash || has_sick_pod(gaze, workload, hash, now_ms))
        return 0;
    return json_integer_at(set, "status.readyReplicas", 0) > 0 ||
           store_good_for_ms(gaze->store, workload, hash) >= good_after_ms;
}

static void judge(const json_t *sets, const struct workload *workload, const struct gaze *gaze,
                  int64_t now_ms, int64_t good_after_ms, struct revisions *out)
{
    size_t index;
    json_t *set;
    json_array_foreach(sets, index, set)
    {
        if (set != out->failing && !out->good && is_good(set, workload, gaze, now_ms, good_after_ms))
            out->good = set;
    }
}

void revisions_judge(const json_t *sets, const char *failing_hash, const struct sighting *sighting,
                     const struct gaze *gaze, int64_t good_after_ms, struct revisions *out)
{
    size_t index;
    json_t *set;
    struct workload workload;
    *out = (struct revisions){0};
    json_array_foreach(sets, index, set)
    {
        if (!out->failing && *failing_hash && strcmp(revision_hash(set), failing_hash) == 0) {
            out->failing = set;
            out->previous = json_array_get(sets, index + 1);
            out->failing_is_newest = index == 0;
        }
    }
    store_lock(gaze->store);
    if (store_find(gaze->store, sighting->ns, sighting->kind, sighting->name, &workload))
        judge(sets, &workload, gaze, sighting->at_ms, good_after_ms, out);
    store_unlock(gaze->store);
    if (out->good)
        out->previous = out->good;
}
