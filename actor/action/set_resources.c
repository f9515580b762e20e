/* SPDX-License-Identifier: Apache-2.0 */
/* Raises memory and CPU of one container of a workload's template, limits or requests: each at most to twice of what it is, from
 * the value that was observed, no request above its limit, and no memory above the policy's cap. */
#include <string.h>

#include "actor/action.h"
#include "actor/policy.h"
#include "actor/template.h"
#include "actor/workload.h"
#include "common/base/alloc.h"
#include "common/schema/quantity.h"

static const struct resource {
    const char *field, *from, *words; /* of the action; for people */
    const char *path, *pointer;       /* in the container */
    int64_t (*read)(const char *text);
} resources[] = {
    {"memory_limit", "from.memory_limit", "memory limit", "resources.limits.memory",
     "/resources/limits/memory", quantity_read},
    {"memory_request", "from.memory_request", "memory request", "resources.requests.memory",
     "/resources/requests/memory", quantity_read},
    {"cpu_limit", "from.cpu_limit", "CPU limit", "resources.limits.cpu", "/resources/limits/cpu",
     quantity_read_milli},
    {"cpu_request", "from.cpu_request", "CPU request", "resources.requests.cpu", "/resources/requests/cpu",
     quantity_read_milli},
};

static int is_memory(const struct resource *resource)
{
    return resource->read == quantity_read;
}

static int is_named(const struct order *order, const struct resource *resource)
{
    return *order_text(order, resource->field) != '\0';
}

static char *words(const struct order *order)
{
    AUTO_STRBUF text = {0};
    for (size_t i = 0; i < COUNT_OF(resources); i++) {
        int is_first = text.len == 0;
        if (!is_named(order, &resources[i]))
            continue;
        strbuf_printf(&text, "%sthe %s", is_first ? "" : ", ", resources[i].words);
        if (is_first)
            strbuf_printf(&text, " of container %s of %s %s/%s", order_text(order, "container"), order->kind,
                          order->ns, order->name);
        strbuf_printf(&text, " from %s to %s", order_text(order, resources[i].from),
                      order_text(order, resources[i].field));
    }
    return text.len ? strbuf_take(&text) : xstrdup("nothing");
}

/* The container that was seen running out of memory, and nothing but its memory. */
static int is_plain(const struct order *order)
{
    return strcmp(order_observed(order, "class"), CLASS_OOM_KILLED) == 0 &&
           strcmp(order_observed(order, "before.container"), order_text(order, "container")) == 0 &&
           !*order_text(order, "cpu_limit") && !*order_text(order, "cpu_request");
}

/* How far up one may go from its present value; what takes an earlier raise back may go down. 0 or 1. */
static int check_bounds(const struct policy *policy, const struct order *order,
                        const struct resource *resource, const char *present, struct outcome *outcome)
{
    const char *text = order_text(order, resource->field);
    int64_t now = resource->read(present), wanted = resource->read(text);
    int is_raise = wanted > now && (wanted + 1) / 2 <= now;
    if (order->undoes ? wanted <= 0 : !is_raise)
        return outcome_settle(outcome, RESULT_REFUSED,
                              "%s is not between the present %s of %s and twice of it", text, resource->words,
                              present);
    if (is_memory(resource) && wanted > policy_max_memory(policy))
        return outcome_settle(outcome, RESULT_REFUSED, "%s is above the cap of %s (policy.max_memory)", text,
                              policy->max_memory);
    return 0;
}

/* 0 = it is to be changed, or it is as wanted, which is counted; 1 = settled. */
static int check_value(const struct policy *policy, const struct order *order,
                       const struct resource *resource, const json_t *container, size_t *done,
                       struct outcome *outcome)
{
    const char *present = json_string_at(container, resource->path);
    const char *from = order_text(order, resource->from);
    int64_t now = resource->read(present);
    if (now <= 0)
        return outcome_settle(outcome, RESULT_REFUSED, "the container has no %s that could be raised",
                              resource->words);
    if (now == resource->read(order_text(order, resource->field))) {
        ++*done;
        return 0;
    }
    if (now != resource->read(from))
        return outcome_settle(outcome, RESULT_REFUSED, "the %s is %s by now, not %s; somebody is at work",
                              resource->words, present, from);
    return check_bounds(policy, order, resource, present, outcome);
}

