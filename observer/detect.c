/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/detect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "observer/detect/all.h"

/* Strongest first: what keeps a container from starting explains all else, memory explains crashes, and what is wrong with
 * pods explains what is wrong with their workload. */
const struct detector *const detectors[] = {
    /* containers */
    &image_name,
    &image_never_pull,
    &registry_unavailable,
    &image_pull,
    &config_missing,
    &create_error,
    &start_error,
    &oom_killed,
    &liveness,
    &init_failed,
    &sidecar_failed,
    &crash_loop,
    /* pods */
    &volume,
    &sandbox,
    &preempted,
    &unschedulable,
    &evicted,
    &admission,
    &stuck_deleting,
    &readiness,
    &init_overdue,
    &probe_unstable,
    &resize,
    /* workloads, and all else */
    &failed_create,
    &job_failed,
    &job_overdue,
    &scaled_to_zero,
    &config_map_gone,
    &rollout_stuck,
    &registry_outage,
    &node_lost,
    &node_pressure,
    &namespace_stuck,
    &claim_pending,
    &service_gone,
    &without_endpoints,
    &unavailable,
};
const size_t detector_count = COUNT_OF(detectors);
static_assert(COUNT_OF(detectors) <= DETECTORS_MAX, "more detectors than there is room for spells");

/* ---- One pod ---- */

/* Of each class, how a pod is and which container is worst off (NULL = the pod itself). */
struct examination {
    enum condition worst;
    size_t class_count; /* that see something */
    struct seen {
        size_t class;
        enum condition condition;
        const struct container_facts *culprit;
        int64_t failed_ms;
        char *detail; /* owned */
    } seen[DETECTORS_MAX];
};

static void scene_begin(struct scene *scene)
{
    scene->failed_ms = 0;
    scene->affected = 0;
    scene->witness = NULL;
    strbuf_clear(&scene->detail);
}

static struct seen *seen_of(struct examination *examination, size_t class)
{
    for (size_t i = 0; i < examination->class_count; i++)
        if (examination->seen[i].class == class)
            return &examination->seen[i];
    struct seen *seen = &examination->seen[examination->class_count++];
    *seen = (struct seen){.class = class};
    return seen;
}

static void note(struct examination *examination, const struct scene *scene, size_t class,
                 enum condition condition, const struct container_facts *culprit)
{
    struct seen *seen = seen_of(examination, class);
    if (condition <= seen->condition)
        return;
    free(seen->detail);
    *seen = (struct seen){class, condition, culprit, scene->failed_ms, NULL};
    if (scene->detail.len > 0)
        seen->detail = xstrdup(scene->detail.data);
    examination->worst = condition > examination->worst ? condition : examination->worst;
}

static void examination_free(struct examination *examination)
{
    for (size_t i = 0; i < examination->class_count; i++)
        free(examination->seen[i].detail);
}

#define AUTO_EXAMINATION __attribute__((cleanup(examination_free))) struct examination

/* Well beyond doubt, whatever the class: most containers are, and are not looked at further. */
static int is_plainly_well(const struct container_facts *container)
{
    return container->state == CONTAINER_RUNNING && container->ready && container->restarts == 0 &&
           !*container->last.reason;
}

static void examine_container(struct scene *scene, const struct pod_facts *pod,
                              const struct container_facts *container, struct examination *out)
{
    for (size_t i = 0; i < detector_count && !is_plainly_well(container); i++) {
        scene_begin(scene);
        enum condition condition =
            detectors[i]->of_container ? detectors[i]->of_container(scene, pod, container) : CONDITION_WELL;
        if (condition == CONDITION_WELL)
            continue;
        note(out, scene, i, condition, container);
        return;
    }
}

/* What is wrong with a container is wrong with its pod, and says more. */
static void examine_whole(struct scene *scene, const struct pod_facts *pod, struct examination *out)
{
    if (out->worst != CONDITION_WELL)
        return;
    for (size_t i = 0; i < detector_count && out->worst != CONDITION_FAILING; i++) {
        scene_begin(scene);
        enum condition condition = detectors[i]->of_pod ? detectors[i]->of_pod(scene, pod) : CONDITION_WELL;
        if (condition != CONDITION_WELL)
            note(out, scene, i, condition, NULL);
    }
}

static void examine_pod(struct scene *scene, const struct pod_facts *pod, struct examination *out)
{
    out->worst = CONDITION_WELL;
    out->class_count = 0;
    if (pod->ignored || (strcmp(pod->phase, "Succeeded") == 0 && !pod->deleted_ms))
        return;
    for (size_t i = 0; i < pod->container_count && detect_is_live(pod); i++)
        examine_container(scene, pod, &pod->containers[i], out);
    examine_whole(scene, pod, out);
}

