/* SPDX-License-Identifier: Apache-2.0 */
/* Takes back an action of an earlier lap, by the way back that was noted when it was done, and only where nothing else has been done
 * to the object since: see workload_check_undo(). */
#include <string.h>

#include "actor/action.h"
#include "actor/order.h"
#include "common/base/alloc.h"
#include "common/schema/intent.h"

/* The lap that did it; NULL = there is none. */
static const json_t *find_try(const struct order *order)
{
    const json_t *tried = json_object_get(order->incident->observed, "tried");
    for (size_t i = 0; i < json_array_size(tried); i++) {
        const char *id = json_string_at(json_array_get(tried, i), "action_id");
        if (id && strcmp(id, order_text(order, "of")) == 0)
            return json_array_get(tried, i);
    }
    return NULL;
}

static char *words(const struct order *order)
{
    const char *type = json_string_at(find_try(order), "action");
    return xasprintf("%.60s of %s %s/%s", type ? type : "an unknown action", order->kind, order->ns,
                     order->name);
}

/* What was done made it worse. */
static int is_plain(const struct order *order)
{
    return verdict_from(json_string_at(order->incident->observed, "verdict")) == VERDICT_WORSE;
}

/* The order that puts it back. 0, or 1 = settled. */
static int turn_round(const struct order *order, struct order *out, struct outcome *outcome)
{
    const json_t *attempt = find_try(order);
    const json_t *undo = json_object_get(attempt, "undo");
    const char *type = json_string_at(attempt, "action");
    if (!attempt)
        return outcome_settle(outcome, RESULT_REFUSED, "no earlier lap of this incident has the action %s",
                              order_text(order, "of"));
    if (!json_is_object(undo))
        return outcome_settle(outcome, RESULT_REFUSED, "there is no way back from the action %s (%.60s)",
                              order_text(order, "of"), type ? type : "");
    *out = *order;
    out->fields = undo;
    out->undoes = order_text(order, "of");
    out->action = action_find(json_string_at(undo, "type"));
    if (!out->action || out->action == &action_undo)
        return outcome_settle(outcome, RESULT_REFUSED, "the way back from the action %s is no action",
                              order_text(order, "of"));
    return order_check_fields(out, outcome);
}

static int plan(struct kube *kube, const struct policy *policy, const struct order *order, struct plan *out,
                struct outcome *outcome, struct error *err)
{
    struct order back;
    int settled = turn_round(order, &back, outcome);
    return settled ? settled : back.action->plan(kube, policy, &back, out, outcome, err);
}

const struct action action_undo = {
    .type = ACTION_UNDO,
    .would = "undo",
    .did = "undid",
    .words = words,
    .fields = {{.path = "of"}},
    .is_plain = is_plain,
    .plan = plan,
};
