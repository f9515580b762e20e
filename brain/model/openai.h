/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenAI's chat/completions, as vLLM, Ollama, llama.cpp, LiteLLM and Gemini itself have it. What not all of them take is left
 * away; max_tokens is what all of them know. Pure.
 * https://platform.openai.com/docs/api-reference/chat
 */
#pragma once

#include "brain/model/call.h"

/* The body of the request. The schema becomes JSON Schema: types in small letters, objects without further fields. */
void openai_encode(const struct call *call, struct strbuf *out);

/* Reads a chat completion (an object, of a 200) of any shape: CALL_OK, CALL_CUT, CALL_BLOCKED or CALL_UNUSABLE. */
void openai_decode(const json_t *body, struct heard *heard);
