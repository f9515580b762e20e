/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "observer/gather/parts.h"

/* Events that say the same of several pods, counted together. */
struct repeat {
    const struct event_facts *event; /* the newest of them */
    char *message;                   /* without the names in it */
    long long count;
};

struct repeats {
    struct repeat items[LIMIT_EVENTS_SAMPLED];
    size_t count;
};

static void add_event(struct repeats *repeats, const struct event_facts *event)
{
    AUTO_STRBUF message = {0};
    strbuf_puts(&message, event->message);
    strbuf_replace(&message, event->object_uid, "…");
    strbuf_replace(&message, event->object_name, "…");
    for (size_t i = 0; i < repeats->count; i++) {
        struct repeat *repeat = &repeats->items[i];
        if (strcmp(repeat->event->reason, event->reason) != 0 ||
            strcmp(repeat->message, strbuf_text(&message)) != 0)
            continue;
        repeat->count += event->count;
        repeat->event = event->last_ms > repeat->event->last_ms ? event : repeat->event;
        return;
    }
    if (repeats->count < LIMIT_EVENTS_SAMPLED)
        repeats->items[repeats->count++] = (struct repeat){event, strbuf_take(&message), event->count};
}

#define OBJECTS_MAX 32 /* whose events are collected: a CronJob may have left many Jobs */

/* What is being collected, the store's lock held. */
struct collection {
    const struct visit *visit;
    struct store *store;
    struct repeats repeats;
    const char *uids[OBJECTS_MAX]; /* of the objects whose events are there */
    size_t uid_count;
};

/* Whether its events are still to be collected. */
static int is_new(struct collection *collection, const char *uid)
{
    if (!uid || !*uid || collection->uid_count == OBJECTS_MAX)
        return 0;
    for (size_t i = 0; i < collection->uid_count; i++)
        if (strcmp(collection->uids[i], uid) == 0)
            return 0;
    collection->uids[collection->uid_count++] = uid;
    return 1;
}

static void add_events_of(struct collection *collection, const char *uid)
{
    const struct event_facts *events[STORE_EVENTS_PER_OBJECT];
    size_t count =
        is_new(collection, uid) ? store_events_of(collection->store, uid, events, COUNT_OF(events)) : 0;
    for (size_t i = 0; i < count; i++)
        add_event(&collection->repeats, events[i]);
}

static void add_events_of_pods(struct collection *collection)
{
    const struct visit *visit = collection->visit;
    size_t samples = visit->finding ? visit->finding->sample_count : 0;
    for (size_t i = 0; i < samples; i++)
        add_events_of(collection, visit->finding->samples[i].pod.uid);
    if (samples == 0 && visit->witness)
        add_events_of(collection, visit->witness->pod.uid);
}

/* That pods cannot be created is told of the ReplicaSet or Job that tries. */
static void add_events_of_makers(struct collection *collection)
{
    struct workload workload;
    const struct visit *visit = collection->visit;
    const struct sighting *sighting = visit->sighting;
    if (visit->witness)
        add_events_of(collection, visit->witness->pod.owner.uid);
    add_events_of(collection, json_string_at(json_array_get(visit->history, 0), "metadata.uid"));
    if (!store_find(collection->store, sighting->ns, sighting->kind, sighting->name, &workload))
        return;
    for (size_t i = workload.job_count; i > 0; i--)
        add_events_of(collection, workload.jobs[i - 1]->uid);
}

static int add_events_of_claim(void *context, const union facts *facts)
{
    struct collection *collection = context;
    size_t i;
    const json_t *name;
    if (strcmp(facts->claim.ns, collection->visit->sighting->ns) == 0)
        json_array_foreach(collection->visit->claims, i,
                           name) if (strcmp(facts->claim.name, json_string_value(name)) == 0)
            add_events_of(collection, facts->claim.uid);
    return 0;
}

/* A kubelet takes its node's name for the uid. */
static void add_events_of_node(struct collection *collection, const char *name)
{
    const union facts *node = *name ? store_object(collection->store, STORE_NODES, name) : NULL;
    add_events_of(collection, name);
    if (node)
        add_events_of(collection, node->node.uid);
}

static void collect(struct collection *collection)
{
    const struct visit *visit = collection->visit;
    add_events_of_pods(collection);
    add_events_of(collection, visit->sighting->uid);
    add_events_of_makers(collection);
    if (json_array_size(visit->claims))
        store_each(collection->store, STORE_CLAIMS, add_events_of_claim, collection);
    if (visit_is_about(visit, "Node"))
        add_events_of(collection, visit->sighting->name);
    if (visit->witness)
        add_events_of_node(collection, visit->witness->pod.node);
}

static void put_repeats(const struct repeats *repeats, struct strbuf *facts, struct strbuf *messages)
{
    char at[CLOCK_RFC3339_SIZE];
    for (size_t i = 0; i < repeats->count; i++) {
        const struct repeat *repeat = &repeats->items[i];
        const struct event_facts *event = repeat->event;
        strbuf_printf(facts, "%s %s ×%lld, %s %s, last at %s\n", event->type, event->reason, repeat->count,
                      event->object_kind, event->object_name, clock_rfc3339(event->last_ms, at));
        if (*event->message)
            strbuf_printf(messages, "%s: %s\n", event->reason, event->message);
    }
}

void gather_events(struct visit *visit)
{
    AUTO_STRBUF facts = {0}, messages = {0};
    struct collection collection = {.visit = visit, .store = visit->gatherer->gaze->store};
    store_lock(collection.store);
    collect(&collection);
    put_repeats(&collection.repeats, &facts, &messages);
    store_unlock(collection.store);
    for (size_t i = 0; i < collection.repeats.count; i++)
        free(collection.repeats.items[i].message);
    evidence_add(visit->evidence, "event", "K", &facts);
    evidence_add(visit->evidence, "event", "W", &messages);
}
