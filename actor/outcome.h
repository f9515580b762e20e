/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a decision: filled on the way through act(), written once as the acted section. */
#pragma once

#include <stdint.h>

#include "common/base/id.h"
#include "common/base/json.h"
#include "common/base/strbuf.h"
#include "common/schema/intent.h"

struct outcome {
    enum result result;
    enum mode mode;          /* how far policy lets the action go … */
    struct strbuf mode_from; /* … and what said so: "policy.namespaces.shop, aegiops.yaml:12" */
    const char *action;      /* ACTION_…; borrowed */
    const char *action_id;   /* NULL = no action; borrowed */
    struct strbuf detail;    /* one sentence: what happened and why */
    struct strbuf diff;      /* empty = none */
    char diff_sha256[SHA256_HEX_SIZE];
    json_t *undo;           /* what puts it back: the fields of an action, as in incident.h; NULL = nothing */
    json_t *seal;           /* of a proposal that can be approved; NULL = none */
    const json_t *approved; /* the approval that this follows; NULL = none; borrowed */
    json_t *audit_ids;      /* of the writes; never NULL */
    json_t *warnings;       /* the API server's, and ours; never NULL */
    int in_doubt;           /* a write has been sent, and nobody has said what became of it */
    int64_t started_ms;     /* on the monotonic clock */
};

#define AUTO_OUTCOME __attribute__((cleanup(outcome_free))) struct outcome

/* An outcome that has just begun: RESULT_NONE, ACTION_NONE. */
struct outcome outcome_begin(void);
void outcome_free(struct outcome *outcome);

/* Says how it ended and why; replaces what was said before. Returns 1: "settled". */
int outcome_settle(struct outcome *outcome, enum result result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Notes a warning for people; the same one is noted once. */
void outcome_warn(struct outcome *outcome, const char *text);

/* The acted section, as incident.h defines it. A new reference. Texts are made safe to show, and bounded. */
json_t *outcome_section(const struct outcome *outcome);
