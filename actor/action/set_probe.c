/* SPDX-License-Identifier: Apache-2.0 */
/* Gives the program in a container more time before a probe counts against it: raises one number of the probe, at most to twice
 * of what it is, from the value that was observed. */
#include <string.h>

#include "actor/action.h"
#include "actor/workload.h"
#include "common/base/alloc.h"

static const char *const probes[][2] = {
    {"liveness", "livenessProbe"}, {"readiness", "readinessProbe"}, {"startup", "startupProbe"}};
static const char *const numbers[] = {"initialDelaySeconds", "periodSeconds", "timeoutSeconds",
                                      "failureThreshold"};

static char *words(const struct order *order)
{
    return xasprintf("%s of the %s probe of container %s of %s %s/%s from %s to %s",
                     order_text(order, "field"), order_text(order, "probe"), order_text(order, "container"),
                     order->kind, order->ns, order->name, order_text(order, "from.value"),
                     order_text(order, "value"));
}

/* "livenessProbe"; NULL = there is no such probe. */
static const char *probe_of(const struct order *order)
{
    for (size_t i = 0; i < COUNT_OF(probes); i++)
        if (strcmp(order_text(order, "probe"), probes[i][0]) == 0)
            return probes[i][1];
    return NULL;
}

static int is_number(const struct order *order)
{
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (strcmp(order_text(order, "field"), numbers[i]) == 0)
            return 1;
    return 0;
}

/* Before anything is read. 0 or 1. */
static int check_words(const struct order *order, struct outcome *outcome)
{
    if (!probe_of(order))
        return outcome_settle(outcome, RESULT_REFUSED, "there is no %s probe", order_text(order, "probe"));
    if (!is_number(order))
        return outcome_settle(outcome, RESULT_REFUSED, "%s is no number of a probe that may be changed",
                              order_text(order, "field"));
    if (order_count(order, "value") < 1 || order_count(order, "from.value") < 0)
        return outcome_settle(outcome, RESULT_REFUSED, "%s from %s is no count", order_text(order, "value"),
                              order_text(order, "from.value"));
    return 0;
}

static int check_value(const struct order *order, const json_t *present, struct outcome *outcome)
{
    const char *field = order_text(order, "field");
    long long now = json_integer_value(present), wanted = order_count(order, "value");
    if (!json_is_integer(present))
        return outcome_settle(outcome, RESULT_REFUSED, "the %s probe of container %s has no %s",
                              order_text(order, "probe"), order_text(order, "container"), field);
    if (now == wanted)
        return outcome_settle(outcome, RESULT_ALREADY, "%s is %lld already", field, now);
    if (now != order_count(order, "from.value"))
        return outcome_settle(outcome, RESULT_REFUSED, "%s is %lld by now, not %s; somebody is at work",
                              field, now, order_text(order, "from.value"));
    if (!order->undoes && (wanted < now || wanted > 2 * now))
        return outcome_settle(outcome, RESULT_REFUSED,
                              "%lld is not between the present %s of %lld and twice of it", wanted, field,
                              now);
    return 0;
}

static json_t *undo(const struct order *order)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s}}", "type", ACTION_SET_PROBE, "container",
                     order_text(order, "container"), "probe", order_text(order, "probe"), "field",
                     order_text(order, "field"), "value", order_text(order, "from.value"), "from", "value",
                     order_text(order, "value"));
}

static void plan_value(const struct order *order, const json_t *workload, const struct container *container,
                       const json_t *present, struct plan *plan)
{
    AUTO_FREE char *name = xasprintf("%s/name", container->pointer);
    AUTO_FREE char *value =
        xasprintf("%s/%s/%s", container->pointer, probe_of(order), order_text(order, "field"));
    plan_undo(plan, order, undo(order));
    plan_patch(plan, workload_path(order, NULL), workload, NULL, order->id);
    plan_operation(plan, "test", name, json_incref(json_object_get(container->json, "name")));
    plan_replace(plan, value, present, json_integer(order_count(order, "value")));
    plan->note = workload_rollout_note(order, workload);
}

static int plan(struct kube *kube, const struct policy *policy, const struct order *order, struct plan *out,
                struct outcome *outcome, struct error *err)
{
    (void)policy;
    AUTO_JSON *workload = NULL;
    struct container container;
    int settled = check_words(order, outcome);
    if (settled == 0)
        settled = workload_read_for_patch(kube, order, &workload, outcome, err);
    if (settled == 0)
        settled = workload_container(order, workload, &container, outcome);
    if (settled)
        return settled;
    const json_t *probe = json_object_get(container.json, probe_of(order));
    const json_t *present = json_object_get(probe, order_text(order, "field"));
    if (check_value(order, present, outcome))
        return 1;
    plan_value(order, workload, &container, present, out);
    return 0;
}

const struct action action_set_probe = {
    .type = ACTION_SET_PROBE,
    .would = "raise",
    .did = "raised",
    .words = words,
    .fields = {{.path = "container"},
               {.path = "probe"},
               {.path = "field"},
               {.path = "value"},
               {.path = "from.value"}},
    .is_plain = NULL, /* a probe may be right and the program ill */
    .plan = plan,
};
