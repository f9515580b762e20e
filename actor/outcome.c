/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/outcome.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/schema/incident.h"
#include "common/schema/limits.h"

#define WARNINGS 16 /* an API server may warn once a field */
#define WARNING_BYTES 500

struct outcome outcome_begin(void)
{
    return (struct outcome){.result = RESULT_NONE,
                            .action = ACTION_NONE,
                            .audit_ids = json_array(),
                            .warnings = json_array(),
                            .started_ms = clock_monotonic_ms()};
}

void outcome_free(struct outcome *outcome)
{
    strbuf_free(&outcome->mode_from);
    strbuf_free(&outcome->detail);
    strbuf_free(&outcome->diff);
    json_decref(outcome->undo);
    json_decref(outcome->seal);
    json_decref(outcome->audit_ids);
    json_decref(outcome->warnings);
}

int outcome_settle(struct outcome *outcome, enum result result, const char *format, ...)
{
    va_list args;
    outcome->result = result;
    strbuf_clear(&outcome->detail);
    va_start(args, format);
    strbuf_vprintf(&outcome->detail, format, args);
    va_end(args);
    return 1;
}

void outcome_warn(struct outcome *outcome, const char *text)
{
    AUTO_JSON *warning = json_text(text, strlen(text), WARNING_BYTES);
    for (size_t i = 0; i < json_array_size(outcome->warnings); i++)
        if (json_equal(json_array_get(outcome->warnings, i), warning))
            return;
    if (json_array_size(outcome->warnings) < WARNINGS)
        json_array_append(outcome->warnings, warning);
}

json_t *outcome_section(const struct outcome *outcome)
{
    char at[CLOCK_RFC3339_SIZE];
    json_t *detail = json_text(strbuf_text(&outcome->detail), outcome->detail.len, LIMIT_EVIDENCE_TEXT_BYTES);
    json_t *diff = outcome->diff.len ? json_stringn(outcome->diff.data, outcome->diff.len) : json_null();
    clock_rfc3339(clock_now_ms(), at);
    return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:o, s:o, s:s?, s:O?, s:O, s:O, s:I, s:O?, s:O?}", "at", at,
                     "result", result_name(outcome->result), "mode", mode_name(outcome->mode), "action",
                     outcome->action, "action_id", outcome->action_id, "detail", detail, "diff", diff,
                     "diff_sha256", outcome->diff.len ? outcome->diff_sha256 : NULL, "undo", outcome->undo,
                     "audit_ids", outcome->audit_ids, "warnings", outcome->warnings, "took_ms",
                     (json_int_t)(clock_monotonic_ms() - outcome->started_ms), "seal", outcome->seal,
                     "approved", outcome->approved);
}
