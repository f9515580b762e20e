/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service says instead of an answer: google.rpc.Status (https://cloud.google.com/apis/design/errors), OpenAI's error
 * objects, and what servers that only resemble the two make of them. Pure.
 */
#pragma once

#include "brain/model/call.h"

/* Whether a body that came with a 200 is an error all the same. */
int refusal_is(const json_t *body);

/* Fills heard from a status and the body that came with it (NULL = no JSON): any result but CALL_OK, CALL_CUT, CALL_BLOCKED,
 * CALL_UNUSABLE, CALL_UNREACHABLE, CALL_TIMEOUT and CALL_STOPPED. err.text holds the service's words, or the status alone. */
void refusal_read(long status, const json_t *body, struct heard *heard);
