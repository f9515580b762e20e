/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "observer/gather/log_select.h"
#include "observer/gather/redact.h"

struct evidence {
    struct redactor *redactor;
    json_t *items;
};

struct evidence *evidence_new(void)
{
    struct evidence *evidence = xmalloc(sizeof *evidence);
    *evidence = (struct evidence){redactor_new(), json_array()};
    return evidence;
}

void evidence_free(struct evidence *evidence)
{
    if (!evidence)
        return;
    redactor_free(evidence->redactor);
    json_decref(evidence->items);
    free(evidence);
}

void evidence_auto_free(struct evidence **evidence)
{
    evidence_free(*evidence);
}

json_t *evidence_items(const struct evidence *evidence)
{
    return json_incref(evidence->items);
}

static void add_item(struct evidence *evidence, const char *kind, const char *trust, json_t *take_text,
                     int cut)
{
    size_t number = json_array_size(evidence->items) + 1;
    AUTO_FREE char *ref = xasprintf("E%zu", number);
    json_t *item =
        json_pack("{s:s, s:s, s:s, s:o}", "ref", ref, "kind", kind, "trust", trust, "text", take_text);
    if (cut)
        json_object_set_new(item, "cut", json_true());
    if (number <= LIMIT_EVIDENCE_ITEMS)
        json_array_append_new(evidence->items, item);
    else
        json_decref(item);
}

void evidence_add(struct evidence *evidence, const char *kind, const char *trust, const struct strbuf *text)
{
    AUTO_STRBUF safe = {0};
    redact(evidence->redactor, strbuf_text(text), text->len, &safe);
    while (safe.len > 0 && safe.data[safe.len - 1] == '\n')
        safe.data[--safe.len] = '\0';
    if (safe.len > 0)
        add_item(evidence, kind, trust, json_text(safe.data, safe.len, LIMIT_EVIDENCE_TEXT_BYTES),
                 safe.len > LIMIT_EVIDENCE_TEXT_BYTES);
}

void evidence_add_log(struct evidence *evidence, const char *head, const struct strbuf *log)
{
    AUTO_STRBUF safe = {0}, text = {0};
    redact(evidence->redactor, strbuf_text(log), log->len, &safe);
    strbuf_printf(&text, "%s\n", head);
    size_t head_bytes = text.len;
    int is_cut = log_select(strbuf_text(&safe), safe.len, LIMIT_LOG_TEXT_BYTES - head_bytes, &text);
    if (text.len > head_bytes)
        add_item(evidence, "log", "W", json_text(text.data, text.len, LIMIT_LOG_TEXT_BYTES), is_cut);
}

void evidence_miss(struct evidence *evidence, const char *kind, const char *what, const struct error *why)
{
    AUTO_STRBUF text = {0};
    strbuf_printf(&text, "%s could not be read: %s", what, why->text);
    evidence_add(evidence, kind, "W", &text);
}

static void put_controller(const struct controller_facts *deployment, struct strbuf *out)
{
    strbuf_printf(
        out,
        ": %d wanted, %d exist, %d of the newest revision, %d available; revision %s, generation %lld of "
        "%lld observed",
        deployment->replicas, deployment->status_replicas, deployment->updated, deployment->available,
        *deployment->revision ? deployment->revision : "unknown", (long long)deployment->observed_generation,
        (long long)deployment->generation);
    if (*deployment->progressing_reason)
        strbuf_printf(out, ", rollout: %s", deployment->progressing_reason);
    if (deployment->paused)
        strbuf_puts(out, ", paused");
}

static void put_termination(const char *what, const struct termination *end, struct strbuf *out)
{
    char at[CLOCK_RFC3339_SIZE];
    if (!*end->reason)
        return;
    strbuf_printf(out, "%s%s, exit code %d", what, end->reason, end->exit_code);
    if (end->finished_ms)
        strbuf_printf(out, ", at %s", clock_rfc3339(end->finished_ms, at));
}

static void put_container(const struct container_facts *container, struct strbuf *out)
{
    strbuf_printf(out, "container %s, image %s: ", container->name, container->image);
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
    strbuf_printf(out, ", %s%s%s: ", pod->phase, *pod->reason ? " " : "", pod->reason);
    put_container(&sick->container, out);
}

