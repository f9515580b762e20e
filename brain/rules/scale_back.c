/* SPDX-License-Identifier: Apache-2.0 */
/* It served until somebody scaled it to zero, and a Service still leads to it. Whether that was meant only people know: the way
 * back is proposed, to as many as the observer saw serving. */
#include "brain/rules.h"

#include "brain/command.h"
#include "common/base/alloc.h"

static int applies(const struct facts *facts)
{
    return facts->actionable && facts_is(facts, CLASS_SCALED_TO_ZERO) && facts->affected > 0 &&
           (facts_of_kind(facts, "Deployment") || facts_of_kind(facts, "StatefulSet"));
}

static void settle(const struct facts *facts, struct decision *out)
{
    AUTO_FREE char *replicas = xasprintf("%lld", facts->affected);
    facts_add_symptom(facts, &out->root_cause);
    strbuf_putc(&out->root_cause, '.');
    strbuf_printf(&out->explanation,
                  "%lld of its pods served before, and whoever calls the Service gets no answer now. If that "
                  "was not meant, the remedy is to "
                  "scale it back to %lld. If it was, delete the Service, or annotate the workload with "
                  "aegiops.io/ignore: \"true\".",
                  facts->affected, facts->affected);
    command_scale(&out->command, facts, facts->affected);
    out->parameters = json_pack("{s:s, s:{s:s}}", "replicas", replicas, "from", "replicas", "0");
}

const struct rule rule_scale_back = {
    .name = "scale_back",
    .intent = INTENT_REMEDIATE,
    .status = STATUS_CONFIG,
    .action = ACTION_SCALE,
    .rests_on = {"status"},
    .applies = applies,
    .settle = settle,
};
