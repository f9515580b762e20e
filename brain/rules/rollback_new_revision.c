/* SPDX-License-Identifier: Apache-2.0 */
/* The failure came with a new revision, and an older one ran well: go back to that one. It is named by its
 * template's hash and the ReplicaSet or ControllerRevision that keeps it; revision numbers move and are for people only. */
#include "brain/rules.h"

#include "brain/symptoms.h"

static int applies(const struct facts *facts)
{
    return facts->actionable && symptom_of(facts)->with_template && facts_have_template(facts) &&
           facts->new_revision && *facts->template_hash && *facts->good_hash && *facts->good_set;
}

static void settle(const struct facts *facts, struct decision *out)
{
    const char *revision = *facts->revision ? facts->revision : "unknown";
    const char *good = *facts->good_revision ? facts->good_revision : "unknown";
    facts_add_symptom(facts, &out->root_cause);
    strbuf_printf(&out->root_cause, " since revision %s.", revision);
    strbuf_printf(&out->explanation,
                  "The failure came with revision %s (template %s); revision %s (%s %s) ran well "
                  "before it. The remedy "
                  "is to go back to that template. The number of replicas stays as it is.",
                  revision, facts->template_hash, good,
                  facts_of_kind(facts, "Deployment") ? "ReplicaSet" : "ControllerRevision", facts->good_set);
    rule_roll_back(facts, out);
}

const struct rule rule_rollback_new_revision = {
    .name = "rollback_new_revision",
    .intent = INTENT_REMEDIATE,
    .status = STATUS_CONFIG,
    .action = ACTION_ROLLBACK,
    .rests_on = {"status", "diff", "spec"},
    .applies = applies,
    .settle = settle,
};
