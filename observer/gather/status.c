/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "observer/gather/parts.h"

#define SIGNALLED 128   /* and the number of the signal: how a shell, and a runtime, tells of it */
#define JOBS_SHOWN 3    /* the newest of a CronJob */
#define OWNERS_SHOWN 10 /* of those that wait for a registry */

static void put_time(const char *what, int64_t ms, struct strbuf *out)
{
    char at[CLOCK_RFC3339_SIZE];
    if (ms)
        strbuf_printf(out, "%s%s", what, clock_rfc3339(ms, at));
}

/* Its message is for others to show: it may quote what a workload wrote. */
static void put_complaint(const char *what, const struct complaint *complaint, struct strbuf *out)
{
    if (!*complaint->reason)
        return;
    strbuf_printf(out, "%s%s", what, complaint->reason);
    put_time(" since ", complaint->since_ms, out);
}

static void put_message(const char *what, const char *message, struct strbuf *out)
{
    if (*message)
        strbuf_printf(out, "%s: %s\n", what, message);
}

/* ---- What makes pods ---- */

static void put_replicas(const struct controller_facts *controller, struct strbuf *out)
{
    strbuf_printf(out, ": %d wanted, %d exist, %d of the newest revision, %d available; ",
                  controller->replicas, controller->status_replicas, controller->updated,
                  controller->available);
    if (*controller->revision)
        strbuf_printf(out, "revision %s, ", controller->revision);
    strbuf_printf(out, "generation %lld of %lld observed", (long long)controller->observed_generation,
                  (long long)controller->generation);
    if (*controller->progressing_reason)
        strbuf_printf(out, ", rollout: %s", controller->progressing_reason);
    put_complaint(", pods cannot be created: ", &controller->failure, out);
}

static void put_job(const struct controller_facts *job, struct strbuf *out)
{
    strbuf_printf(out, ": pods: %d active, %d succeeded, %d failed", job->active, job->succeeded,
                  job->failed);
    put_time("; started at ", job->started_ms, out);
    put_time(", completed at ", job->completed_ms, out);
    put_complaint("; failed: ", &job->failure, out);
}

static void put_cron_job(const struct controller_facts *cron_job, struct strbuf *out)
{
    strbuf_printf(out, ": %d active", cron_job->active);
    put_time("; last run at ", cron_job->started_ms, out);
    put_time(", last success at ", cron_job->completed_ms, out);
}

static void put_controller(const struct controller_facts *controller, struct strbuf *out)
{
    if (strcmp(controller->kind, "Job") == 0)
        put_job(controller, out);
    else if (strcmp(controller->kind, "CronJob") == 0)
        put_cron_job(controller, out);
    else
        put_replicas(controller, out);
    if (controller->paused)
        strbuf_puts(out, ", paused");
}

/* ---- All else ---- */

static void put_node(const struct workload *workload, struct strbuf *out, struct strbuf *messages)
{
    const struct node_facts *node = workload->node;
    strbuf_printf(out, ": %s", *node->unready.reason ? "not ready" : "ready");
    put_complaint(", ", &node->unready, out);
    put_complaint("; ", &node->pressure, out);
    strbuf_printf(out, "%s; %zu pods on it", node->cordoned ? ", cordoned" : "", workload->pod_count);
    put_message("Ready", node->unready.message, messages);
    put_message(node->pressure.reason, node->pressure.message, messages);
}

static void put_namespace(const struct namespace_facts *ns, struct strbuf *out, struct strbuf *messages)
{
    strbuf_printf(out, ": %s", ns->phase);
    put_time(", being deleted since ", ns->deleted_ms, out);
    put_complaint("; ", &ns->stuck, out);
    put_message(ns->stuck.reason, ns->stuck.message, messages);
}

