/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an answer may be followed, and what decision follows from it. The model is believed in nothing that can be looked up:
 * quotes must stand in the evidence they cite, word for word; the action must be on the list that was offered, and go with the
 * status; without a fact of the API server to speak for it, or with text among the evidence that gives orders, a person looks at it first. What
 * is shown to people is plain text without addresses. Pure.
 */
#pragma once

#include "brain/ask/prompt.h"

/* Appends a text without what people could click on. */
void vet_plain(const char *text, struct strbuf *out);

/* answer: as answer_read() gives it for the prompt's schema. suspicious: ref of an item that suspicion.h found, or NULL. Turns the
 * decision of the rules in out into the model's: 0. -1: ERROR_REJECT says why not, and out is as it was. */
int vet(struct prompt *prompt, const struct facts *facts, const json_t *answer, const char *suspicious,
        struct decision *out, struct error *err);
