/* SPDX-License-Identifier: Apache-2.0 */
/* Gives one container an environment variable as it has it in another revision of its workload: a value, a reference, or no such
 * variable. */
#include <string.h>

#include "actor/action.h"
#include "actor/candidate.h"
#include "actor/workload.h"
#include "common/base/alloc.h"

static char *words(const struct order *order)
{
    return xasprintf("the variable %s of container %s of %s %s/%s to that of %s %s",
                     order_text(order, "variable"), order_text(order, "container"), order->kind, order->ns,
                     order->name, revision_kind(order), order_text(order, "to.replica_set"));
}

/* The variable in a container, and its index; NULL = there is none. */
static json_t *find(const struct container *container, const char *name, size_t *index)
{
    const json_t *list = json_object_get(container->json, "env");
    for (*index = 0; *index < json_array_size(list); ++*index) {
        const char *found = json_string_at(json_array_get(list, *index), "name");
        if (found && strcmp(found, name) == 0)
            return json_array_get(list, *index);
    }
    return NULL;
}

/* Where there was no variable at all, the list comes with the first. */
static void plan_variable(const struct candidate *candidate, json_t *now, size_t index, json_t *then,
                          struct plan *plan)
{
    AUTO_FREE char *list = xasprintf("%s/env", candidate->now.pointer);
    AUTO_FREE char *end = xasprintf("%s/-", list);
    AUTO_FREE char *item = xasprintf("%s/%zu", list, index);
    if (now && then) {
        plan_replace(plan, item, now, json_incref(then));
    } else if (now) {
        plan_operation(plan, "test", item, json_incref(now));
        plan_operation(plan, "remove", item, NULL);
    } else if (json_object_get(candidate->now.json, "env")) {
        plan_operation(plan, "add", end, json_incref(then));
    } else {
        plan_operation(plan, "add", list, json_pack("[O]", then));
    }
}

static int plan(struct kube *kube, const struct policy *policy, const struct order *order, struct plan *out,
                struct outcome *outcome, struct error *err)
{
    (void)policy;
    AUTO_CANDIDATE candidate = {0};
    const char *name = order_text(order, "variable"), *container = order_text(order, "container");
    size_t index, index_then;
    int settled = candidate_read(kube, order, &candidate, outcome, err);
    if (settled)
        return settled;
    json_t *now = find(&candidate.now, name, &index), *then = find(&candidate.then, name, &index_then);
    if (now == then || json_equal(now, then))
        return outcome_settle(outcome, RESULT_ALREADY,
                              "container %s has the variable %s as it should already", container, name);
    plan_undo(out, order,
              json_pack("{s:s, s:s, s:s, s:o}", "type", ACTION_SET_ENV, "container", container, "variable",
                        name, "to", candidate_present(order)));
    plan_patch(out, workload_path(order, NULL), candidate.workload, NULL, order->id);
    plan_variable(&candidate, now, index, then, out);
    out->note = workload_rollout_note(order, candidate.workload);
    return 0;
}

const struct action action_set_env = {
    .type = ACTION_SET_ENV,
    .would = "set",
    .did = "set",
    .words = words,
    .fields = {{.path = "container"},
               {.path = "variable", .also = "_"},
               {.path = "to.template_hash"},
               {.path = "to.replica_set"}},
    .is_plain = NULL, /* as with an image, such a mixture never ran */
    .plan = plan,
};
