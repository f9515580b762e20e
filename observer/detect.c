/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/detect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

/* The default pauses of a kubelet between restarts. They can be configured, so they serve only to judge how
 * long is long. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy */
#define BACKOFF_FIRST_MS (10 * 1000)
#define BACKOFF_MOST_MS (300 * 1000)
#define BACKOFF_RESET_MS (10 * 60 * 1000)

/* Strongest first: an image that cannot be had explains all else; memory explains crashes. */
const struct detector *const detectors[] = {&image_pull, &oom_killed, &crash_loop};
const size_t detector_count = COUNT_OF(detectors);
static_assert(COUNT_OF(detectors) <= DETECTORS_MAX, "more detectors than a sighting has room for");

static int64_t backoff_ms(int restarts)
{
    int64_t pause = BACKOFF_FIRST_MS;
    for (int i = 1; i < restarts && pause < BACKOFF_MOST_MS; i++)
        pause *= 2;
    return pause < BACKOFF_MOST_MS ? pause : BACKOFF_MOST_MS;
}

int detect_is_proven(const struct container_facts *container, int64_t now_ms)
{
    if (container->state == CONTAINER_TERMINATED)
        return container->init && container->now.exit_code == 0 &&
               strcmp(container->now.reason, "Completed") == 0;
    if (container->state != CONTAINER_RUNNING || !container->started_ms)
        return 0;
    int64_t ran_ms = now_ms - container->started_ms;
    return ran_ms >= BACKOFF_RESET_MS || (container->ready && ran_ms >= 2 * backoff_ms(container->restarts));
}

int detect_is_recent(const struct termination *end, int64_t now_ms)
{
    return *end->reason && now_ms - end->finished_ms <= DETECT_RECENT_MS;
}

int detect_is_retried(const struct pod_facts *pod)
{
    return strcmp(pod->owner_kind, "Job") == 0;
}

static int has_ended(const struct pod_facts *pod)
{
    return strcmp(pod->phase, "Succeeded") == 0 || strcmp(pod->phase, "Failed") == 0;
}

/* The first class that sees something in the container: its place in the table, or detector_count. */
static size_t classify(const struct pod_facts *pod, const struct container_facts *container, int64_t now_ms,
                       enum condition *condition)
{
    for (size_t i = 0; i < detector_count; i++)
        if ((*condition = detectors[i]->examine(pod, container, now_ms)) != CONDITION_WELL)
            return i;
    return detector_count;
}

/* Of each class, the container of the pod that is worst off, and how it is. Returns the worst of all. */
static enum condition examine_pod(const struct pod_facts *pod, int64_t now_ms,
                                  const struct container_facts *culprits[DETECTORS_MAX],
                                  enum condition conditions[DETECTORS_MAX])
{
    enum condition worst = CONDITION_WELL;
    for (size_t i = 0; i < pod->container_count && !pod->ignored; i++) {
        enum condition condition;
        size_t class = classify(pod, &pod->containers[i], now_ms, &condition);
        if (class == detector_count || condition <= conditions[class])
            continue;
        culprits[class] = &pod->containers[i];
        conditions[class] = condition;
        worst = condition > worst ? condition : worst;
    }
    return worst;
}