static void put_service(const struct workload *workload, struct strbuf *out)
{
    int endpoints = 0, ready = 0;
    for (size_t i = 0; i < workload->slice_count; i++) {
        endpoints += workload->slices[i]->endpoints;
        ready += workload->slices[i]->ready;
    }
    if (workload->service)
        strbuf_printf(out, ": type %s, %d ports", workload->service->type, workload->service->ports);
    strbuf_printf(out, "%s %d endpoints, %d of them ready", workload->service ? "," : ":", endpoints, ready);
}

static void put_claim(const struct claim_facts *claim, struct strbuf *out)
{
    strbuf_printf(out, ": %s", claim->phase);
    if (*claim->class)
        strbuf_printf(out, ", class %s", claim->class);
    if (*claim->volume)
        strbuf_printf(out, ", volume %s", claim->volume);
    put_time(", created at ", claim->created_ms, out);
    put_time(", being deleted since ", claim->deleted_ms, out);
}

static void put_jobs(const struct workload *workload, struct strbuf *out)
{
    size_t first = workload->job_count > JOBS_SHOWN ? workload->job_count - JOBS_SHOWN : 0;
    for (size_t i = first; i < workload->job_count; i++) {
        strbuf_printf(out, "\nJob %s", workload->jobs[i]->name);
        put_job(workload->jobs[i], out);
    }
}

static int is_same_owner(const struct pod_facts *one, const struct pod_facts *other)
{
    return strcmp(one->owner.uid, other->owner.uid) == 0 && *one->owner.uid;
}

/* Pods come by age, so those of one owner need not stand together. */
static void put_waiting(const struct workload *workload, struct strbuf *out)
{
    const struct pod_facts *owned[OWNERS_SHOWN];
    size_t count = 0;
    strbuf_printf(out, ": %zu pods wait for images from it", workload->pod_count);
    for (size_t i = 0; i < workload->pod_count && count < OWNERS_SHOWN; i++) {
        size_t known = 0;
        while (known < count && !is_same_owner(owned[known], workload->pods[i]))
            known++;
        if (known == count)
            owned[count++] = workload->pods[i];
    }
    for (size_t i = 0; i < count; i++)
        strbuf_printf(out, "%s%s %s/%s", i ? ", " : ", of ",
                      *owned[i]->owner.kind ? owned[i]->owner.kind : "Pod", owned[i]->ns,
                      *owned[i]->owner.kind ? owned[i]->owner.name : owned[i]->name);
    if (count == OWNERS_SHOWN)
        strbuf_puts(out, " and perhaps more");
}

/* What only the store knows. */
static void put_parts(const struct visit *visit, struct strbuf *out, struct strbuf *messages)
{
    struct workload workload;
    const struct sighting *sighting = visit->sighting;
    struct store *store = visit->gatherer->gaze->store;
    store_lock(store);
    if (store_find(store, sighting->ns, sighting->kind, sighting->name, &workload)) {
        if (workload.node)
            put_node(&workload, out, messages);
        if (workload.ns_object)
            put_namespace(workload.ns_object, out, messages);
        if (workload.service || workload.slice_count)
            put_service(&workload, out);
        if (workload.claim)
            put_claim(workload.claim, out);
        if (strcmp(sighting->kind, STORE_REGISTRY) == 0)
            put_waiting(&workload, out);
        put_jobs(&workload, out);
    }
    store_unlock(store);
}

/* ---- Pods ---- */

static void put_termination(const char *what, const struct termination *end, struct strbuf *out)
{
    if (!*end->reason)
        return;
    strbuf_printf(out, "%s%s, exit code %d", what, end->reason, end->exit_code);
    const char *signal = end->exit_code > SIGNALLED ? sigabbrev_np(end->exit_code - SIGNALLED) : NULL;
    if (signal)
        strbuf_printf(out, " (SIG%s)", signal);
    put_time(", at ", end->finished_ms, out);
}

