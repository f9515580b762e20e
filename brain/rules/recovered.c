/* SPDX-License-Identifier: Apache-2.0 */
/* The observer has verified that the workload no longer fails: the incident is closed with what was done and
 * how long it took. */
#include "brain/rules.h"

#include "brain/attempts.h"
#include "common/base/clock.h"

static int applies(const struct facts *facts)
{
    return facts->verdict == VERDICT_RECOVERED;
}

/* From the opening of the incident to the moment of the verdict: both stand in the document, so a replay says
 * the same. */
static void add_duration(const struct facts *facts, struct strbuf *out)
{
    const char *at = json_string_at(facts->incident->observed, "at");
    const char *opened_at = facts->incident->opened_at;
    int64_t from_ms = opened_at ? clock_parse_rfc3339(opened_at) : -1;
    int64_t to_ms = at ? clock_parse_rfc3339(at) : -1;
    if (from_ms < 0 || to_ms < from_ms)
        return;
    long long seconds = (to_ms - from_ms + 500) / 1000;
    strbuf_puts(out, ", ");
    if (seconds >= 3600)
        strbuf_printf(out, "%lld h ", seconds / 3600);
    if (seconds >= 60)
        strbuf_printf(out, "%lld min ", seconds / 60 % 60);
    strbuf_printf(out, "%lld s after it was first seen failing", seconds % 60);
}

static void settle(const struct facts *facts, struct decision *out)
{
    facts_add_subject(facts, &out->root_cause);
    strbuf_puts(&out->root_cause, " no longer fails.");
    facts_add_subject(facts, &out->explanation);
    strbuf_puts(&out->explanation, " no longer fails");
    add_duration(facts, &out->explanation);
    strbuf_printf(&out->explanation, "%s%s.", *facts->verified ? ": " : "", facts->verified);
    if (attempts_with_effect(facts)) {
        strbuf_puts(&out->explanation, "\nWhat was done:");
        attempts_add(facts, &out->explanation);
    } else {
        strbuf_puts(&out->explanation, "\nAegiOps changed nothing.");
    }
}

const struct rule rule_recovered = {
    .name = "recovered",
    .intent = INTENT_REMEDIATE,
    .status = STATUS_HEALTHY,
    .rests_on = {"status"},
    .applies = applies,
    .settle = settle,
};