enum condition detect_pod(const struct gaze *gaze, const struct pod_facts *pod, int64_t now_ms)
{
    AUTO_EXAMINATION examination;
    struct scene scene = {
        .store = gaze->store, .patience = gaze->patience, .now_ms = now_ms, .open = {"", "", 0}};
    examination.worst = CONDITION_WELL;
    examination.class_count = 0;
    for (size_t i = 0; i < pod->container_count && detect_is_live(pod) && !pod->ignored; i++)
        examine_container(&scene, pod, &pod->containers[i], &examination);
    strbuf_free(&scene.detail);
    return examination.worst;
}

/* ---- A subject ---- */

/* The finding of a class in its place, begun where there is none. */
static struct finding *finding_of(struct sighting *sighting, size_t class)
{
    size_t place = 0;
    while (place < sighting->finding_count && sighting->findings[place].class < class)
        place++;
    if (place < sighting->finding_count && sighting->findings[place].class == class)
        return &sighting->findings[place];
    sighting->findings =
        xrealloc(sighting->findings, (sighting->finding_count + 1) * sizeof *sighting->findings);
    memmove(&sighting->findings[place + 1], &sighting->findings[place],
            (sighting->finding_count - place) * sizeof *sighting->findings);
    sighting->finding_count++;
    sighting->findings[place] = (struct finding){.detector = detectors[class], .class = class};
    facts_fill(STORE_PODS, &sighting->findings[place].first.pod);
    facts_fill_container(&sighting->findings[place].first.container);
    return &sighting->findings[place];
}

/* Since when the pod fails, where the API server says it in a way that stays: a container that never ran has
 * kept its pod from being ready since the last time that condition changed. */
static int64_t failed_since(const struct sick_pod *sick)
{
    const struct container_facts *container = &sick->container;
    int ran = container->restarts > 0 || *container->last.reason || container->state != CONTAINER_WAITING;
    return ran || sick->pod.ready ? 0 : sick->pod.ready_since_ms;
}

/* Keeps the sample in its place: failing before unproven, otherwise as they come. */
static void add_sample(struct finding *finding, const struct sick_pod *sick, enum condition condition)
{
    size_t place = finding->sample_count;
    if (condition == CONDITION_FAILING)
        place = finding->failing < LIMIT_PODS_SAMPLED ? finding->failing : LIMIT_PODS_SAMPLED;
    if (place >= LIMIT_PODS_SAMPLED)
        return;
    if (finding->sample_count < LIMIT_PODS_SAMPLED)
        finding->sample_count++;
    memmove(&finding->samples[place + 1], &finding->samples[place],
            (finding->sample_count - 1 - place) * sizeof *finding->samples);
    finding->samples[place] = *sick;
}

static void add_to_finding(struct finding *finding, const struct sick_pod *sick, const struct seen *seen)
{
    if (finding->affected++ == 0) {
        finding->first = *sick;
        finding->failed_ms = seen->failed_ms ? seen->failed_ms : failed_since(sick);
        finding->since_ms = finding->failed_ms;
    }
    if (!finding->detail && seen->detail)
        finding->detail = xstrdup(seen->detail);
    finding->condition = seen->condition > finding->condition ? seen->condition : finding->condition;
    add_sample(finding, sick, seen->condition);
    finding->failing += seen->condition == CONDITION_FAILING;
}

static void note_newest(struct sighting *out, const struct pod_facts *pod, enum condition worst)
{
    int64_t *newest = worst == CONDITION_FAILING ? &out->newest_failing_ms : &out->newest_unproven_ms;
    if (worst != CONDITION_WELL && pod->created_ms > *newest)
        *newest = pod->created_ms;
}

static struct sick_pod sick_pod_of(const struct pod_facts *pod, const struct container_facts *culprit)
{
    struct sick_pod sick = {.pod = *pod};
    if (culprit)
        sick.container = *culprit;
    facts_fill_container(&sick.container);
    sick.pod.containers = NULL;
    sick.pod.container_count = 0;
    return sick;
}

static void add_findings(struct sighting *out, const struct pod_facts *pod,
                         const struct examination *examination)
{
    for (size_t i = 0; i < examination->class_count; i++) {
        const struct seen *seen = &examination->seen[i];
        struct sick_pod sick = sick_pod_of(pod, seen->culprit);
        add_to_finding(finding_of(out, seen->class), &sick, seen);
    }
}

static int waits_in_outage(struct scene *scene, const struct pod_facts *pod)
{
    for (size_t i = 0; i < pod->container_count; i++)
        if (*pod->containers[i].unreachable && detect_is_outage(scene, pod->containers[i].unreachable))
            return 1;
    return 0;
}

/* Whether what is wrong with it is the failure of a node or a registry. What was told of its workload before that was known
 * is left to its course. */
