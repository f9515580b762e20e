/* SPDX-License-Identifier: Apache-2.0 */
/* Gives one container the image that it has in another revision of its workload. */
#include <string.h>

#include "actor/action.h"
#include "actor/candidate.h"
#include "actor/workload.h"
#include "common/base/alloc.h"

static char *words(const struct order *order)
{
    return xasprintf("the image of container %s of %s %s/%s to that of %s %s", order_text(order, "container"),
                     order->kind, order->ns, order->name, revision_kind(order),
                     order_text(order, "to.replica_set"));
}

static void plan_image(const struct order *order, const struct candidate *candidate, struct plan *plan)
{
    AUTO_FREE char *name = xasprintf("%s/name", candidate->now.pointer);
    AUTO_FREE char *image = xasprintf("%s/image", candidate->now.pointer);
    plan_undo(plan, order,
              json_pack("{s:s, s:s, s:o}", "type", ACTION_SET_IMAGE, "container",
                        order_text(order, "container"), "to", candidate_present(order)));
    plan_patch(plan, workload_path(order, NULL), candidate->workload, NULL, order->id);
    plan_operation(plan, "test", name, json_incref(json_object_get(candidate->now.json, "name")));
    plan_replace(plan, image, json_object_get(candidate->now.json, "image"),
                 json_incref(json_object_get(candidate->then.json, "image")));
    plan->note = workload_rollout_note(order, candidate->workload);
}

static int plan(struct kube *kube, const struct policy *policy, const struct order *order, struct plan *out,
                struct outcome *outcome, struct error *err)
{
    (void)policy;
    AUTO_CANDIDATE candidate = {0};
    int settled = candidate_read(kube, order, &candidate, outcome, err);
    if (settled)
        return settled;
    const char *now = json_string_at(candidate.now.json, "image");
    const char *then = json_string_at(candidate.then.json, "image");
    if (!now || !then)
        return outcome_settle(outcome, RESULT_REFUSED, "container %s has no image in both revisions",
                              order_text(order, "container"));
    if (strcmp(now, then) == 0)
        return outcome_settle(outcome, RESULT_ALREADY, "the image of container %s is %s already",
                              order_text(order, "container"), now);
    plan_image(order, &candidate, out);
    return 0;
}

const struct action action_set_image = {
    .type = ACTION_SET_IMAGE,
    .would = "set",
    .did = "set",
    .words = words,
    .fields = {{.path = "container"}, {.path = "to.template_hash"}, {.path = "to.replica_set"}},
    .is_plain =
        NULL, /* part of an older template among a newer one is a mixture that never ran: a person looks at it */
    .plan = plan,
};
