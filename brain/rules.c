/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/rules.h"

#include "brain/command.h"
#include "common/base/alloc.h"

const struct rule *const rules[] = {
    &rule_request_without_model,
    &rule_recovered,
    /* after a try */
    &rule_undo_what_made_it_worse,
    &rule_free_the_stateful_set,
    &rule_laps_exhausted,
    /* the first answer */
    &rule_rollback_new_revision,
    &rule_raise_memory_limit,
    &rule_came_back,
    &rule_replace_lone_pod,
    &rule_scale_back,
    &rule_escalate,
};
const size_t rule_count = COUNT_OF(rules);

int rule_names_pod(const struct facts *facts)
{
    return *facts->pod_name && *facts->pod_uid;
}

void rule_replace_pod(const struct facts *facts, struct decision *out)
{
    command_delete_pod(&out->command, facts);
    out->parameters = json_pack("{s:{s:s, s:s}}", "pod", "name", facts->pod_name, "uid", facts->pod_uid);
}

size_t rules_pick(const struct facts *facts)
{
    size_t i = 0;
    while (i < rule_count - 1 && !rules[i]->applies(facts))
        i++;
    return i;
}
