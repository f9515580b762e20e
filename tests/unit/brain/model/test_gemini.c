/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/gemini.h"

#include "tests/unit/brain/model/reading.h"

#define SAFETY                                                                                               \
    "\"safetySettings\":[{\"category\":\"HARM_CATEGORY_HARASSMENT\",\"threshold\":\"BLOCK_NONE\"},"          \
    "{\"category\":\"HARM_CATEGORY_HATE_SPEECH\",\"threshold\":\"BLOCK_NONE\"},"                             \
    "{\"category\":\"HARM_CATEGORY_SEXUALLY_EXPLICIT\",\"threshold\":\"BLOCK_NONE\"},"                       \
    "{\"category\":\"HARM_CATEGORY_DANGEROUS_CONTENT\",\"threshold\":\"BLOCK_NONE\"}]"
#define IN_WORDS                                                                                             \
    "Be brief.\\n\\nAnswer with one JSON object and nothing else. It has to follow this schema, with all "   \
    "fields and in their "                                                                                   \
    "order:\\n{\\\"type\\\":\\\"OBJECT\\\"}"

static json_t *schema;

static void check_encoded(const struct call *call, const char *wanted)
{
    AUTO_STRBUF got = {0};
    gemini_encode(call, &got);
    assert_string_equal(strbuf_text(&got), wanted);
}

static struct call a_call(void)
{
    return (struct call){.model = "m",
                         .system = "Be brief.",
                         .text = "Why \"x\"?",
                         .schema = schema,
                         .thinking = THINKING_MINIMAL,
                         .answer_tokens_most = 4096};
}

static void the_first_question(void **state)
{
    (void)state;
    struct call call = a_call();
    check_encoded(
        &call,
        "{\"systemInstruction\":{\"parts\":[{\"text\":\"Be brief.\"}]},"
        "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Why \\\"x\\\"?\"}]}]," SAFETY ","
        "\"generationConfig\":{\"maxOutputTokens\":4096,\"responseMimeType\":\"application/json\","
        "\"responseSchema\":{\"type\":\"OBJECT\"},\"thinkingConfig\":{\"thinkingLevel\":\"MINIMAL\"}}}");
}

static void a_question_without_schema_and_level(void **state)
{
    (void)state;
    struct call call = a_call();
    call.form = FORM_JSON;
    call.thinking = THINKING_OMITTED;
    check_encoded(
        &call, "{\"systemInstruction\":{\"parts\":[{\"text\":\"" IN_WORDS "\"}]},"
               "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Why \\\"x\\\"?\"}]}]," SAFETY ","
               "\"generationConfig\":{\"maxOutputTokens\":4096,\"responseMimeType\":\"application/json\"}}");
}

static void a_second_try(void **state)
{
    (void)state;
    struct call call = a_call();
    call.answer = "{}";
    call.complaint = "field \"a\" is missing";
    AUTO_STRBUF got = {0};
    gemini_encode(&call, &got);
    const char *at = strstr(strbuf_text(&got), "\"contents\":");
    assert_non_null(at);
    static const char wanted[] =
        "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Why \\\"x\\\"?\"}]},"
        "{\"role\":\"model\",\"parts\":[{\"text\":\"{}\"}]},"
        "{\"role\":\"user\",\"parts\":[{\"text\":\"That answer cannot be used: field \\\"a\\\" is missing. "
        "Answer the question once more, from the beginning, with one whole JSON object of the schema and "
        "nothing "
        "else.\"}]}]";
    assert_memory_equal(at, wanted, sizeof wanted - 1);
}

/* What is quoted to the model again is bounded, and no character of it is cut. */
static void a_long_answer_is_quoted_in_part(void **state)
{
    (void)state;
    AUTO_STRBUF answer = {0}, got = {0};
    struct call call = a_call();
    strbuf_puts(&answer, "x");
    for (int i = 0; i < 20000; i++)
        strbuf_puts(&answer, "\xC3\xA4");
    call.answer = strbuf_text(&answer);
    call.complaint = "too long";
    gemini_encode(&call, &got);
    assert_in_range(got.len, 16384, 16384 + 2000);
}

#define C(rest) "{\"candidates\":[" rest "],\"modelVersion\":\"gemini-3.5-flash-lite\"}"
#define PARTS(parts) "\"content\":{\"role\":\"model\",\"parts\":[" parts "]}"
#define FINISH(reason) ",\"finishReason\":\"" reason "\""