enum condition detect_pod(const struct pod_facts *pod, int64_t now_ms)
{
    const struct container_facts *culprits[DETECTORS_MAX];
    enum condition conditions[DETECTORS_MAX] = {CONDITION_WELL};
    return examine_pod(pod, now_ms, culprits, conditions);
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
static void add_sample(struct finding *finding, const struct sick_pod *sick, enum condition condition,
                       size_t failing_before)
{
    size_t place = condition == CONDITION_FAILING ? failing_before : finding->sample_count;
    if (place >= LIMIT_PODS_SAMPLED)
        return;
    if (finding->sample_count < LIMIT_PODS_SAMPLED)
        finding->sample_count++;
    memmove(&finding->samples[place + 1], &finding->samples[place],
            (finding->sample_count - 1 - place) * sizeof *finding->samples);
    finding->samples[place] = *sick;
}

static void add_to_finding(struct finding *finding, const struct sick_pod *sick, enum condition condition,
                           size_t *failing)
{
    if (finding->affected++ == 0) {
        finding->first = *sick;
        finding->failed_ms = finding->since_ms = failed_since(sick);
    }
    finding->condition = condition > finding->condition ? condition : finding->condition;
    add_sample(finding, sick, condition, *failing);
    *failing += condition == CONDITION_FAILING;
}

static void note_newest(struct sighting *out, const struct pod_facts *pod, enum condition worst)
{
    int64_t *newest = worst == CONDITION_FAILING ? &out->newest_failing_ms : &out->newest_unproven_ms;
    if (worst != CONDITION_WELL && pod->created_ms > *newest)
        *newest = pod->created_ms;
}

static void add_pod(struct sighting *out, const struct pod_facts *pod, size_t failing[DETECTORS_MAX])
{
    const struct container_facts *culprits[DETECTORS_MAX];
    enum condition conditions[DETECTORS_MAX] = {CONDITION_WELL};
    enum condition worst = examine_pod(pod, out->at_ms, culprits, conditions);
    out->pods++;
    out->sick += worst != CONDITION_WELL;
    out->available += worst == CONDITION_WELL && pod->ready;
    out->unready += !pod->ready;
    note_newest(out, pod, worst);
    for (size_t i = 0; i < detector_count; i++) {
        if (conditions[i] == CONDITION_WELL)
            continue;
        struct sick_pod sick = {*pod, *culprits[i]};
        sick.pod.containers = NULL;
        out->findings[i].detector = detectors[i];
        add_to_finding(&out->findings[i], &sick, conditions[i], &failing[i]);
    }
}

/* What people asked to be left alone, and what is going away. */
static int is_left_alone(const struct workload *workload)
{
    const struct deployment_facts *deployment = workload->deployment;
    const struct namespace_facts *ns = workload->namespace_facts;
    return (deployment && (deployment->ignored || deployment->deleted_ms)) ||
           (ns && (ns->ignored || strcmp(ns->phase, "Terminating") == 0));
}

void detect(const struct workload *workload, int64_t now_ms, struct sighting *out)
{
    *out = (struct sighting){.at_ms = now_ms,
                             .ns = workload->ns,
                             .kind = workload->kind,
                             .name = workload->name,
                             .uid = workload->uid,
                             .api_version = workload->api_version,
                             .has_deployment = workload->deployment != NULL};
    size_t failing[DETECTORS_MAX] = {0};
    for (size_t i = 0; i < workload->pod_count; i++) {
        const struct pod_facts *pod = workload->pods[i];
        if (!pod->deleted_ms && !has_ended(pod))
            add_pod(out, pod, failing);
        else if (strcmp(pod->phase, "Failed") == 0 && !*pod->owner_kind)
            out->unready++;
    }
    if (workload->deployment)
        out->deployment = *workload->deployment;
    out->wanted = workload->deployment ? workload->deployment->replicas : (int)out->pods;
    if (is_left_alone(workload))
        memset(out->findings, 0, sizeof out->findings);
}

void sighting_of_nothing(const char *ns, const char *kind, const char *name, int64_t now_ms,
                         struct sighting *out)
{
    *out = (struct sighting){
        .at_ms = now_ms, .gone = 1, .ns = ns, .kind = kind, .name = name, .uid = "", .api_version = ""};
}

const struct finding *sighting_worst(const struct sighting *sighting)
{
    const struct finding *worst = NULL;
    for (size_t i = 0; i < detector_count; i++)
        if (sighting->findings[i].detector && (!worst || sighting->findings[i].condition > worst->condition))
            worst = &sighting->findings[i];
    return worst;
}

void sighting_name_pods(const struct sighting *sighting, size_t count, size_t total, struct strbuf *out)
{
    if (strcmp(sighting->kind, "Pod") != 0)
        strbuf_printf(out, "%zu of %zu pods of ", count, total);
    strbuf_printf(out, "%s %s/%s", sighting->kind, sighting->ns, sighting->name);
}

static void keep(struct sighting *sighting, const char **text)
{
    sighting->kept = xrealloc(sighting->kept, (sighting->kept_count + 1) * sizeof *sighting->kept);
    sighting->kept[sighting->kept_count] = xstrdup(*text);
    *text = sighting->kept[sighting->kept_count++];
}

static void keep_all(struct sighting *sighting, const char **const texts[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (*texts[i])
            keep(sighting, texts[i]);
}

static void keep_pod(struct sighting *sighting, struct sick_pod *sick)
{
    struct pod_facts *pod = &sick->pod;
    struct container_facts *container = &sick->container;
    const char **const texts[] = {&pod->ns,
                                  &pod->name,
                                  &pod->uid,
                                  &pod->node,
                                  &pod->phase,
                                  &pod->reason,
                                  &pod->owner_kind,
                                  &pod->owner_name,
                                  &pod->owner_uid,
                                  &pod->owner_api_version,
                                  &pod->template_hash,
                                  &container->name,
                                  &container->image,
                                  &container->reason,
                                  &container->message,
                                  &container->now.reason,
                                  &container->last.reason};
    keep_all(sighting, texts, COUNT_OF(texts));
}

void sighting_keep(struct sighting *sighting)
{
    struct deployment_facts *deployment = &sighting->deployment;
    const char **const texts[] = {&sighting->ns,
                                  &sighting->kind,
                                  &sighting->name,
                                  &sighting->uid,
                                  &sighting->api_version,
                                  &deployment->ns,
                                  &deployment->name,
                                  &deployment->uid,
                                  &deployment->resource_version,
                                  &deployment->revision,
                                  &deployment->progressing_reason};
    keep_all(sighting, texts, COUNT_OF(texts));
    for (size_t i = 0; i < detector_count; i++) {
        struct finding *finding = &sighting->findings[i];
        if (!finding->detector)
            continue;
        keep_pod(sighting, &finding->first);
        for (size_t j = 0; j < finding->sample_count; j++)
            keep_pod(sighting, &finding->samples[j]);
    }
}

void sighting_free(struct sighting *sighting)
{
    for (size_t i = 0; i < sighting->kept_count; i++)
        free(sighting->kept[i]);
    free(sighting->kept);
    *sighting = (struct sighting){0};
}