/* The value as it would be; NULL = unset. */
static const char *value_then(const struct order *order, const struct resource *resource,
                              const json_t *container)
{
    return is_named(order, resource) ? order_text(order, resource->field)
                                     : json_string_at(container, resource->path);
}

/* Limit and request stand side by side in the table. */
static int check_requests(const struct order *order, const json_t *container, struct outcome *outcome)
{
    for (size_t i = 0; i < COUNT_OF(resources); i += 2) {
        const char *limit = value_then(order, &resources[i], container);
        const char *request = value_then(order, &resources[i + 1], container);
        if (limit && request && resources[i].read(request) > resources[i].read(limit))
            return outcome_settle(outcome, RESULT_REFUSED, "the %s of %s is above %s", resources[i + 1].words,
                                  request, limit);
    }
    return 0;
}

static int check_values(const struct policy *policy, const struct order *order, const json_t *container,
                        struct outcome *outcome)
{
    size_t named = 0, done = 0;
    for (size_t i = 0; i < COUNT_OF(resources); i++) {
        if (!is_named(order, &resources[i]))
            continue;
        named++;
        if (check_value(policy, order, &resources[i], container, &done, outcome))
            return 1;
    }
    if (named == 0)
        return outcome_settle(outcome, RESULT_REFUSED, "the action names no quantity to raise");
    if (named == done)
        return outcome_settle(outcome, RESULT_ALREADY, "container %s has what it should have already",
                              order_text(order, "container"));
    return check_requests(order, container, outcome);
}

static json_t *undo(const struct order *order, const json_t *container)
{
    json_t *from = json_object();
    json_t *undo = json_pack("{s:s, s:s, s:o}", "type", ACTION_SET_RESOURCES, "container",
                             order_text(order, "container"), "from", from);
    for (size_t i = 0; i < COUNT_OF(resources); i++) {
        if (!is_named(order, &resources[i]))
            continue;
        json_object_set(undo, resources[i].field, json_at(container, resources[i].path));
        json_object_set_new(from, resources[i].field, json_string(order_text(order, resources[i].field)));
    }
    return undo;
}

static void plan_values(const struct order *order, const json_t *object, const struct container *container,
                        struct plan *plan)
{
    AUTO_FREE char *name = xasprintf("%s/name", container->pointer);
    plan_undo(plan, order, undo(order, container->json));
    plan_patch(plan, workload_path(order, NULL), object, NULL, order->id);
    plan_operation(plan, "test", name, json_incref(json_object_get(container->json, "name")));
    for (size_t i = 0; i < COUNT_OF(resources); i++) {
        AUTO_FREE char *pointer = xasprintf("%s%s", container->pointer, resources[i].pointer);
        if (is_named(order, &resources[i]))
            plan_replace(plan, pointer, json_at(container->json, resources[i].path),
                         json_string(order_text(order, resources[i].field)));
    }
    plan->note = workload_rollout_note(order, object);
}

static int plan(struct kube *kube, const struct policy *policy, const struct order *order, struct plan *out,
                struct outcome *outcome, struct error *err)
{
    AUTO_JSON *object = NULL;
    struct container container;
    int settled = workload_read_for_patch(kube, order, &object, outcome, err);
    if (settled == 0)
        settled = workload_container(order, object, &container, outcome);
    if (settled)
        return settled;
    if (check_values(policy, order, container.json, outcome))
        return 1;
    plan_values(order, object, &container, out);
    return 0;
}

const struct action action_set_resources = {
    .type = ACTION_SET_RESOURCES,
    .would = "raise",
    .did = "raised",
    .words = words,
    .fields = {{.path = "container"},
               {.path = "memory_limit", .optional = 1, .with = "from.memory_limit"},
               {.path = "from.memory_limit", .optional = 1, .with = "memory_limit"},
               {.path = "memory_request", .optional = 1, .with = "from.memory_request"},
               {.path = "from.memory_request", .optional = 1, .with = "memory_request"},
               {.path = "cpu_limit", .optional = 1, .with = "from.cpu_limit"},
               {.path = "from.cpu_limit", .optional = 1, .with = "cpu_limit"},
               {.path = "cpu_request", .optional = 1, .with = "from.cpu_request"},
               {.path = "from.cpu_request", .optional = 1, .with = "cpu_request"}},
    .is_plain = is_plain,
    .plan = plan,
};
