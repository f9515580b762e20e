/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/base/alloc.h"
#include "observer/gather/labels.h"
#include "observer/gather/parts.h"
#include "observer/selector.h"

#define SELECTED_READ 2 /* workloads of a Service whose ports are looked at */
#define NEAR_SHOWN 5    /* workloads that it nearly selects */
#define SERVICES_SHOWN 5

/* ---- Of a Service: what it selects ---- */

struct selection {
    const char *ns, *selector;
    json_t *selected; /* [{"kind","name"}] */
    struct strbuf near;
    size_t near_count;
};

static int select_workload(void *context, const struct controller_facts *maker)
{
    struct selection *selection = context;
    AUTO_STRBUF missed = {0};
    if (selector_match(selection->selector, maker->labels) == MATCH_FULLY)
        json_array_append_new(selection->selected,
                              json_pack("{s:s, s:s}", "kind", maker->kind, "name", maker->name));
    else if (labels_miss(maker->labels, selection->selector, &missed) && selection->near_count++ < NEAR_SHOWN)
        strbuf_printf(&selection->near, "%s %s is nearly selected: it has %s\n", maker->kind, maker->name,
                      missed.data);
    return 0;
}

/* The selector is that of the facts, "app=web\ntier=front\n". */
static void select_workloads(const struct visit *visit, struct selection *selection, struct strbuf *out)
{
    struct workload workload;
    struct store *store = visit->gatherer->gaze->store;
    store_lock(store);
    if (store_find(store, visit->sighting->ns, "Service", visit->sighting->name, &workload) &&
        workload.service) {
        selection->selector = workload.service->selector;
        for (const char *at = selection->selector; *at; at += strcspn(at, "\n"), at += *at == '\n')
            strbuf_printf(out, "%s%.*s", at == selection->selector ? " selects " : ", ",
                          (int)strcspn(at, "\n"), at);
        selector_each_maker(store, selection->ns, select_workload, selection);
    }
    store_unlock(store);
}

static void put_number_or_name(const json_t *value, struct strbuf *out)
{
    if (json_is_integer(value))
        strbuf_printf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_string(value))
        strbuf_puts(out, json_string_value(value));
}

static void put_ports(const json_t *service, struct strbuf *out)
{
    size_t i;
    const json_t *port;
    json_array_foreach(json_at(service, "spec.ports"), i, port)
    {
        const char *name = json_string_at(port, "name"), *protocol = json_string_at(port, "protocol");
        strbuf_printf(out, "port %s%s", name ? name : "", name ? " " : "");
        put_number_or_name(json_object_get(port, "port"), out);
        strbuf_printf(out, "/%s is sent to port ", protocol ? protocol : "TCP");
        put_number_or_name(json_object_get(port, "targetPort"), out);
        strbuf_putc(out, '\n');
    }
}

/* Whether a container of the template has a port of this name; its ports are put in words, too. */
static int put_container_ports(const json_t *template, const char *wanted, struct strbuf *out)
{
    size_t i, j, count = 0;
    int is_found = 0;
    const json_t *container, *port;
    json_array_foreach(json_at(template, "spec.containers"), i, container)
        json_array_foreach(json_object_get(container, "ports"), j, port)
    {
        const char *name = json_string_at(port, "name");
        strbuf_printf(out, "%s%s%s", count++ ? ", " : "", name ? name : "", name ? " " : "");
        put_number_or_name(json_object_get(port, "containerPort"), out);
        is_found |= name && strcmp(name, wanted) == 0;
    }
    if (count == 0)
        strbuf_puts(out, "none");
    return is_found;
}

/* A port that is asked for by name must have been given that name; a number need not be written down. */
static void put_missing_ports(const json_t *service, const json_t *template, struct strbuf *out)
{
    size_t i;
    const json_t *port;
    json_array_foreach(json_at(service, "spec.ports"), i, port)
    {
        AUTO_STRBUF unused = {0};
        const char *wanted = json_string_at(port, "targetPort");
        if (wanted && !put_container_ports(template, wanted, &unused))
            strbuf_printf(out, "; none of them is named %s", wanted);
    }
}

static void put_selected(struct visit *visit, const json_t *selected, struct strbuf *out)
{
    struct error err;
    const char *kind = json_string_at(selected, "kind"), *name = json_string_at(selected, "name");
    AUTO_JSON *workload = kube_read_object(visit->gatherer->reader, kind, visit->sighting->ns, name, &err);
    strbuf_printf(out, "it selects %s %s", kind, name);
    if (workload) {
        strbuf_puts(out, ", whose containers have the ports ");
        put_container_ports(template_in(workload), "", out);
        put_missing_ports(visit->object, template_in(workload), out);
    } else {
        visit_miss(visit, "service", name, &err);
    }
    strbuf_putc(out, '\n');
}

static void add_selection(struct visit *visit)
{
    AUTO_STRBUF out = {0};
    struct selection selection = {.ns = visit->sighting->ns, .selected = json_array()};
    AUTO_JSON *selected = selection.selected;
    strbuf_printf(&out, "Service %s", visit->sighting->name);
    select_workloads(visit, &selection, &out);
    strbuf_putc(&out, '\n');
    put_ports(visit->object, &out);
    for (size_t i = 0; i < json_array_size(selected) && i < SELECTED_READ && !visit->away; i++)
        put_selected(visit, json_array_get(selected, i), &out);
    if (json_array_size(selected) == 0)
        strbuf_puts(&out, "it selects the pods of no workload that is known\n");
    strbuf_puts(&out, strbuf_text(&selection.near));
    strbuf_free(&selection.near);
    evidence_add(visit->evidence, "service", "K", &out);
}

/* ---- Of a workload: which Services select it ---- */

struct services {
    const struct sighting *sighting;
    struct store *store;
    struct strbuf *out;
    size_t count;
};

static int put_service(void *context, const union facts *facts)
{
    struct services *services = context;
    const struct service_facts *service = &facts->service;
    struct workload found;
    int endpoints = 0, ready = 0;
    if (strcmp(service->ns, services->sighting->ns) != 0 ||
        selector_match(service->selector, services->sighting->controller.labels) != MATCH_FULLY ||
        services->count++ >= SERVICES_SHOWN)
        return 0;
    if (!store_find(services->store, service->ns, "Service", service->name, &found))
        return 0;
    for (size_t i = 0; i < found.slice_count; i++) {
        endpoints += found.slices[i]->endpoints;
        ready += found.slices[i]->ready;
    }
    strbuf_printf(services->out, "Service %s selects its pods: %d of %d endpoints ready\n", service->name,
                  ready, endpoints);
    return 0;
}

static void add_services(struct visit *visit)
{
    AUTO_STRBUF out = {0};
    struct store *store = visit->gatherer->gaze->store;
    store_lock(store);
    store_each(store, STORE_SERVICES, put_service, &(struct services){visit->sighting, store, &out, 0});
    store_unlock(store);
    evidence_add(visit->evidence, "service", "K", &out);
}

void gather_services(struct visit *visit)
{
    if (visit_is_about(visit, "Service") && visit->object)
        add_selection(visit);
    else if (visit->sighting->has_controller)
        add_services(visit);
}
