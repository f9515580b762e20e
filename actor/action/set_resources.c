/* SPDX-License-Identifier: Apache-2.0 */
/* Raises the memory limit of one container of a workload's template: at most to twice of what it is, never
 * above the policy's cap, from the value that was observed. The request is not touched. */
#include <string.h>

#include "actor/action.h"
#include "actor/guard.h"
#include "actor/policy.h"
#include "actor/workload.h"
#include "common/base/alloc.h"
#include "common/schema/quantity.h"

static char *words(const struct order *order)
{
    return xasprintf("the memory limit of container %s of %s %s/%s from %s to %s",
                     order_text(order, "container"), order->kind, order->ns, order->name,
                     order_text(order, "from.memory_limit"), order_text(order, "memory_limit"));
}

static int is_observed(const struct order *order, const char *path, const char *expected)
{
    const char *text = json_string_at(order->incident->observed, path);
    return text && strcmp(text, expected) == 0;
}

/* The container that was seen running out of memory. */
static int is_plain(const struct order *order)
{
    return is_observed(order, "class", CLASS_OOM_KILLED) &&
           is_observed(order, "before.container", order_text(order, "container"));
}

/* The container and its index; NULL = there is none of the name. */
static const json_t *find_container(const struct order *order, const json_t *object, size_t *index)
{
    const json_t *containers = json_at(object, "spec.template.spec.containers");
    for (size_t i = 0; i < json_array_size(containers); i++) {
        const char *name = json_string_at(json_array_get(containers, i), "name");
        *index = i;
        if (name && strcmp(name, order_text(order, "container")) == 0)
            return json_array_get(containers, i);
    }
    return NULL;
}

/* What the present value allows. 0 = all is well; 1 = settled. */
static int check_values(const struct policy *policy, const struct order *order, const json_t *container,
                        struct outcome *outcome)
{
    const char *limit = json_string_at(container, "resources.limits.memory");
    const char *request = json_string_at(container, "resources.requests.memory");
    const char *wanted_text = order_text(order, "memory_limit");
    int64_t now = quantity_read(limit), wanted = quantity_read(wanted_text);
    if (now <= 0)
        return outcome_settle(outcome, RESULT_REFUSED,
                              "the container has no memory limit that could be raised");
    if (now == wanted)
        return outcome_settle(outcome, RESULT_ALREADY, "the memory limit is %s already", limit);
    if (now != quantity_read(order_text(order, "from.memory_limit")))
        return outcome_settle(outcome, RESULT_REFUSED,
                              "the memory limit is %s by now, not %s; somebody is at work", limit,
                              order_text(order, "from.memory_limit"));
    if (wanted < now || (wanted + 1) / 2 > now)
        return outcome_settle(outcome, RESULT_REFUSED,
                              "%s is not between the present limit of %s and twice of it", wanted_text,
                              limit);
    if (wanted > policy_max_memory(policy))
        return outcome_settle(outcome, RESULT_REFUSED, "%s is above the cap of %s (policy.max_memory)",
                              wanted_text, policy->max_memory);
    if (request && quantity_read(request) > wanted)
        return outcome_settle(outcome, RESULT_REFUSED, "the memory request of %s is above %s", request,
                              wanted_text);
    return 0;
}

static void plan_limit(const struct order *order, const json_t *object, const json_t *container, size_t index,
                       struct plan *plan)
{
    AUTO_FREE char *path = workload_path(order);
    AUTO_FREE char *name = xasprintf("/spec/template/spec/containers/%zu/name", index);
    AUTO_FREE char *limit = xasprintf("/spec/template/spec/containers/%zu/resources/limits/memory", index);
    json_t *now = json_at(container, "resources.limits.memory");
    plan_patch(plan, path, object, NULL, order->id);
    plan_operation(plan, "test", name, json_incref(json_object_get(container, "name")));
    plan_operation(plan, "test", limit, json_incref(now));
    plan_operation(plan, "replace", limit, json_string(order_text(order, "memory_limit")));
    plan->undo = json_pack("{s:s, s:s, s:O, s:{s:s}}", "type", ACTION_SET_RESOURCES, "container",
                           order_text(order, "container"), "memory_limit", now, "from", "memory_limit",
                           order_text(order, "memory_limit"));
}

static int plan(struct kube *kube, const struct policy *policy, const struct order *order, struct plan *out,
                struct outcome *outcome, struct error *err)
{
    AUTO_FREE char *what = workload_words(order);
    AUTO_JSON *object = NULL;
    size_t index = 0;
    int settled = workload_read(kube, order, &object, outcome, err);
    if (settled == 0)
        settled = guard_specification(object, what, outcome);
    if (settled)
        return settled;
    const json_t *container = find_container(order, object, &index);
    if (!container)
        return outcome_settle(outcome, RESULT_FAILED, "%s has no container %s", what,
                              order_text(order, "container"));
    if (check_values(policy, order, container, outcome))
        return 1;
    plan_limit(order, object, container, index, out);
    return 0;
}

const struct action action_set_resources = {
    .type = ACTION_SET_RESOURCES,
    .would = "raise",
    .did = "raised",
    .words = words,
    .fields = {{.path = "container"}, {.path = "memory_limit"}, {.path = "from.memory_limit"}},
    .is_plain = is_plain,
    .plan = plan,
};
