/* SPDX-License-Identifier: Apache-2.0 */
/* The container outgrew its memory limit, and no new revision is to blame: double the limit. The request
 * stays; how far limits may grow is the actor's policy. */
#include "brain/rules.h"

#include "common/schema/quantity.h"

static int applies(const struct facts *facts)
{
    return facts->actionable && facts_is(facts, CLASS_OOM_KILLED) && facts_have_template(facts) &&
           *facts->limited_container && rule_doubled_limit(facts) > 0;
}

static void settle(const struct facts *facts, struct decision *out)
{
    char limit[QUANTITY_SIZE];
    quantity_write(limit, rule_doubled_limit(facts), facts->memory_limit);
    facts_add_symptom(facts, &out->root_cause);
    strbuf_printf(&out->root_cause, "; its memory limit is %s.", facts->memory_limit);
    strbuf_printf(&out->explanation,
                  "Container %s needs more memory than its limit of %s, and no newer revision is to blame. "
                  "The remedy is to "
                  "double the limit to %s; the request stays as it is. If it is killed again, it may be "
                  "leaking memory.",
                  facts->limited_container, facts->memory_limit, limit);
    rule_set_memory(facts, limit, out);
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
