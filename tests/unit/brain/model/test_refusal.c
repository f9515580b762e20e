/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/refusal.h"

#include "tests/unit/brain/model/reading.h"

#define STATUS(message, status, details)                                                                     \
    "{\"error\":{\"code\":400,\"message\":\"" message "\",\"status\":\"" status "\",\"details\":[" details   \
    "]}}"
#define TYPE(name) "\"@type\":\"type.googleapis.com/google.rpc." name "\""
#define VIOLATION(id)                                                                                        \
    "{" TYPE("QuotaFailure") ",\"violations\":[{\"quotaMetric\":\"generativelanguage.googleapis.com/"        \
                             "x\",\"quotaId\":\"" id                                                         \
                             "\",\"quotaDimensions\":{\"model\":\"m\"},\"quotaValue\":\"20\"}]}"
#define WAIT(delay) "{" TYPE("RetryInfo") ",\"retryDelay\":\"" delay "\"}"

static const struct {
    long status;
    struct reading reading;
} refusals[] = {
    {400,
     {STATUS("API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT",
             "{" TYPE("ErrorInfo") ",\"reason\":\"API_KEY_INVALID\",\"domain\":\"googleapis.com\"},{" TYPE(
                 "LocalizedMessage") "}"),
      CALL_REFUSED, NULL, "400 API key not valid"}},
    {400,
     {STATUS("Request contains an invalid argument.", "INVALID_ARGUMENT", "{\"reason\":\"API_KEY_INVALID\"}"),
      CALL_REFUSED, NULL, NULL}},
    {400,
     {STATUS("API key expired. Please renew the API key.", "INVALID_ARGUMENT", ""), CALL_REFUSED, NULL,
      NULL}},
    {400,
     {"[" STATUS("Multiple authentication credentials received. Please pass only one.", "INVALID_ARGUMENT",
                 "") "]",
      CALL_REFUSED, NULL, "Multiple"}},
    {400,
     {STATUS("User location is not supported for the API use.", "FAILED_PRECONDITION", ""), CALL_REFUSED,
      NULL, "location"}},
    {400,
     {STATUS("Invalid JSON payload received. Unknown name \\\"x\\\" at "
             "'generation_config.response_schema.properties[0].value': Cannot find field.",
             "INVALID_ARGUMENT",
             "{" TYPE("BadRequest") ",\"fieldViolations\":[{\"field\":\"generation_config\",\"description\":"
                                    "\"Cannot find field.\"}]}"),
      CALL_BAD_REQUEST, NULL, "Unknown name"}},
    {400,
     {STATUS("The specified schema produces a constraint that has too many states for serving.",
             "INVALID_ARGUMENT", ""),
      CALL_FORM, NULL, NULL}},
    {400,
     {STATUS("Request contains an invalid argument.", "INVALID_ARGUMENT",
             "{" TYPE("BadRequest") ",\"fieldViolations\":[{\"description\":\"The specified schema produces "
                                    "a constraint that has too many states for serving.\"}]}"),
      CALL_FORM, NULL, NULL}},
    {400,
     {STATUS("Thinking level MINIMAL is not supported for this model.", "INVALID_ARGUMENT", ""),
      CALL_THINKING, NULL, NULL}},
    {400,
     {STATUS("Invalid value at 'generation_config.thinking_config.thinking_level'", "INVALID_ARGUMENT", ""),
      CALL_THINKING, NULL, NULL}},
    {400,
     {STATUS("The input token count (1048600) exceeds the maximum number of tokens allowed (1048576).",
             "INVALID_ARGUMENT", ""),
      CALL_TOO_LONG, NULL, NULL}},
    {401,
     {STATUS("Request had invalid authentication credentials.", "UNAUTHENTICATED",
             "{\"reason\":\"ACCESS_TOKEN_TYPE_UNSUPPORTED\"}"),
      CALL_REFUSED, NULL, NULL}},
    {403,
     {STATUS("Method doesn't allow unregistered callers (callers without established identity).",
             "PERMISSION_DENIED", ""),
      CALL_REFUSED, NULL, NULL}},
    {403,
     {STATUS("Generative Language API has not been used in project 1 before or it is disabled.",
             "PERMISSION_DENIED", "{\"reason\":\"SERVICE_DISABLED\"},{" TYPE("Help") ",\"links\":[{}]}"),
      CALL_REFUSED, NULL, "disabled"}},
    {404,
     {STATUS("models/x is not found for API version v1beta, or is not supported for generateContent. Call "
             "ListModels",
             "NOT_FOUND", ""),
      CALL_UNKNOWN_MODEL, NULL, NULL}},
    {429,
     {STATUS("You exceeded your current quota.", "RESOURCE_EXHAUSTED",
             VIOLATION("GenerateRequestsPerDayPerProjectPerModel-FreeTier") "," WAIT("1s")),
      CALL_QUOTA_DAY, NULL, NULL}},
    {429,
     {STATUS("You exceeded your current quota.", "RESOURCE_EXHAUSTED",
             VIOLATION("GenerateContentInputTokensPerModelPerMinute") "," VIOLATION(
                 "GenerateRequestsPerDayPerProject")),
      CALL_QUOTA_DAY, NULL, NULL}},
    {429,
     {STATUS("You exceeded your current quota.", "RESOURCE_EXHAUSTED",
             VIOLATION("GenerateRequestsPerMinutePerProjectPerModel")),
      CALL_QUOTA_MINUTE, NULL, NULL}},
    {429,
     {STATUS("Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED", ""), CALL_QUOTA_MINUTE,
      NULL, NULL}},
    {500, {STATUS("An internal error has occurred.", "INTERNAL", ""), CALL_OVERLOADED, NULL, NULL}},
    {502, {"<html>Bad Gateway</html>", CALL_OVERLOADED, NULL, "502"}},
    {503,
     {STATUS("This model is currently experiencing high demand.", "UNAVAILABLE", ""), CALL_OVERLOADED, NULL,
      NULL}},
    {504,
     {STATUS("Deadline expired before operation could complete.", "DEADLINE_EXCEEDED", ""), CALL_OVERLOADED,
      NULL, NULL}},
    {408, {"", CALL_OVERLOADED, NULL, "408"}},
    {499, {STATUS("The operation was cancelled.", "CANCELLED", ""), CALL_OVERLOADED, NULL, NULL}},
    {413, {"", CALL_TOO_LONG, NULL, "413"}},
    {301, {"", CALL_BAD_REQUEST, NULL, "redirects are not followed"}},
    {204, {"", CALL_BAD_REQUEST, NULL, "204"}},
    {405, {"{}", CALL_BAD_REQUEST, NULL, "405"}},
    {400, {"", CALL_BAD_REQUEST, NULL, "400"}},
    {400, {"[]", CALL_BAD_REQUEST, NULL, "400"}},
    {400, {"{\"error\":7}", CALL_BAD_REQUEST, NULL, "400"}},
    {400,
     {"{\"error\":{\"details\":[7,null,{\"violations\":7,\"fieldViolations\":[7]}]}}", CALL_BAD_REQUEST, NULL,
      "400"}},
    /* Those that speak OpenAI's language. */
    {401,
     {"{\"error\":{\"message\":\"Incorrect API key "
      "provided\",\"type\":\"invalid_request_error\",\"code\":\"invalid_api_key\"}}",
      CALL_REFUSED, NULL, "401 Incorrect"}},
    {402, {"{\"error\":{\"message\":\"Insufficient Balance\"}}", CALL_REFUSED, NULL, NULL}},
    {429,
     {"{\"error\":{\"message\":\"You exceeded your current "
      "quota\",\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}",
      CALL_REFUSED, NULL, NULL}},
    {429,
     {"{\"error\":{\"message\":\"Rate limit reached for gpt on requests per "
      "min\",\"code\":\"rate_limit_exceeded\"}}",
      CALL_QUOTA_MINUTE, NULL, NULL}},
    {429,
     {"{\"error\":{\"message\":\"Rate limit reached for gpt on requests per day "
      "(RPD)\",\"code\":\"rate_limit_exceeded\"}}",
      CALL_QUOTA_DAY, NULL, NULL}},
    {404,
     {"{\"error\":{\"message\":\"model \\\"x\\\" not found, try pulling it first\",\"type\":\"api_error\"}}",
      CALL_UNKNOWN_MODEL, NULL, "pulling"}},
    {400,
     {"{\"error\":{\"message\":\"The model does not exist\",\"code\":\"model_not_found\"}}",
      CALL_UNKNOWN_MODEL, NULL, NULL}},
    {400,
     {"{\"error\":{\"message\":\"Unrecognized request argument supplied: reasoning_effort\"}}", CALL_THINKING,
      NULL, NULL}},
    {400,
     {"{\"error\":{\"message\":\"\\\"llama\\\" does not support thinking\"}}", CALL_THINKING, NULL, NULL}},
    {400,
     {"{\"error\":{\"message\":\"Invalid parameter: 'response_format' of type 'json_schema' is not "
      "supported\"}}",
      CALL_FORM, NULL, NULL}},
    {400,
     {"{\"object\":\"error\",\"message\":\"This model's maximum context length is 8192 "
      "tokens\",\"type\":\"BadRequestError\",\"code\":400}",
      CALL_TOO_LONG, NULL, "maximum context length"}},
    {422,
     {"{\"detail\":\"max_tokens is too large\"}", CALL_BAD_REQUEST, NULL, "422 max_tokens is too large"}},
    {400,
     {"{\"error\":{\"code\":400,\"message\":\"the request exceeds the available context "
      "size\",\"type\":\"exceed_context_size_error\"}}",
      CALL_TOO_LONG, NULL, NULL}},
};

