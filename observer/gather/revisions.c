/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/revisions.h"

#include <stdio.h>
#include <string.h>

/* Labels and annotations have dots in their names, so json_at() is of no use there. */
static const char *tag(const json_t *revision, const char *kind, const char *name)
{
    return json_string_value(
        json_object_get(json_object_get(json_object_get(revision, "metadata"), kind), name));
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* Pods carry the hash of their ReplicaSet, or of their DaemonSet's ControllerRevision; but those of a StatefulSet the
 * whole name. https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/history/controller_history.go */
const char *revision_hash(const json_t *revision)
{
    const char *hash = tag(revision, "labels", "pod-template-hash");
    if (!hash)
        hash = tag(revision, "labels", "controller-revision-hash");
    return or_empty(hash || !json_object_get(revision, "data") ? hash
                                                               : json_string_at(revision, "metadata.name"));
}

const char *revision_number(const json_t *revision, char text[REVISION_NUMBER_SIZE])
{
    const char *annotation = tag(revision, "annotations", "deployment.kubernetes.io/revision");
    long long number = json_integer_at(revision, "revision", 0);
    snprintf(text, REVISION_NUMBER_SIZE, "%lld", number);
    return annotation ? annotation : number ? text : "";
}

/* Whether pods of this template are ready, and none is anything but well: one that crashes is ready for an instant,
 * too. *is_sick: one is not. */
static int runs_well(const struct gaze *gaze, const struct workload *workload, const char *hash,
                     int64_t now_ms, int *is_sick)
{
    int ready = 0;
    *is_sick = 0;
    for (size_t i = 0; i < workload->pod_count; i++) {
        const struct pod_facts *pod = workload->pods[i];
        if (strcmp(pod->template_hash, hash) != 0)
            continue;
        *is_sick |= detect_pod(gaze, pod, now_ms) != CONDITION_WELL;
        ready += pod->ready && detect_is_live(pod);
    }
    return ready > 0 && !*is_sick;
}

static int is_good(const json_t *revision, const struct workload *workload, const struct gaze *gaze,
                   int64_t now_ms, int64_t good_after_ms)
{
    int is_sick;
    const char *hash = revision_hash(revision);
    if (!*hash)
        return 0;
    return runs_well(gaze, workload, hash, now_ms, &is_sick) ||
           (!is_sick && store_good_for_ms(gaze->store, workload, hash) >= good_after_ms);
}

static void judge(const json_t *history, const struct workload *workload, const struct gaze *gaze,
                  int64_t now_ms, int64_t good_after_ms, struct revisions *out)
{
    size_t index;
    json_t *revision;
    json_array_foreach(history, index, revision)
    {
        if (revision == out->failing)
            out->failing_was_good =
                store_good_for_ms(gaze->store, workload, revision_hash(revision)) >= good_after_ms;
        else if (!out->good && is_good(revision, workload, gaze, now_ms, good_after_ms))
            out->good = revision;
    }
}

void revisions_judge(const json_t *history, const char *failing_hash, const struct sighting *sighting,
                     const struct gaze *gaze, int64_t good_after_ms, struct revisions *out)
{
    size_t index;
    json_t *revision;
    struct workload workload;
    *out = (struct revisions){0};
    json_array_foreach(history, index, revision)
    {
        if (!out->failing && *failing_hash && strcmp(revision_hash(revision), failing_hash) == 0) {
            out->failing = revision;
            out->previous = json_array_get(history, index + 1);
            out->failing_is_newest = index == 0;
        }
    }
    store_lock(gaze->store);
    if (store_find(gaze->store, sighting->ns, sighting->kind, sighting->name, &workload))
        judge(history, &workload, gaze, sighting->at_ms, good_after_ms, out);
    store_unlock(gaze->store);
    if (out->good)
        out->previous = out->good;
}
