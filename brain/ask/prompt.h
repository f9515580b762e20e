/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a model gets to read about a case: facts first, then the evidence with its ids, then the actions on offer, then the task. The
 * part that is always the same is system_prompt. What others wrote is redacted once more, cut to a share of the space that its
 * kind is worth, and marked line by line, so that nothing in it can look like a part of the prompt; what workloads wrote stands
 * within a fence that is drawn anew each time. The same document gives the same prompt but for the fence.
 */
#pragma once

#include "brain/ask/answer.h"
#include "brain/ask/candidates.h"
#include "common/schema/limits.h"

#define PROMPT_FENCE_SIZE 17
#define PROMPT_MOST_BYTES 20000 /* 6,250 tokens at 3.2 bytes each; system prompt and schema take 1,700 more */

/* The same for every question; the file system_prompt.md. */
extern const char system_prompt[];

/* An item of evidence as the model sees it, without the marks. */
struct exhibit {
    const json_t *item;
    char *text;
    int is_written; /* by a workload: trust W */
};

struct prompt {
    enum task task;
    char fence[PROMPT_FENCE_SIZE];
    struct candidates candidates; /* none but for TASK_DECIDE */
    struct exhibit exhibits[LIMIT_EVIDENCE_ITEMS];
    size_t count;
    struct strbuf text;
    struct strbuf text_of_facts; /* without what workloads wrote; empty where text is that already */
    json_t *schema;
};

#define AUTO_PROMPT __attribute__((cleanup(prompt_free))) struct prompt
void prompt_free(struct prompt *prompt);

/* settled: what the rules decided. with_written: whether what workloads wrote may be sent. */
void prompt_write(struct prompt *out, const struct facts *facts, const struct decision *settled,
                  enum task task, int with_written);

/* The exhibit of this ref, or NULL. */
const struct exhibit *prompt_exhibit(const struct prompt *prompt, const char *ref);
