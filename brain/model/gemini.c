/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/gemini.h"

#include <string.h>

#include "common/base/alloc.h"

static json_t *content(const char *role, const char *text)
{
    return json_pack("{s:s, s:[{s:s}]}", "role", role, "parts", "text", text);
}

/* The case; and in a second try also the answer to the first, and what was wrong with it. */
static json_t *contents(const struct call *call)
{
    json_t *all = json_pack("[o]", content("user", call->text));
    if (!call->complaint)
        return all;
    AUTO_STRBUF complaint = {0};
    AUTO_FREE char *quote = call_quote(call);
    call_complaint(call, &complaint);
    json_array_append_new(all, content("model", quote));
    json_array_append_new(all, content("user", strbuf_text(&complaint)));
    return all;
}

static json_t *generation(const struct call *call)
{
    static const char *const levels[] = {"MINIMAL", "LOW", "MEDIUM", "HIGH"};
    json_t *made = json_pack("{s:I}", "maxOutputTokens", (json_int_t)call->answer_tokens_most);
    if (call->form != FORM_PLAIN)
        json_object_set_new(made, "responseMimeType", json_string("application/json"));
    if (call->form == FORM_SCHEMA)
        json_object_set_new(made, "responseSchema", json_deep_copy(call->schema));
    if (call->thinking != THINKING_OMITTED)
        json_object_set_new(made, "thinkingConfig",
                            json_pack("{s:s}", "thinkingLevel", levels[call->thinking]));
    return made;
}

/* A log that says "kill child" is no threat: the four categories that can be switched off are. */
static json_t *safety(void)
{
    static const char *const categories[] = {"HARM_CATEGORY_HARASSMENT", "HARM_CATEGORY_HATE_SPEECH",
                                             "HARM_CATEGORY_SEXUALLY_EXPLICIT",
                                             "HARM_CATEGORY_DANGEROUS_CONTENT"};
    json_t *all = json_array();
    for (size_t i = 0; i < COUNT_OF(categories); i++)
        json_array_append_new(all,
                              json_pack("{s:s, s:s}", "category", categories[i], "threshold", "BLOCK_NONE"));
    return all;
}

void gemini_encode(const struct call *call, struct strbuf *out)
{
    AUTO_STRBUF system = {0};
    call_system(call, &system);
    AUTO_JSON *body = json_pack("{s:{s:[{s:s}]}, s:o, s:o, s:o}", "systemInstruction", "parts", "text",
                                strbuf_text(&system), "contents", contents(call), "safetySettings", safety(),
                                "generationConfig", generation(call));
    json_write(body, out);
}

/* What a reason to end means; one that is not known here is as good as OTHER. */
static enum call_result result_of(const char *reason)
{
    static const struct {
        const char *reason;
        enum call_result result;
    } known[] = {
        {"STOP", CALL_OK},
        {"MAX_TOKENS", CALL_CUT},
        {"CONTINUATION", CALL_CUT},
        {"SAFETY", CALL_BLOCKED},
        {"RECITATION", CALL_BLOCKED},
        {"BLOCKLIST", CALL_BLOCKED},
        {"PROHIBITED_CONTENT", CALL_BLOCKED},
        {"SPII", CALL_BLOCKED},
        {"MODEL_ARMOR", CALL_BLOCKED},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(known[i].reason, reason) == 0)
            return known[i].result;
    return CALL_UNUSABLE;
}

static void read_usage(const json_t *body, struct heard *heard)
{
    const json_t *usage = json_object_get(body, "usageMetadata");
    heard->prompt_tokens =
        heard_count(usage, "promptTokenCount") + heard_count(usage, "toolUsePromptTokenCount");
    heard->answer_tokens = heard_count(usage, "candidatesTokenCount");
    heard->thought_tokens = heard_count(usage, "thoughtsTokenCount");
    heard->cached_tokens = heard_count(usage, "cachedContentTokenCount");
}

/* All text but the thoughts. */
static void read_text(const json_t *candidate, struct strbuf *out)
{
    const json_t *parts = json_at(candidate, "content.parts");
    for (size_t i = 0; i < json_array_size(parts); i++) {
        const json_t *part = json_array_get(parts, i), *text = json_object_get(part, "text");
        if (json_is_string(text) && !json_true_at(part, "thought"))
            strbuf_add(out, json_string_value(text), json_string_length(text));
    }
}

void gemini_decode(const json_t *body, struct heard *heard)
{
    AUTO_STRBUF text = {0};
    const json_t *candidate = json_array_get(json_object_get(body, "candidates"), 0);
    const char *blocked = json_string_at(body, "promptFeedback.blockReason");
    const char *reason = json_string_at(candidate, "finishReason");
    const char *message = json_string_at(candidate, "finishMessage");
    heard_version(heard, json_string_at(body, "modelVersion"));
    read_usage(body, heard);
    read_text(candidate, &text);
    heard->text = text.len ? strbuf_take(&text) : NULL;
    heard->result = blocked ? CALL_BLOCKED : result_of(reason ? reason : "");
    if (heard->result == CALL_OK && !heard->text)
        heard->result = CALL_UNUSABLE;
    if (heard->result == CALL_OK)
        return;
    fail(&heard->err, ERROR_RETRY, "the %s ended with %.80s%s%.200s%s", blocked ? "question" : "answer",
         blocked  ? blocked
         : reason ? reason
                  : "no reason",
         message ? " (" : "", message ? message : "",
         message                  ? ")"
         : heard->text || blocked ? ""
                                  : " and without a text");
}
