/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/rules.h"

#include "brain/command.h"
#include "common/base/alloc.h"
#include "common/schema/quantity.h"

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

void rule_roll_back(const struct facts *facts, struct decision *out)
{
    command_rollback(&out->command, facts);
    out->parameters = json_pack("{s:{s:s, s:s, s:s}}", "to", "template_hash", facts->good_hash, "revision",
                                facts->good_revision, "replica_set", facts->good_set);
}

void rule_set_memory(const struct facts *facts, const char *memory_limit, struct decision *out)
{
    command_set_memory(&out->command, facts, memory_limit);
    out->parameters = json_pack("{s:s, s:s, s:{s:s}}", "container", facts->limited_container, "memory_limit",
                                memory_limit, "from", "memory_limit", facts->memory_limit);
}

int64_t rule_doubled_limit(const struct facts *facts)
{
    int64_t limit = quantity_read(facts->memory_limit);
    int64_t request = *facts->memory_request ? quantity_read(facts->memory_request) : 0;
    return limit > 0 && limit <= INT64_MAX / 2 && request >= 0 && request <= 2 * limit ? 2 * limit : 0;
}

size_t rules_pick(const struct facts *facts)
{
    size_t i = 0;
    while (i < rule_count - 1 && !rules[i]->applies(facts))
        i++;
    return i;
}
