/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/openai.h"

#include "tests/unit/brain/model/reading.h"

static json_t *schema;

static struct call a_call(void)
{
    return (struct call){.model = "qwen2.5:7b",
                         .system = "Be brief.",
                         .text = "Why?",
                         .schema = schema,
                         .thinking = THINKING_OMITTED,
                         .answer_tokens_most = 4096};
}

static void check_encoded(const struct call *call, const char *wanted)
{
    AUTO_STRBUF got = {0};
    openai_encode(call, &got);
    assert_string_equal(strbuf_text(&got), wanted);
}

#define HEAD                                                                                                 \
    "{\"model\":\"qwen2.5:7b\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"               \
    "{\"role\":\"user\",\"content\":\"Why?\"}],\"max_tokens\":4096"

static void the_first_question(void **state)
{
    (void)state;
    struct call call = a_call();
    check_encoded(
        &call, HEAD
        ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"answer\",\"strict\":true,"
        "\"schema\":{\"type\":\"object\",\"properties\":{"
        "\"type\":{\"type\":\"string\",\"enum\":[\"NONE\",\"OBJECT\"]},"
        "\"list\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"key\":{\"type\":"
        "\"string\",\"description\":\"A KEY\"}},"
        "\"required\":[\"key\"],\"additionalProperties\":false}}},"
        "\"required\":[\"type\",\"list\"],\"additionalProperties\":false}}}}");
    call.thinking = THINKING_LOW;
    AUTO_STRBUF got = {0};
    openai_encode(&call, &got);
    assert_non_null(strstr(strbuf_text(&got), ",\"reasoning_effort\":\"low\"}"));
}

static void in_words(const struct call *call, const char *format)
{
    AUTO_STRBUF got = {0};
    openai_encode(call, &got);
    assert_non_null(
        strstr(strbuf_text(&got), "Be brief.\\n\\nAnswer with one JSON object and nothing else."));
    assert_non_null(strstr(strbuf_text(&got), "{\\\"type\\\":\\\"OBJECT\\\""));
    const char *found = strstr(strbuf_text(&got), "\"response_format\"");
    assert_string_equal(found ? found : "", format);
}

static void simpler_forms(void **state)
{
    (void)state;
    struct call call = a_call();
    call.form = FORM_JSON;
    in_words(&call, "\"response_format\":{\"type\":\"json_object\"}}");
    call.form = FORM_PLAIN;
    in_words(&call, "");
}

static void a_second_try(void **state)
{
    (void)state;
    struct call call = a_call();
    call.answer = "{}";
    call.complaint = "too short";
    AUTO_STRBUF got = {0};
    openai_encode(&call, &got);
    assert_non_null(
        strstr(strbuf_text(&got),
               "{\"role\":\"user\",\"content\":\"Why?\"},{\"role\":\"assistant\",\"content\":\"{}\"},"
               "{\"role\":\"user\",\"content\":\"That answer cannot be used: too short. "));
}

#define CHOICE(message, reason)                                                                              \
    "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\"" message "},\"finish_reason\":" reason   \
    "}]}"
#define TEXT ",\"content\":\"a\""

static void every_shape_of_an_answer(void **state)
{
    (void)state;
    static const struct reading shapes[] = {
        {CHOICE(TEXT, "\"stop\""), CALL_OK, "a", NULL},
        {CHOICE(TEXT ",\"refusal\":null,\"reasoning_content\":\"hm\"", "\"stop\""), CALL_OK, "a", NULL},
        {CHOICE(",\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"x\"},7,{\"text\":\"b\"}]",
                "\"stop\""),
         CALL_OK, "ab", NULL},
        {CHOICE(TEXT, "\"length\""), CALL_CUT, "a", "ended with length"},
        {CHOICE(TEXT, "\"content_filter\""), CALL_BLOCKED, "a", NULL},
        {CHOICE(",\"content\":null,\"refusal\":\"I cannot\"", "\"stop\""), CALL_BLOCKED, NULL,
         "the model declines: I cannot"},
        {CHOICE(",\"content\":null,\"tool_calls\":[{}]", "\"tool_calls\""), CALL_UNUSABLE, NULL,
         "tool_calls"},
        {CHOICE(",\"content\":null", "\"stop\""), CALL_UNUSABLE, NULL, "without a text"},
        {CHOICE(",\"content\":\"\"", "\"stop\""), CALL_UNUSABLE, NULL, NULL},
        {CHOICE("", "\"stop\""), CALL_UNUSABLE, NULL, NULL},
        {CHOICE(TEXT, "null"), CALL_UNUSABLE, "a", "no reason"},
        {CHOICE(TEXT, "\"new\""), CALL_UNUSABLE, "a", "new"},
        {"{\"choices\":[]}", CALL_UNUSABLE, NULL, NULL},
        {"{\"choices\":{}}", CALL_UNUSABLE, NULL, NULL},
        {"{\"choices\":[{\"message\":7}]}", CALL_UNUSABLE, NULL, NULL},
        {"{}", CALL_UNUSABLE, NULL, NULL},
        {"{\"error\":{\"message\":\"boom\",\"code\":\"internal\"}}", CALL_OVERLOADED, NULL, "boom"},
        {"{\"error\":\"boom\"}", CALL_OVERLOADED, NULL, "boom"},
    };
    for (size_t i = 0; i < COUNT_OF(shapes); i++)
        check_reading(MODEL_API_OPENAI, 200, &shapes[i]);
}

static void tokens_and_version(void **state)
{
    (void)state;
    AUTO_HEARD heard = {0};
    AUTO_STRBUF body = {0};
    strbuf_puts(&body, "{\"model\":\"qwen2.5:7b\",\"usage\":{\"prompt_tokens\":40,\"completion_tokens\":12,"
                       "\"total_tokens\":52,"
                       "\"prompt_tokens_details\":{\"cached_tokens\":30},\"completion_tokens_details\":{"
                       "\"reasoning_tokens\":5}}}");
    call_read(MODEL_API_OPENAI, 200, &body, &heard);
    assert_string_equal(heard.version, "qwen2.5:7b");
    assert_int_equal(heard.prompt_tokens, 40);
    assert_int_equal(heard.answer_tokens, 7);
    assert_int_equal(heard.thought_tokens, 5);
    assert_int_equal(heard.cached_tokens, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_question), cmocka_unit_test(simpler_forms),
        cmocka_unit_test(a_second_try),       cmocka_unit_test(every_shape_of_an_answer),
        cmocka_unit_test(tokens_and_version),
    };
    /* A property may be called as a keyword is. */
    schema = json_pack("{s:s, s:{s:{s:s, s:s, s:[s, s]}, s:{s:s, s:{s:s, s:{s:{s:s, s:s}}, s:[s], s:[s]}}}, "
                       "s:[s, s], s:[s, s]}",
                       "type", "OBJECT", "properties", "type", "type", "STRING", "format", "enum", "enum",
                       "NONE", "OBJECT", "list", "type", "ARRAY", "items", "type", "OBJECT", "properties",
                       "key", "type", "STRING", "description", "A KEY", "required", "key", "propertyOrdering",
                       "key", "required", "type", "list", "propertyOrdering", "type", "list");
    assert_non_null(schema);
    int failed = cmocka_run_group_tests_name("brain/model/openai", tests, NULL, NULL);
    json_decref(schema);
    return failed;
}