static int is_stranded(struct scene *scene, const struct pod_facts *pod)
{
    const union facts *node = *pod->node ? store_object(scene->store, STORE_NODES, pod->node) : NULL;
    return (node && *node->node.unready.reason) || (!*scene->open.class && waits_in_outage(scene, pod));
}

static void add_pod(struct sighting *out, struct scene *scene, const struct pod_facts *pod)
{
    AUTO_EXAMINATION examination;
    examine_pod(scene, pod, &examination);
    int live = detect_is_live(pod);
    out->pods += (size_t)live;
    out->unready += live ? !pod->ready : strcmp(pod->phase, "Failed") == 0 && !*pod->owner.kind;
    if ((examination.worst != CONDITION_WELL || !pod->ready) && is_stranded(scene, pod)) {
        scene->stranded++;
        return;
    }
    out->sick += examination.worst != CONDITION_WELL;
    out->available += live && examination.worst == CONDITION_WELL && pod->ready;
    note_newest(out, pod, examination.worst);
    add_findings(out, pod, &examination);
}

/* The container that ended badly, else the last. */
static const struct container_facts *telling_container(const struct pod_facts *pod)
{
    const struct container_facts *telling = NULL;
    for (size_t i = 0; i < pod->container_count; i++)
        if (!telling || !telling->now.exit_code)
            telling = &pod->containers[i];
    return telling;
}

static void add_witness(struct finding *finding, const struct pod_facts *pod)
{
    finding->samples[0] = sick_pod_of(pod, telling_container(pod));
    finding->sample_count = 1;
}

static void add_object(struct sighting *out, struct scene *scene)
{
    scene->sick = out->sick;
    for (size_t i = 0; i < detector_count; i++) {
        scene_begin(scene);
        enum condition condition = detectors[i]->of_object ? detectors[i]->of_object(scene) : CONDITION_WELL;
        if (condition == CONDITION_WELL)
            continue;
        struct finding *finding = finding_of(out, i);
        finding->condition = condition;
        finding->affected = scene->affected;
        finding->failed_ms = finding->since_ms = scene->failed_ms;
        finding->detail = scene->detail.len > 0 ? xstrdup(scene->detail.data) : NULL;
        if (scene->witness)
            add_witness(finding, scene->witness);
        out->is_troubled = 1;
    }
}

/* What people asked to be left alone, and what is going away. */
static int is_left_alone(const struct workload *workload)
{
    const struct controller_facts *controller = workload->controller;
    const struct namespace_facts *ns = workload->namespace_facts;
    return (controller && (controller->ignored || controller->deleted_ms)) ||
           (workload->node && workload->node->ignored) || (workload->service && workload->service->ignored) ||
           (workload->claim && workload->claim->ignored) ||
           (workload->ns_object && workload->ns_object->ignored) ||
           (ns && (ns->ignored || strcmp(ns->phase, "Terminating") == 0));
}

static void forget_findings(struct sighting *sighting)
{
    for (size_t i = 0; i < sighting->finding_count; i++)
        free(sighting->findings[i].detail);
    sighting->finding_count = 0;
    sighting->is_troubled = 0;
}

/* The pods of a node and of a registry are other subjects' own. */
static int owns_its_pods(const struct workload *workload)
{
    return strcmp(workload->ns, STORE_NO_NAMESPACE) != 0;
}

void detect(const struct gaze *gaze, const struct workload *workload, int64_t now_ms, struct sighting *out)
{
    struct scene scene = {.workload = workload,
                          .store = gaze->store,
                          .patience = gaze->patience,
                          .open = gaze->open,
                          .now_ms = now_ms};
    *out = (struct sighting){.at_ms = now_ms,
                             .ns = workload->ns,
                             .kind = workload->kind,
                             .name = workload->name,
                             .uid = workload->uid,
                             .api_version = workload->api_version,
                             .has_controller = workload->controller != NULL};
    for (size_t i = 0; i < workload->pod_count && owns_its_pods(workload); i++)
        add_pod(out, &scene, workload->pods[i]);
    if (workload->controller)
        out->controller = *workload->controller;
    else
        facts_fill(STORE_DEPLOYMENTS, &out->controller);
    out->wanted = workload->controller ? workload->controller->replicas : (int)out->pods;
    add_object(out, &scene);
    out->look_again_ms = scene.look_again_ms;
    strbuf_free(&scene.detail);
    if (is_left_alone(workload))
        forget_findings(out);
}

void detect_missing(const struct gaze *gaze, const struct workload *missing, int64_t now_ms,
                    struct sighting *out)
{
    detect(gaze, missing, now_ms, out);
    if (out->is_troubled)
        return;
    sighting_free(out);
    sighting_of_nothing(missing->ns, missing->kind, missing->name, now_ms, out);
}