static const struct reading shapes[] = {
    {C("{" PARTS("{\"text\":\"{}\"}") FINISH("STOP") ",\"index\":0,\"avgLogprobs\":-0.1}"), CALL_OK, "{}",
     NULL},
    {C("{" PARTS("{\"text\":\"plan\",\"thought\":true},{\"text\":\"{\\\"a\\\":\",\"thoughtSignature\":"
                 "\"b64\"},{\"text\":\"1}\"}") FINISH("STOP") "}"),
     CALL_OK, "{\"a\":1}", NULL},
    {C("{" PARTS("{\"text\":\"{}\"}")
           FINISH("STOP") ",\"safetyRatings\":[{\"category\":\"HARM_CATEGORY_FAKE\",\"probability\":7}],"
                          "\"citationMetadata\":{\"citationSources\":[{}]}}"),
     CALL_OK, "{}", NULL},
    {C("{" PARTS("{\"text\":\"{\"}") FINISH("MAX_TOKENS") "}"), CALL_CUT, "{", "ended with MAX_TOKENS"},
    {C("{\"content\":{\"role\":\"model\"}" FINISH("MAX_TOKENS") "}"), CALL_CUT, NULL,
     "MAX_TOKENS and without a text"},
    {C("{\"content\":{}" FINISH("MAX_TOKENS") "}"), CALL_CUT, NULL, NULL},
    {C("{" PARTS("{\"text\":\"a\"}") FINISH("CONTINUATION") ",\"continuationToken\":\"x\"}"), CALL_CUT, "a",
     NULL},
    {C("{\"content\":{}" FINISH("STOP") "}"), CALL_UNUSABLE, NULL, "STOP and without a text"},
    {C("{\"finishReason\":\"STOP\"}"), CALL_UNUSABLE, NULL, NULL},
    {C("{" PARTS("{\"functionCall\":{\"name\":\"f\",\"args\":{}}}") FINISH("STOP") "}"), CALL_UNUSABLE, NULL,
     NULL},
    {C("{" PARTS("{\"text\":\"only a plan\",\"thought\":true}") FINISH("STOP") "}"), CALL_UNUSABLE, NULL,
     NULL},
    {C("{" PARTS("{\"text\":\"\"}") FINISH("STOP") "}"), CALL_UNUSABLE, NULL, NULL},
    {C("{" PARTS("{\"text\":7},{\"text\":null},7,null") FINISH("STOP") "}"), CALL_UNUSABLE, NULL, NULL},
    {C("{" PARTS("{\"text\":\"a\"}") "}"), CALL_UNUSABLE, "a", "ended with no reason"},
    {C("{" PARTS("{\"text\":\"a\"}") FINISH("FAKE_NEW_REASON") "}"), CALL_UNUSABLE, "a", "FAKE_NEW_REASON"},
    {C("{" PARTS("{\"text\":\"a\"}") FINISH("OTHER") "}"), CALL_UNUSABLE, "a", NULL},
    {C("{" PARTS("{\"text\":\"a\"}") FINISH("LANGUAGE") "}"), CALL_UNUSABLE, "a", NULL},
    {C("{" PARTS("{\"text\":\"a\"}") FINISH("FINISH_REASON_UNSPECIFIED") "}"), CALL_UNUSABLE, "a", NULL},
    {C("{\"finishReason\":\"MALFORMED_FUNCTION_CALL\",\"finishMessage\":\"no such function\"}"),
     CALL_UNUSABLE, NULL, "MALFORMED_FUNCTION_CALL (no such function)"},
    {C("{\"finishReason\":\"SAFETY\"}"), CALL_BLOCKED, NULL, "SAFETY"},
    {C("{" PARTS("{\"text\":\"a\"}") FINISH("RECITATION") "}"), CALL_BLOCKED, "a", NULL},
    {C("{\"finishReason\":\"BLOCKLIST\"}"), CALL_BLOCKED, NULL, NULL},
    {C("{\"finishReason\":\"PROHIBITED_CONTENT\"}"), CALL_BLOCKED, NULL, NULL},
    {C("{\"finishReason\":\"SPII\"}"), CALL_BLOCKED, NULL, NULL},
    {C(""), CALL_UNUSABLE, NULL, NULL},
    {"{\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}", CALL_BLOCKED, NULL,
     "the question ended with SAFETY"},
    {"{\"candidates\":[],\"promptFeedback\":{\"blockReason\":\"MODEL_ARMOR\"}}", CALL_BLOCKED, NULL, NULL},
    {"{\"promptFeedback\":{\"safetyRatings\":[]},\"candidates\":[{" PARTS("{\"text\":\"a\"}")
         FINISH("STOP") "}]}",
     CALL_OK, "a", NULL},
    {"{}", CALL_UNUSABLE, NULL, NULL},
    {"{\"candidates\":7}", CALL_UNUSABLE, NULL, NULL},
    {"{\"candidates\":[7]}", CALL_UNUSABLE, NULL, NULL},
    {"{\"candidates\":[{\"content\":[],\"finishReason\":7}]}", CALL_UNUSABLE, NULL, NULL},
    {"", CALL_UNUSABLE, NULL, "not of this API"},
    {"null", CALL_UNUSABLE, NULL, "no JSON object"},
    {"[]", CALL_UNUSABLE, NULL, "no JSON object"},
    {"[" C("{" PARTS("{\"text\":\"a\"}") FINISH("STOP") "}") "]", CALL_UNUSABLE, NULL, "no JSON object"},
    {"\"good\"", CALL_UNUSABLE, NULL, NULL},
    {"{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a", CALL_UNUSABLE, NULL, "JSON"},
    {"{\"candidates\":[],\"candidates\":[]}", CALL_UNUSABLE, NULL, "duplicate"},
    {C("{" PARTS("{\"text\":\"a\\u0000b\"}") FINISH("STOP") "}"), CALL_UNUSABLE, NULL, "JSON"},
    {"data: {}\r\n\r\n", CALL_UNUSABLE, NULL, "JSON"},
    {"{\"error\":{\"code\":499,\"status\":\"CANCELLED\",\"message\":\"The operation was cancelled.\"}}",
     CALL_OVERLOADED, NULL, "499 The operation was cancelled."},
    {"{\"error\":{}}", CALL_OVERLOADED, NULL, "500"},
    {"[{\"error\":{\"code\":429,\"message\":\"Quota\"}}]", CALL_QUOTA_MINUTE, NULL, "429 Quota"},
};

