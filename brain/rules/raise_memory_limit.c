/* SPDX-License-Identifier: Apache-2.0 */
/* The container outgrew its memory limit, and no new revision is to blame: double the limit. The request
 * stays; how far limits may grow is the actor's policy. */
#include "brain/rules.h"

#include <stdint.h>

#include "brain/command.h"
#include "common/schema/quantity.h"

/* 0 = there is none to raise: unset, unreadable, too large, or the request is unreadable. */
static int64_t new_limit(const struct facts *facts)
{
    int64_t limit = quantity_read(facts->memory_limit);
    int64_t request = *facts->memory_request ? quantity_read(facts->memory_request) : 0;
    return limit > 0 && limit <= INT64_MAX / 2 && request >= 0 && request <= 2 * limit ? 2 * limit : 0;
}

static int applies(const struct facts *facts)
{
    return facts->actionable && facts_is(facts, CLASS_OOM_KILLED) && facts_have_template(facts) &&
           *facts->limited_container && new_limit(facts) > 0;
}

static void settle(const struct facts *facts, struct decision *out)
{
    char limit[QUANTITY_SIZE];
    quantity_write(limit, new_limit(facts), facts->memory_limit);
    facts_add_symptom(facts, &out->root_cause);
    strbuf_printf(&out->root_cause, "; its memory limit is %s.", facts->memory_limit);
    strbuf_printf(&out->explanation,
                  "Container %s needs more memory than its limit of %s, and no newer revision is to blame. "
                  "The remedy is to "
                  "double the limit to %s; the request stays as it is. If it is killed again, it may be "
                  "leaking memory.",
                  facts->limited_container, facts->memory_limit, limit);
    command_set_memory(&out->command, facts, limit);
    out->parameters = json_pack("{s:s, s:s, s:{s:s}}", "container", facts->limited_container, "memory_limit",
                                limit, "from", "memory_limit", facts->memory_limit);
}

const struct rule rule_raise_memory_limit = {
    .name = "raise_memory_limit",
    .intent = INTENT_REMEDIATE,
    .status = STATUS_CONFIG,
    .action = ACTION_SET_RESOURCES,
    .rests_on = {"status", "spec"},
    .applies = applies,
    .settle = settle,
};
