/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Gemini API's generateContent, as Google's own address and Vertex AI have it. Text in and text out: no tools, no files, no
 * sampling parameters, which newer models ignore. Pure.
 * https://ai.google.dev/api/generate-content
 */
#pragma once

#include "brain/model/call.h"

/* The body of the request. */
void gemini_encode(const struct call *call, struct strbuf *out);

/* Reads a GenerateContentResponse (an object, of a 200) of any shape: CALL_OK, CALL_CUT, CALL_BLOCKED or CALL_UNUSABLE. */
void gemini_decode(const json_t *body, struct heard *heard);