static void put_workload(const struct sighting *sighting, struct strbuf *out)
{
    sighting_name_pods(sighting, 0, 0, out);
    if (sighting->gone)
        strbuf_puts(out, ": does not exist");
    else if (sighting->has_controller)
        put_controller(&sighting->controller, out);
    else
        strbuf_printf(out, ": %zu pods", sighting->pods);
    if (!sighting->gone)
        strbuf_printf(out, "; failing pods: %zu, ready and well: %zu", sighting->sick, sighting->available);
}

void evidence_add_status(struct evidence *evidence, const struct sighting *sighting,
                         const struct finding *finding)
{
    AUTO_STRBUF facts = {0}, messages = {0};
    put_workload(sighting, &facts);
    for (size_t i = 0; finding && i < finding->sample_count; i++) {
        const struct sick_pod *sick = &finding->samples[i];
        put_pod(sick, &facts);
        if (*sick->container.message)
            strbuf_printf(&messages, "Pod %s, container %s: %s\n", sick->pod.name, sick->container.name,
                          sick->container.message);
    }
    evidence_add(evidence, "status", "K", &facts);
    evidence_add(evidence, "status", "W", &messages);
}

static void put_field(const json_t *container, const char *name, struct strbuf *out)
{
    const json_t *value = json_object_get(container, name);
    if (!value)
        return;
    strbuf_printf(out, "%s: ", name);
    if (json_is_string(value))
        strbuf_puts(out, json_string_value(value));
    else
        json_write(value, out);
    strbuf_putc(out, '\n');
}

static void put_env_names(const json_t *container, struct strbuf *out)
{
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(container, "env"), index, item)
    {
        const char *name = json_string_at(item, "name");
        strbuf_printf(out, "%s%s", index ? ", " : "env (names only): ", name ? name : "?");
    }
    if (index > 0)
        strbuf_putc(out, '\n');
}

void evidence_add_spec(struct evidence *evidence, const json_t *container)
{
    static const char *const fields[] = {"name", "image",      "imagePullPolicy", "command",
                                         "args", "workingDir", "resources"};
    AUTO_STRBUF text = {0};
    for (size_t i = 0; container && i < COUNT_OF(fields); i++)
        put_field(container, fields[i], &text);
    put_env_names(container, &text);
    put_field(container, "envFrom", &text);
    evidence_add(evidence, "spec", "K", &text);
}

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

static void mask(struct strbuf *text, const char *name, const char *with)
{
    AUTO_STRBUF masked = {0};
    const char *from = strbuf_text(text), *at;
    while (*name && (at = strstr(from, name))) {
        strbuf_add(&masked, from, (size_t)(at - from));
        strbuf_puts(&masked, with);
        from = at + strlen(name);
    }
    strbuf_puts(&masked, from);
    strbuf_clear(text);
    strbuf_add(text, strbuf_text(&masked), masked.len);
}

static void add_event(struct repeats *repeats, const struct event_facts *event)
{
    AUTO_STRBUF message = {0};
    strbuf_puts(&message, event->message);
    mask(&message, event->object_uid, "…");
    mask(&message, event->object_name, "…");
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

static void add_events_of(struct repeats *repeats, struct store *store, const char *uid, int warnings)
{
    const struct event_facts *events[STORE_EVENTS_PER_OBJECT];
    size_t count = *uid ? store_events_of(store, uid, events, COUNT_OF(events)) : 0;
    for (size_t i = 0; i < count; i++)
        if ((strcmp(events[i]->type, "Warning") == 0) == warnings)
            add_event(repeats, events[i]);
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

void evidence_add_events(struct evidence *evidence, struct store *store, const struct sighting *sighting,
                         const struct finding *finding)
{
    AUTO_STRBUF facts = {0}, messages = {0};
    struct repeats repeats = {0};
    store_lock(store);
    for (int warnings = 1; warnings >= 0; warnings--) {
        for (size_t i = 0; finding && i < finding->sample_count; i++)
            add_events_of(&repeats, store, finding->samples[i].pod.uid, warnings);
        add_events_of(&repeats, store, sighting->uid, warnings);
    }
    put_repeats(&repeats, &facts, &messages);
    store_unlock(store);
    for (size_t i = 0; i < repeats.count; i++)
        free(repeats.items[i].message);
    evidence_add(evidence, "event", "K", &facts);
    evidence_add(evidence, "event", "W", &messages);
}