static void every_refusal_has_an_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        check_reading(MODEL_API_GEMINI, refusals[i].status, &refusals[i].reading);
        check_reading(MODEL_API_OPENAI, refusals[i].status, &refusals[i].reading);
    }
}

static void check_wait(const char *body, long wanted_ms)
{
    AUTO_HEARD heard = {0};
    AUTO_STRBUF text = {0};
    strbuf_puts(&text, body);
    call_read(MODEL_API_GEMINI, 429, &text, &heard);
    if (heard.err.retry_after_ms != wanted_ms)
        fail_msg("%s: %ld ms", body, heard.err.retry_after_ms);
    assert_int_equal(heard.err.status, 429);
}

static void how_long_to_wait(void **state)
{
    (void)state;
    check_wait(STATUS("Quota.", "RESOURCE_EXHAUSTED", WAIT("37s")), 37000);
    check_wait(STATUS("Quota.", "RESOURCE_EXHAUSTED", "{}," WAIT("34.074824224s")), 34075);
    check_wait(STATUS("Quota. Please retry in 1.68s.", "RESOURCE_EXHAUSTED", WAIT("5s")), 5000);
    check_wait(STATUS("Quota.\\nPlease retry in 1.68s.", "RESOURCE_EXHAUSTED", ""), 1680);
    check_wait(STATUS("Quota. Please retry in a while.", "RESOURCE_EXHAUSTED", ""), 0);
    check_wait(STATUS("Quota.", "RESOURCE_EXHAUSTED", WAIT("-3s")), 0);
    check_wait(STATUS("Quota.", "RESOURCE_EXHAUSTED", WAIT("3")), 0);
    check_wait(STATUS("Quota.", "RESOURCE_EXHAUSTED", WAIT("nans")), 0);
    check_wait(STATUS("Quota.", "RESOURCE_EXHAUSTED", WAIT("infs")), 86400000);
    check_wait(STATUS("Quota.", "RESOURCE_EXHAUSTED", WAIT("1e300s")), 86400000);
    check_wait(STATUS("Quota.", "RESOURCE_EXHAUSTED", ""), 0);
}

/* A page of words is cut between two characters, and stays one line. */
static void long_words_are_cut(void **state)
{
    (void)state;
    AUTO_HEARD heard = {0};
    AUTO_STRBUF body = {0};
    strbuf_puts(&body, "{\"error\":{\"message\":\"line\\n");
    for (int i = 0; i < 400; i++)
        strbuf_puts(&body, "\xC3\xA4");
    strbuf_puts(&body, "\"}}");
    call_read(MODEL_API_GEMINI, 503, &body, &heard);
    assert_null(strchr(heard.err.text, '\n'));
    assert_null(strchr(heard.err.text, '?')); /* what text_mend() leaves of half a character */
    assert_in_range(strlen(heard.err.text), 300, 310);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_has_an_end),
        cmocka_unit_test(how_long_to_wait),
        cmocka_unit_test(long_words_are_cut),
    };
    return cmocka_run_group_tests_name("brain/model/refusal", tests, NULL, NULL);
}
