/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/openai.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "common/base/alloc.h"

static json_t *json_schema(const json_t *schema);

static json_t *small_letters(const char *text)
{
    AUTO_STRBUF out = {0};
    for (; *text; text++)
        strbuf_putc(&out, (char)tolower((unsigned char)*text));
    return json_string(strbuf_text(&out));
}

static json_t *properties_of(const json_t *properties)
{
    const char *name;
    json_t *property, *made = json_object();
    json_object_foreach((json_t *)(uintptr_t)properties, name, property)
        json_object_set_new(made, name, json_schema(property));
    return made;
}

/* JSON Schema of what stands in the words of OpenAPI; propertyOrdering and format have no place there. */
static json_t *json_schema(const json_t *schema)
{
    const char *key;
    json_t *value, *made = json_object();
    json_object_foreach((json_t *)(uintptr_t)schema, key, value)
    {
        if (strcmp(key, "type") == 0 && json_is_string(value))
            json_object_set_new(made, key, small_letters(json_string_value(value)));
        else if (strcmp(key, "properties") == 0)
            json_object_set_new(made, key, properties_of(value));
        else if (strcmp(key, "items") == 0)
            json_object_set_new(made, key, json_schema(value));
        else if (strcmp(key, "propertyOrdering") != 0 && strcmp(key, "format") != 0)
            json_object_set_new(made, key, json_deep_copy(value));
    }
    if (json_object_get(schema, "properties"))
        json_object_set_new(made, "additionalProperties", json_false());
    return made;
}

static json_t *message(const char *role, const char *text)
{
    return json_pack("{s:s, s:s}", "role", role, "content", text);
}

static json_t *messages(const struct call *call)
{
    AUTO_STRBUF system = {0}, complaint = {0};
    call_system(call, &system);
    json_t *all = json_pack("[o, o]", message("system", strbuf_text(&system)), message("user", call->text));
    if (!call->complaint)
        return all;
    AUTO_FREE char *quote = call_quote(call);
    call_complaint(call, &complaint);
    json_array_append_new(all, message("assistant", quote));
    json_array_append_new(all, message("user", strbuf_text(&complaint)));
    return all;
}

void openai_encode(const struct call *call, struct strbuf *out)
{
    static const char *const levels[] = {"minimal", "low", "medium", "high"};
    AUTO_JSON *body = json_pack("{s:s, s:o, s:I}", "model", call->model, "messages", messages(call),
                                "max_tokens", (json_int_t)call->answer_tokens_most);
    if (call->form == FORM_SCHEMA)
        json_object_set_new(body, "response_format",
                            json_pack("{s:s, s:{s:s, s:b, s:o}}", "type", "json_schema", "json_schema",
                                      "name", "answer", "strict", 1, "schema", json_schema(call->schema)));
    else if (call->form == FORM_JSON)
        json_object_set_new(body, "response_format", json_pack("{s:s}", "type", "json_object"));
    if (call->thinking != THINKING_OMITTED)
        json_object_set_new(body, "reasoning_effort", json_string(levels[call->thinking]));
    json_write(body, out);
}

static enum call_result result_of(const char *reason)
{
    return strcmp(reason, "stop") == 0             ? CALL_OK
           : strcmp(reason, "length") == 0         ? CALL_CUT
           : strcmp(reason, "content_filter") == 0 ? CALL_BLOCKED
                                                   : CALL_UNUSABLE;
}

/* The tokens of thinking are among those of the completion. */
static void read_usage(const json_t *body, struct heard *heard)
{
    const json_t *usage = json_object_get(body, "usage");
    long long completion = heard_count(usage, "completion_tokens");
    long long thought = heard_count(usage, "completion_tokens_details.reasoning_tokens");
    heard->prompt_tokens = heard_count(usage, "prompt_tokens");
    heard->cached_tokens = heard_count(usage, "prompt_tokens_details.cached_tokens");
    heard->thought_tokens = thought < completion ? thought : completion;
    heard->answer_tokens = completion - heard->thought_tokens;
}

/* A string, or a list of parts of which some are text. */
static void read_text(const json_t *content, struct strbuf *out)
{
    if (json_is_string(content))
        strbuf_add(out, json_string_value(content), json_string_length(content));
    for (size_t i = 0; i < json_array_size(content); i++) {
        const json_t *text = json_object_get(json_array_get(content, i), "text");
        if (json_is_string(text))
            strbuf_add(out, json_string_value(text), json_string_length(text));
    }
}

void openai_decode(const json_t *body, struct heard *heard)
{
    AUTO_STRBUF text = {0};
    const json_t *choice = json_array_get(json_object_get(body, "choices"), 0);
    const char *reason = json_string_at(choice, "finish_reason");
    const char *refusal = json_string_at(choice, "message.refusal");
    heard_version(heard, json_string_at(body, "model"));
    read_usage(body, heard);
    read_text(json_at(choice, "message.content"), &text);
    heard->text = text.len ? strbuf_take(&text) : NULL;
    heard->result = refusal && *refusal ? CALL_BLOCKED : result_of(reason ? reason : "");
    if (heard->result == CALL_OK && !heard->text)
        heard->result = CALL_UNUSABLE;
    if (heard->result == CALL_OK)
        return;
    if (heard->result == CALL_BLOCKED && refusal)
        fail(&heard->err, ERROR_RETRY, "the model declines: %.200s", refusal);
    else
        fail(&heard->err, ERROR_RETRY, "the answer ended with %.80s%s", reason ? reason : "no reason",
             heard->text ? "" : " and without a text");
}