static void put_container(const struct container_facts *container, struct strbuf *out)
{
    strbuf_printf(out, ": %s %s, image %s: ", container->init ? "init container" : "container",
                  container->name, container->image);
    if (container->state == CONTAINER_WAITING)
        strbuf_printf(out, "waiting, %s", *container->reason ? container->reason : "no reason given");
    else if (container->state == CONTAINER_RUNNING)
        strbuf_puts(out, container->ready ? "running, ready" : "running, not ready");
    else
        put_termination("ended, ", &container->now, out);
    put_termination("; the run before ended with ", &container->last, out);
    strbuf_printf(out, "; restarts: %d", container->restarts);
}

static void put_pod(const struct sick_pod *sick, struct strbuf *out)
{
    const struct pod_facts *pod = &sick->pod;
    strbuf_printf(out, "\nPod %s", pod->name);
    if (*pod->node)
        strbuf_printf(out, " on node %s", pod->node);
    if (*pod->template_hash)
        strbuf_printf(out, ", template %s", pod->template_hash);
    strbuf_printf(out, ", %s%s%s", pod->phase, *pod->reason ? " " : "", pod->reason);
    put_complaint(", not scheduled: ", &pod->unscheduled, out);
    put_complaint(", resize: ", &pod->resize, out);
    if (*pod->disruption)
        strbuf_printf(out, ", taken away: %s", pod->disruption);
    put_time(", being deleted, with grace until ", pod->deleted_ms, out);
    if (pod->finalizers)
        strbuf_printf(out, ", kept by finalizers: %d", pod->finalizers);
    if (*sick->container.name)
        put_container(&sick->container, out);
}

static void put_pod_messages(const struct sick_pod *sick, struct strbuf *out)
{
    if (*sick->container.message)
        strbuf_printf(out, "Pod %s, container %s: %s\n", sick->pod.name, sick->container.name,
                      sick->container.message);
    const char *const messages[] = {sick->pod.message, sick->pod.resize.message};
    for (size_t i = 0; i < COUNT_OF(messages); i++)
        if (*messages[i])
            strbuf_printf(out, "Pod %s: %s\n", sick->pod.name, messages[i]);
}

static void put_pods(const struct visit *visit, struct strbuf *out, struct strbuf *messages)
{
    const struct finding *finding = visit->finding;
    size_t samples = finding ? finding->sample_count : 0;
    for (size_t i = 0; i < samples; i++) {
        put_pod(&finding->samples[i], out);
        put_pod_messages(&finding->samples[i], messages);
    }
    if (samples == 0 && visit->witness) {
        put_pod(visit->witness, out);
        put_pod_messages(visit->witness, messages);
    }
}

static int has_pods(const struct visit *visit)
{
    static const char *const others[] = {"Node", "Namespace", "Service", "PersistentVolumeClaim",
                                         STORE_REGISTRY};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (visit_is_about(visit, others[i]))
            return 0;
    return 1;
}

static void put_subject(const struct visit *visit, struct strbuf *out, struct strbuf *messages)
{
    const struct sighting *sighting = visit->sighting;
    sighting_name_pods(sighting, 0, 0, out);
    if (sighting->gone) {
        strbuf_puts(out, ": does not exist");
        return;
    }
    if (sighting->has_controller)
        put_controller(&sighting->controller, out);
    else if (has_pods(visit))
        strbuf_printf(out, ": %zu pods", sighting->pods);
    if (has_pods(visit))
        strbuf_printf(out, "; failing pods: %zu, ready and well: %zu", sighting->sick, sighting->available);
    put_message(sighting->controller.failure.reason, sighting->controller.failure.message, messages);
    put_parts(visit, out, messages);
}

void gather_status(struct visit *visit)
{
    AUTO_STRBUF facts = {0}, messages = {0};
    put_subject(visit, &facts, &messages);
    put_pods(visit, &facts, &messages);
    evidence_add(visit->evidence, "status", "K", &facts);
    evidence_add(visit->evidence, "status", "W", &messages);
}
