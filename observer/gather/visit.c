/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/visit.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

#define FORBIDDEN 403 /* what an API server that has just started says to everybody for a moment */

void visit_free(struct visit *visit)
{
    evidence_free(visit->evidence);
    json_decref(visit->object);
    json_decref(visit->metadata);
    json_decref(visit->history);
    json_decref(visit->claims);
    arena_free(&visit->arena);
    free(visit->managed_by);
}

void visit_miss(struct visit *visit, const char *kind, const char *what, const struct error *why)
{
    visit->missing = *why;
    visit->away |= why->kind == ERROR_RETRY;
    visit->later |= why->kind == ERROR_RETRY || why->status == FORBIDDEN;
    evidence_miss(visit->evidence, kind, what, why);
}

int visit_is(const struct visit *visit, const char *const classes[])
{
    for (size_t i = 0; visit->finding && classes[i]; i++)
        if (strcmp(visit->finding->detector->class, classes[i]) == 0)
            return 1;
    return 0;
}

int visit_is_about(const struct visit *visit, const char *kind)
{
    return strcmp(visit->sighting->kind, kind) == 0;
}

/* ---- Texts ---- */

static void keep(void *context, const char **text)
{
    size_t size = strlen(*text) + 1;
    *text = memcpy(arena_take(context, size), *text, size);
}

void visit_keep_owner(struct visit *visit, const struct owner *owner, struct owner *out)
{
    struct owner copy = *owner;
    keep(&visit->arena, &copy.api_version);
    keep(&visit->arena, &copy.kind);
    keep(&visit->arena, &copy.name);
    keep(&visit->arena, &copy.uid);
    *out = copy;
}

/* ---- The witness ---- */

static int is_ill(const struct container_facts *container)
{
    if (container->state == CONTAINER_TERMINATED)
        return container->now.exit_code != 0;
    return !container->ready && !(container->init && container->state == CONTAINER_RUNNING);
}

/* The first container that is not well, else the first of all. */
static const struct container_facts *worst_of(const struct pod_facts *pod)
{
    for (size_t i = 0; i < pod->container_count; i++)
        if (is_ill(&pod->containers[i]))
            return &pod->containers[i];
    return pod->container_count ? pod->containers : NULL;
}

static void choose(struct visit *visit, const struct pod_facts *pod)
{
    const struct container_facts *container = worst_of(pod);
    visit->chosen.pod = *pod;
    visit->chosen.pod.containers = NULL;
    visit->chosen.pod.container_count = 0;
    if (container)
        visit->chosen.container = *container;
    facts_fill_container(&visit->chosen.container);
    facts_each_text(&shapes[STORE_PODS], &visit->chosen.pod, keep, &visit->arena);
    facts_each_text(&container_shape, &visit->chosen.container, keep, &visit->arena);
    visit->witness = &visit->chosen;
}

static int is_unwell(const struct pod_facts *pod)
{
    return !pod->ready && strcmp(pod->phase, "Succeeded") != 0;
}

void visit_choose_witness(struct visit *visit)
{
    struct workload workload;
    struct store *store = visit->gatherer->gaze->store;
    const struct sighting *sighting = visit->sighting;
    if (visit->finding && visit->finding->sample_count)
        visit->witness = &visit->finding->samples[0];
    if (!visit->finding || visit->witness || visit_is_about(visit, "Node"))
        return;
    store_lock(store);
    size_t left =
        store_find(store, sighting->ns, sighting->kind, sighting->name, &workload) ? workload.pod_count : 0;
    while (left > 0 && !is_unwell(workload.pods[left - 1]))
        left--;
    if (left > 0)
        choose(visit, workload.pods[left - 1]);
    store_unlock(store);
}

const char *visit_ns(const struct visit *visit)
{
    return visit->witness ? visit->witness->pod.ns : visit->sighting->ns;
}

/* ---- What was read ---- */

const json_t *visit_metadata(const struct visit *visit)
{
    const json_t *read = visit->metadata ? visit->metadata : visit->object;
    const char *uid = json_string_at(read, "metadata.uid");
    return uid && strcmp(uid, visit->sighting->uid) == 0 ? json_object_get(read, "metadata") : NULL;
}

const json_t *template_in(const json_t *maker)
{
    static const char *const places[] = {"spec.jobTemplate.spec.template", "spec.template",
                                         "data.spec.template"};
    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (json_at(maker, places[i]))
            return json_at(maker, places[i]);
    return json_at(maker, "spec.containers") ? maker : NULL;
}

const json_t *visit_template(const struct visit *visit)
{
    return template_in(visit->revisions.failing ? visit->revisions.failing : visit->object);
}

const json_t *container_in(const json_t *template, const char *name)
{
    static const char *const lists[] = {"spec.containers", "spec.initContainers"};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        size_t index;
        json_t *item;
        json_array_foreach(json_at(template, lists[i]), index, item)
        {
            const char *its_name = json_string_at(item, "name");
            if (its_name && strcmp(its_name, name) == 0)
                return item;
        }
    }
    return NULL;
}