static void every_shape_of_an_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shapes); i++)
        check_reading(MODEL_API_GEMINI, 200, &shapes[i]);
}

static void tokens_and_version(void **state)
{
    (void)state;
    AUTO_HEARD heard = {0};
    AUTO_STRBUF body = {0};
    strbuf_puts(
        &body,
        "{\"usageMetadata\":{\"promptTokenCount\":38,\"candidatesTokenCount\":8,\"thoughtsTokenCount\":501,"
        "\"totalTokenCount\":549,\"cachedContentTokenCount\":7,\"toolUsePromptTokenCount\":2,"
        "\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":38}]},\"modelVersion\":\"a "
        "b\\\"\\nc\"}");
    call_read(MODEL_API_VERTEX, 200, &body, &heard);
    assert_int_equal(heard.prompt_tokens, 40);
    assert_int_equal(heard.answer_tokens, 8);
    assert_int_equal(heard.thought_tokens, 501);
    assert_int_equal(heard.cached_tokens, 7);
    assert_string_equal(heard.version, "a_b__c");
    heard_free(&heard);
    strbuf_clear(&body);
    strbuf_puts(&body, "{\"usageMetadata\":{\"promptTokenCount\":-5,\"candidatesTokenCount\":\"8\","
                       "\"thoughtsTokenCount\":9223372036854775807},\"modelVersion\":7}");
    call_read(MODEL_API_GEMINI, 200, &body, &heard);
    assert_int_equal(heard.prompt_tokens, 0);
    assert_int_equal(heard.answer_tokens, 0);
    assert_int_equal(heard.thought_tokens, 1000000000);
    assert_string_equal(heard.version, "");
}

static void a_version_is_bounded(void **state)
{
    (void)state;
    struct heard heard = {0};
    char name[300] = {0};
    memset(name, 'v', sizeof name - 1);
    heard_version(&heard, name);
    assert_int_equal(strlen(heard.version), VERSION_SIZE - 1);
    heard_version(&heard, NULL);
    assert_string_equal(heard.version, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_question),
        cmocka_unit_test(a_question_without_schema_and_level),
        cmocka_unit_test(a_second_try),
        cmocka_unit_test(a_long_answer_is_quoted_in_part),
        cmocka_unit_test(every_shape_of_an_answer),
        cmocka_unit_test(tokens_and_version),
        cmocka_unit_test(a_version_is_bounded),
    };
    schema = json_pack("{s:s}", "type", "OBJECT");
    int failed = cmocka_run_group_tests_name("brain/model/gemini", tests, NULL, NULL);
    json_decref(schema);
    return failed;
}
