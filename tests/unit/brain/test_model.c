/* SPDX-License-Identifier: Apache-2.0 */
/* Whom model_ask() asks, in which order, how often and until when: against a service that says what each test wants. The clock
 * stands still, and sleeping moves it, but where a call itself has to take its time. */
#include "brain/model.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/base/log.h"
#include "common/runtime/metrics.h"
#include "common/runtime/process.h"
#include "tests/unit/brain/model_server.h"

#define NOON 1764158400000 /* 2025-11-26T12:00:00Z */
#define MINUTE 60000
#define HOUR (60 * MINUTE)
#define KEY "AQ.Ab8RN6JtheKeyThatNobodyMaySee"

#define REPLY(text, reason, version)                                                                         \
    "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"" text                         \
    "\"}]},\"finishReason\":\"" reason "\"}],\"usageMetadata\":{\"promptTokenCount\":100,"                   \
    "\"candidatesTokenCount\":10,\"thoughtsTokenCount\":5},\"modelVersion\":\"" version "\"}"
#define GOOD REPLY("good", "STOP", "gemini-3.5-flash-lite")
#define BAD REPLY("bad", "STOP", "gemini-3.5-flash-lite")
#define STATUS(code, status, message, details)                                                               \
    "{\"error\":{\"code\":" code ",\"status\":\"" status "\",\"message\":\"" message                         \
    "\",\"details\":[" details "]}}"
#define RETRY_INFO(delay)                                                                                    \
    "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"" delay "\"}"
#define QUOTA(id)                                                                                            \
    "{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{\"quotaId\":\"" id "\"}]}"
#define BUSY STATUS("503", "UNAVAILABLE", "This model is currently experiencing high demand.", "")
#define NOT_FOUND STATUS("404", "NOT_FOUND", "models/x is not found for API version v1beta", "")
#define BAD_KEY                                                                                              \
    STATUS("400", "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",                     \
           "{\"reason\":\"API_KEY_INVALID\"}")
#define NO_MINIMAL                                                                                           \
    STATUS("400", "INVALID_ARGUMENT", "Thinking level MINIMAL is not supported for this model.", "")
#define BLOCKED                                                                                              \
    "{\"promptFeedback\":{\"blockReason\":\"PROHIBITED_CONTENT\"},\"modelVersion\":\"gemini-3.5-flash-"      \
    "lite\"}"

static char *names[] = {"gemini-3.5-flash-lite", "second"};
static struct model_options options;
static struct model *model;
static struct http *http;
static struct reply reply;
static struct error err;
static json_t *schema;
static char *url;
static int captured = -1, real_stderr;

/* ---- asking ---- */

static int check_answer(void *context, const char *answer, struct error *why)
{
    ++*(int *)context;
    return strcmp(answer, "good") == 0
               ? 0
               : fail(why, ERROR_REJECT, "the word good is missing in \"%s\"", answer);
}

static int ask_within(int64_t ms)
{
    int checks = 0;
    struct question question = {.system = "Be brief.",
                                .text = "All that is known.",
                                .text_of_facts = "Facts alone.",
                                .schema = schema,
                                .until_ms = clock_monotonic_ms() + ms,
                                .check = check_answer,
                                .context = &checks};
    reply_free(&reply);
    memset(&err, 0, sizeof err);
    int result = model_ask(model, http, &question, &reply, &err);
    if (result == 0)
        assert_true(checks > 0);
    else
        assert_true(*err.text && !strchr(err.text, '\n') && !reply.answer && !reply.model);
    return result;
}

static int ask(void)
{
    return ask_within(MINUTE);
}

static void ask_well(void)
{
    if (ask())
        fail_msg("%s", err.text);
    assert_string_equal(reply.answer, "good");
}

static void ask_in_vain(const char *wanted)
{
    if (ask() == 0)
        fail_msg("answered");
    assert_int_equal(err.kind, ERROR_REJECT);
    if (!strstr(err.text, wanted))
        fail_msg("\"%s\" does not say \"%s\"", err.text, wanted);
}

static void says(unsigned status, const char *body)
{
    service_says(status, body, NULL, NULL);
}

/* The models of the requests so far: "1" for the first, "2" for the second. */
static void check_asked(const char *wanted)
{
    AUTO_STRBUF got = {0};
    for (size_t i = 0; i < service.count; i++)
        strbuf_puts(&got, strstr(service.asked[i].path, "second") ? "2" : "1");
    assert_string_equal(strbuf_text(&got), wanted);
}

static const char *asked_string(json_t *body, const char *path)
{
    const char *text = json_string_at(body, path);
    return text ? text : "";
}

static void check_thinking(size_t number, const char *wanted)
{
    AUTO_JSON *body = service_asked(number);
    assert_string_equal(asked_string(body, "generationConfig.thinkingConfig.thinkingLevel"), wanted);
}

static const char *part_of(json_t *body, size_t content)
{
    json_t *parts = json_object_get(json_array_get(json_object_get(body, "contents"), content), "parts");
    return json_string_value(json_object_get(json_array_get(parts, 0), "text"));
}

static void check_text(size_t number, const char *wanted)
{
    AUTO_JSON *body = service_asked(number);
    assert_string_equal(part_of(body, 0), wanted);
}

/* How many turns of a conversation a request holds. */
static void check_contents(size_t number, size_t wanted)
{
    AUTO_JSON *body = service_asked(number);
    assert_int_equal(json_array_size(json_object_get(body, "contents")), wanted);
}

static long long calls(const char *name, const char *result)
{
    AUTO_FREE char *labels = xasprintf("model=\"%s\",result=\"%s\"", name, result);
    return metric_value(metric_counter("aegiops_model_calls_total", labels, ""));
}

static long long up(void)
{
    return metric_value(metric_gauge("aegiops_model_up", NULL, ""));
}

/* ---- the log ---- */

static void capture_log(void)
{
    real_stderr = dup(STDERR_FILENO);
    captured = memfd_create("log", 0);
    dup2(captured, STDERR_FILENO);
    log_open("brain", LOG_DEBUG);
}

/* What was logged since; the caller frees it. */
static char *captured_log(void)
{
    AUTO_STRBUF text = {0};
    char bytes[4096];
    ssize_t len;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    lseek(captured, 0, SEEK_SET);
    while ((len = read(captured, bytes, sizeof bytes)) > 0)
        strbuf_add(&text, bytes, (size_t)len);
    close(captured);
    captured = -1;
    log_open("brain", LOG_ERROR + 1);
    strbuf_puts(&text, "");
    return xstrdup(strbuf_text(&text));
}

static size_t times(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
        count++;
    return count;
}

/* ---- the tests ---- */

/* After a change of the options. */
static void renew(void)
{
    model_free(model);
    model = model_new(&options);
}

static int setup(void **state)
{
    (void)state;
    service_start();
    clock_fix(NOON);
    url = xasprintf("http://127.0.0.1:%u/", service.port);
    options = (struct model_options){.base_url = url,
                                     .api_key = (char *)(uintptr_t)KEY,
                                     .project = (char *)(uintptr_t) "",
                                     .location = (char *)(uintptr_t) "global",
                                     .models = {names, COUNT_OF(names)},
                                     .timeout_ms = 45000,
                                     .ca_file = (char *)(uintptr_t) ""};
    schema = json_pack("{s:s, s:{s:{s:s}}}", "type", "OBJECT", "properties", "word", "type", "STRING");
    http = http_open("aegiops-test/1");
    renew();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (captured >= 0)
        free(captured_log()); /* of a test that failed */
    model_free(model);
    model = NULL;
    http_close(http);
    reply_free(&reply);
    json_decref(schema);
    clock_fix(-1);
    service_stop();
    free(url);
    return 0;
}

/* It should be asked, and cannot: that is told, where a model that nobody wanted is not. */
static void with_what_cannot_be_right(void **state)
{
    (void)state;
    options.ca_file = (char *)(uintptr_t) "/nowhere/ca.pem";
    renew();
    assert_null(model_is_off(model));
    ask_in_vain("gemini.ca_file: cannot open /nowhere/ca.pem");
    options.ca_file = (char *)(uintptr_t) "";
    options.api_key = (char *)(uintptr_t) "xoxb-0123456789";
    renew();
    assert_null(model_is_off(model));
    ask_in_vain("gemini.api_key: that is a token of Slack");
    assert_int_equal(metric_value(metric_gauge("aegiops_model_up", NULL, "")), 0);
    assert_int_equal(service.count, 0);
}

static void without_a_model(void **state)
{
    (void)state;
    assert_null(model_is_off(model));
    options.tier = MODEL_TIER_NONE;
    renew();
    assert_non_null(strstr(model_is_off(model), "gemini.tier is none"));
    ask_in_vain("gemini.tier is none");
    options.tier = MODEL_TIER_PAID;
    options.api_key = NULL;
    renew();
    assert_non_null(strstr(model_is_off(model), "$GEMINI_API_KEY"));
    options.api = MODEL_API_OPENAI;
    renew();
    assert_null(model_is_off(model));
    assert_int_equal(service.count, 0);
}

static void an_answer(void **state)
{
    (void)state;
    long long ok = calls(names[0], "ok"),
              tokens = metric_value(metric_counter("aegiops_model_tokens_total",
                                                   "model=\"gemini-3.5-flash-lite\",kind=\"thought\"", ""));
    long long cost = metric_value(
        metric_counter("aegiops_model_cost_microdollars_total", "model=\"gemini-3.5-flash-lite\"", ""));
    says(200, GOOD);
    ask_well();
    assert_string_equal(reply.model, names[0]);
    assert_string_equal(reply.version, "gemini-3.5-flash-lite");
    assert_int_equal(reply.of_facts, 0);
    assert_int_equal(reply.prompt_tokens, 100);
    assert_int_equal(reply.answer_tokens, 10);
    assert_int_equal(reply.thought_tokens, 5);
    assert_string_equal(service.asked[0].path, "POST /v1beta/models/gemini-3.5-flash-lite:generateContent");
    const char *head = strbuf_text(&service.asked[0].head);
    assert_non_null(strstr(head, "x-goog-api-key: " KEY "\n"));
    assert_non_null(strstr(head, "Content-Type: application/json\n"));
    assert_non_null(strstr(head, "X-Server-Timeout: 45\n"));
    assert_null(strcasestr(head, "Authorization"));
    assert_int_equal(times(head, KEY), 1);
    assert_null(strstr(strbuf_text(&service.asked[0].body), KEY));
    check_text(0, "All that is known.");
    check_thinking(0, "MINIMAL");
    assert_int_equal(calls(names[0], "ok"), ok + 1);
    assert_int_equal(metric_value(metric_counter("aegiops_model_tokens_total",
                                                 "model=\"gemini-3.5-flash-lite\",kind=\"thought\"", "")),
                     tokens + 5);
    assert_int_equal(metric_value(metric_counter("aegiops_model_cost_microdollars_total",
                                                 "model=\"gemini-3.5-flash-lite\"", "")),
                     cost + 68); /* 100 × 0.3 + 15 × 2.5 = 67.5 */
}

static void an_answer_is_mended_once(void **state)
{
    (void)state;
    long long repaired = calls(names[0], "repaired"), unusable = calls(names[0], "unusable");
    says(200, BAD);
    says(200, GOOD);
    ask_well();
    check_asked("11");
    AUTO_JSON *body = service_asked(1);
    assert_int_equal(json_array_size(json_object_get(body, "contents")), 3);
    assert_string_equal(part_of(body, 0), "All that is known.");
    assert_string_equal(part_of(body, 1), "bad");
    assert_non_null(strstr(part_of(body, 2), "the word good is missing in \"bad\""));
    assert_int_equal(reply.prompt_tokens, 200); /* of both calls */
    assert_int_equal(calls(names[0], "repaired"), repaired + 1);
    assert_int_equal(calls(names[0], "unusable"), unusable + 1);
}

static void then_the_next_model_is_asked(void **state)
{
    (void)state;
    says(200, BAD);
    says(200, BAD);
    says(200, REPLY("good", "STOP", "second"));
    ask_well();
    check_asked("112");
    assert_string_equal(reply.model, "second");
    check_contents(2, 1); /* it is not shown the other's answer */
    service_forget();
    says(200, BAD);
    service_says(503, BUSY, "Retry-After", "3600");
    says(200, REPLY("good", "STOP", "second"));
    ask_well();
    check_asked("112");
    check_contents(1, 3);
    check_contents(2, 1);
    service_forget();
    says(200, BAD);
    ask_in_vain("second: no answer that can be used: the word good is missing");
    check_asked("112");
}

static void an_answer_without_a_text_is_asked_for_again(void **state)
{
    (void)state;
    says(200, "{\"candidates\":[{\"finishReason\":\"SOMETHING_NEW\"}]}");
    says(200, GOOD);
    ask_well();
    AUTO_JSON *body = service_asked(1);
    assert_int_equal(json_array_size(json_object_get(body, "contents")), 1);
    check_asked("11");
    service_forget();
    says(200, "<html>Sign in to the network</html>");
    ask_in_vain("what was answered is not of this API: JSON: byte 1");
    check_asked("112");
}

static void an_unknown_model_is_left_out_for_an_hour(void **state)
{
    (void)state;
    says(404, NOT_FOUND);
    says(200, REPLY("good", "STOP", "second"));
    capture_log();
    ask_well();
    ask_well();
    check_asked("122");
    clock_fix(NOON + HOUR - 1);
    ask_well();
    check_asked("1222");
    service_forget();
    clock_fix(NOON + HOUR);
    says(404, NOT_FOUND);
    says(200, REPLY("good", "STOP", "second"));
    ask_well();
    check_asked("12");
    AUTO_FREE char *log = captured_log();
    assert_int_equal(times(log, "a model is unknown to the service"), 1);
    assert_int_equal(times(log, "the model is out"), 0);
}

static void no_model_is_known(void **state)
{
    (void)state;
    capture_log();
    says(404, NOT_FOUND);
    ask_in_vain("second: 404 models/x is not found for API version v1beta: correct gemini.models");
    assert_int_equal(up(), 0);
    ask_in_vain("it is not asked for another 3600 s");
    check_asked("12");
    AUTO_FREE char *log = captured_log();
    assert_int_equal(times(log, "the model is out"), 1);
}

static void a_quota_of_the_minute_is_waited_for(void **state)
{
    (void)state;
    long long before = calls(names[0], "quota_minute");
    says(429, STATUS("429", "RESOURCE_EXHAUSTED", "Quota exceeded.",
                     QUOTA("GenerateRequestsPerMinutePerProjectPerModel") "," RETRY_INFO("37.5s")));
    says(200, GOOD);
    ask_well();
    check_asked("11");
    assert_int_equal(clock_monotonic_ms(), NOON + 37500);
    assert_int_equal(calls(names[0], "quota_minute"), before + 1);
}

static void or_another_model_is_asked_meanwhile(void **state)
{
    (void)state;
    says(429, STATUS("429", "RESOURCE_EXHAUSTED", "Quota exceeded.", RETRY_INFO("59.5s")));
    says(200, REPLY("good", "STOP", "second"));
    ask_well();
    ask_well();
    check_asked("122");
    assert_int_equal(clock_monotonic_ms(), NOON);
    clock_fix(NOON + 59500);
    ask_well();
    check_asked("1221");
}

/* Where one lane was told to wait, the others wait as well. */
static void a_quota_holds_for_all(void **state)
{
    (void)state;
    options.models.count = 1;
    renew();
    says(429, STATUS("429", "RESOURCE_EXHAUSTED", "Quota exceeded.", RETRY_INFO("30s")));
    says(200, GOOD);
    assert_int_equal(ask_within(20000), -1);
    assert_non_null(strstr(err.text, "the quota of the minute is used up"));
    assert_int_equal(ask_within(20000), -1);
    assert_non_null(strstr(err.text, "it is not asked for another 30 s"));
    check_asked("1");
    assert_int_equal(up(), 1);
    ask_well();
    check_asked("11");
    assert_in_range(clock_monotonic_ms(), NOON + 30000, NOON + 31000);
}

static void a_quota_of_the_day_lasts_until_midnight_in_california(void **state)
{
    (void)state;
    says(429, STATUS("429", "RESOURCE_EXHAUSTED", "Quota exceeded.",
                     QUOTA("GenerateRequestsPerDayPerProjectPerModel-FreeTier") "," RETRY_INFO("1s")));
    says(200, REPLY("good", "STOP", "second"));
    ask_well();
    assert_int_equal(clock_monotonic_ms(), NOON);
    clock_fix(NOON + 20 * HOUR - 1);
    ask_well();
    check_asked("122");
    clock_fix(NOON + 20 * HOUR);
    ask_well();
    check_asked("1221");
}

static void an_overloaded_model_is_asked_twice(void **state)
{
    (void)state;
    says(503, BUSY);
    says(503, BUSY);
    says(200, REPLY("good", "STOP", "second"));
    ask_well();
    check_asked("112");
    assert_in_range(clock_monotonic_ms(), NOON, NOON + 1000);
    service_forget();
    service_says(503, BUSY, "Retry-After", "9");
    says(200, GOOD);
    int64_t begin = clock_monotonic_ms();
    ask_well();
    check_asked("11");
    assert_int_equal(clock_monotonic_ms(), begin + 9000);
}

static void three_calls_are_all(void **state)
{
    (void)state;
    options.models.count = 1;
    renew();
    says(500, BUSY);
    ask_in_vain("gemini-3.5-flash-lite: 500 This model is currently experiencing high demand.");
    check_asked("111");
    service_forget();
    options.models.count = 2;
    renew();
    says(503, "upstream connect error");
    ask_in_vain("second: 503");
    check_asked("112");
}

static void a_model_that_fails_is_left_alone(void **state)
{
    (void)state;
    options.models.count = 1;
    renew();
    says(503, BUSY);
    capture_log();
    ask_in_vain("503"); /* three failures */
    assert_int_equal(up(), 1);
    ask_in_vain("503"); /* the fourth */
    assert_int_equal(up(), 0);
    check_asked("1111");
    int64_t out = clock_monotonic_ms();
    ask_in_vain("it is not asked for another 15 s");
    clock_fix(out + 14999);
    ask_in_vain("it is not asked for another 1 s");
    check_asked("1111");
    clock_fix(out + 15000);
    ask_in_vain("503"); /* one try, and no second one */
    check_asked("11111");
    clock_fix(out + 15000 + 29999);
    ask_in_vain("it is not asked");
    check_asked("11111");
    service_forget();
    says(200, GOOD);
    clock_fix(out + 15000 + 30000);
    ask_well();
    assert_int_equal(up(), 1);
    AUTO_FREE char *log = captured_log();
    assert_int_equal(times(log, "\"the model is out\""), 1);
    assert_int_equal(times(log, "\"the model answers again\""), 1);
}

static void a_refused_key_stops_all_models(void **state)
{
    (void)state;
    says(400, BAD_KEY);
    capture_log();
    ask_in_vain("400 API key not valid. Please pass a valid API key.: look at gemini.api_key");
    ask_in_vain("it is not asked for another 15 s");
    check_asked("1");
    AUTO_FREE char *log = captured_log();
    assert_int_equal(times(log, "\"the model is out\""), 1);
    clock_fix(NOON + 15000);
    ask_in_vain("API key not valid");
    clock_fix(NOON + 15000 + 29999);
    ask_in_vain("it is not asked");
    check_asked("11");
    service_forget();
    says(200, GOOD);
    clock_fix(NOON + 15000 + 30000);
    ask_well();
    ask_well(); /* all may ask again */
}

static void the_pause_has_an_end(void **state)
{
    (void)state;
    says(403, STATUS("403", "PERMISSION_DENIED", "Method doesn't allow unregistered callers.", ""));
    for (int i = 0; i < 9; i++) {
        ask_in_vain("403");
        clock_fix(clock_monotonic_ms() + 5 * MINUTE);
    }
    assert_int_equal(service.count, 9);
}

static void nobody_answers(void **state)
{
    (void)state;
    long long before = calls(names[0], "unreachable");
    options.base_url = (char *)(uintptr_t) "http://127.0.0.1:1";
    renew();
    ask_in_vain("cannot connect to 127.0.0.1:1");
    assert_int_equal(calls(names[0], "unreachable"), before + 3); /* the second lives at the same place */
    ask_in_vain("cannot connect");
    ask_in_vain("it is not asked for another 15 s");
    assert_int_equal(calls(names[0], "unreachable"), before + 4);
}

static void the_day_has_a_budget(void **state)
{
    (void)state;
    options.daily_tokens = 230;
    renew();
    says(200, GOOD);
    ask_well();
    ask_well(); /* 230 */
    ask_in_vain("gemini.daily_tokens: 230");
    assert_int_equal(up(), 0);
    check_asked("11");
    clock_fix(NOON + 12 * HOUR - 1);
    ask_in_vain("gemini.daily_tokens");
    clock_fix(NOON + 12 * HOUR);
    ask_well();
    assert_int_equal(up(), 1);
}

static void less_thinking_step_by_step(void **state)
{
    (void)state;
    says(400, NO_MINIMAL);
    says(400, STATUS("400", "INVALID_ARGUMENT", "Thinking level is not supported for this model.", ""));
    says(200, GOOD);
    ask_well();
    ask_well();
    check_asked("1111");
    check_thinking(0, "MINIMAL");
    check_thinking(1, "LOW");
    check_thinking(2, "");
    check_thinking(3, "");
}

static void a_schema_that_is_too_much(void **state)
{
    (void)state;
    says(400, STATUS("400", "INVALID_ARGUMENT", "Request contains an invalid argument.",
                     "{\"fieldViolations\":[{\"description\":\"The specified schema produces a constraint "
                     "that has too many states for serving.\"}]}"));
    says(200, GOOD);
    ask_well();
    ask_well();
    check_asked("111");
    for (size_t i = 1; i < 3; i++) {
        AUTO_JSON *body = service_asked(i);
        assert_null(json_at(body, "generationConfig.responseSchema"));
        assert_string_equal(asked_string(body, "generationConfig.responseMimeType"), "application/json");
        assert_non_null(strstr(strbuf_text(&service.asked[i].body), "\\\"type\\\":\\\"OBJECT\\\""));
    }
    service_forget();
    says(400, STATUS("400", "INVALID_ARGUMENT", "too many states for serving", ""));
    says(200, REPLY("good", "STOP", "second"));
    ask_well(); /* there is nothing simpler */
    check_asked("12");
}

static void an_answer_that_is_cut_gets_more_room(void **state)
{
    (void)state;
    options.thinking = THINKING_HIGH;
    renew();
    says(200, REPLY("goo", "MAX_TOKENS", "gemini-3.5-flash-lite"));
    says(200, GOOD);
    ask_well();
    AUTO_JSON *first = service_asked(0), *second = service_asked(1);
    assert_int_equal(json_integer_at(first, "generationConfig.maxOutputTokens", 0), 4096);
    assert_int_equal(json_integer_at(second, "generationConfig.maxOutputTokens", 0), 8192);
    check_thinking(0, "HIGH");
    check_thinking(1, "LOW");
    service_forget();
    says(200, REPLY("goo", "MAX_TOKENS", "gemini-3.5-flash-lite"));
    ask_in_vain("the answer ended with MAX_TOKENS");
    check_asked("112");
    check_thinking(2, "HIGH");
}

static void what_is_blocked_is_asked_by_its_facts(void **state)
{
    (void)state;
    says(200, BLOCKED);
    says(200, GOOD);
    ask_well();
    assert_int_equal(reply.of_facts, 1);
    check_asked("11");
    check_text(1, "Facts alone.");
    service_forget();
    says(400,
         STATUS("400", "INVALID_ARGUMENT",
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                ""));
    says(200, REPLY("", "SAFETY", "gemini-3.5-flash-lite"));
    says(200, REPLY("good", "STOP", "second"));
    ask_well();
    assert_int_equal(reply.of_facts, 1);
    check_asked("112");
    check_text(2, "Facts alone.");
    service_forget();
    says(200, BLOCKED);
    ask_in_vain("second: the question ended with PROHIBITED_CONTENT");
    check_asked("112");
}

static void our_own_mistake_is_told(void **state)
{
    (void)state;
    says(400, STATUS("400", "INVALID_ARGUMENT",
                     "Invalid JSON payload received. Unknown name \\\"x\\\": Cannot find field.", ""));
    capture_log();
    ask_in_vain("Unknown name \"x\": Cannot find field.: is gemini.base_url right");
    ask_in_vain("Unknown name");
    check_asked("1212");
    AUTO_FREE char *log = captured_log();
    assert_int_equal(times(log, "the service finds the request itself wrong"), 2); /* once for each model */
}

static void redirects_are_not_followed(void **state)
{
    (void)state;
    service_says(302, "", "Location", "/elsewhere");
    ask_in_vain("302 redirects are not followed: is gemini.base_url right?");
    check_asked("12");
}

static void another_model_than_was_asked(void **state)
{
    (void)state;
    struct metric *other = metric_counter("aegiops_model_other_version_total", NULL, "");
    long long before = metric_value(other);
    says(200, REPLY("good", "STOP", "gemini-3.5-flash-lite-001"));
    says(200, REPLY("good", "STOP", "gemini-3.8-flash"));
    capture_log();
    ask_well();
    assert_int_equal(metric_value(other), before);
    ask_well();
    ask_well();
    assert_string_equal(reply.version, "gemini-3.8-flash");
    assert_int_equal(metric_value(other), before + 2);
    AUTO_FREE char *log = captured_log();
    assert_int_equal(times(log, "another model answers than was asked"), 1);
}

static void nothing_shows_the_key(void **state)
{
    (void)state;
    says(400, STATUS("400", "INVALID_ARGUMENT", "No such parameter: " KEY, ""));
    says(200, REPLY(KEY, "STOP", KEY));
    says(200, REPLY("good", "STOP", KEY));
    capture_log();
    ask_well();
    service_forget();
    says(401, STATUS("401", "UNAUTHENTICATED", "Incorrect API key provided: " KEY ".", ""));
    ask_in_vain("Incorrect API key provided: (key).");
    AUTO_FREE char *log = captured_log();
    assert_null(strstr(log, KEY));
    assert_int_equal(times(log, "\"asked\""), 4);
    assert_non_null(strstr(log, "All that is known."));
    assert_int_equal(times(log, "\"the model answered\""), 1);
    assert_null(strstr(reply.version ? reply.version : "", KEY));
}

/* A body is more than a field of the log takes: all of it is there all the same. */
static void the_whole_question_is_logged_at_debug(void **state)
{
    (void)state;
    AUTO_FREE char *text = xcalloc(1, 6001);
    int checks = 0;
    memset(text, 'x', 6000);
    struct question question = {.system = "Be brief.",
                                .text = text,
                                .schema = schema,
                                .until_ms = NOON + MINUTE,
                                .check = check_answer,
                                .context = &checks};
    says(200, GOOD);
    capture_log();
    assert_int_equal(model_ask(model, http, &question, &reply, &err), 0);
    AUTO_FREE char *log = captured_log();
    assert_true(times(log, "x") >= 6000 && times(log, "\"asked\"") == 4);
}

static void no_time_is_left(void **state)
{
    (void)state;
    says(200, GOOD);
    assert_int_equal(ask_within(999), -1);
    assert_non_null(strstr(err.text, "no time was left"));
    assert_int_equal(ask_within(-5), -1);
    assert_int_equal(service.count, 0);
    assert_int_equal(ask_within(1500), 0);
    assert_non_null(strstr(strbuf_text(&service.asked[0].head), "X-Server-Timeout: 2\n"));
}

static void a_slow_model_is_left_for_the_next(void **state)
{
    (void)state;
    long long before = calls(names[0], "timeout");
    clock_fix(-1);
    options.timeout_ms = 1000;
    renew();
    service.script[service.script_count++] = (struct said){.status = 200, .hangs = 1};
    says(200, REPLY("good", "STOP", "second"));
    ask_well();
    check_asked("12");
    assert_int_equal(calls(names[0], "timeout"), before + 1);
}

static void *stop_soon(void *context)
{
    (void)context;
    usleep(200000);
    __atomic_store_n((volatile int *)(uintptr_t)process_stop_flag(), 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void a_stopping_process_waits_for_nobody(void **state)
{
    (void)state;
    pthread_t thread;
    clock_fix(-1);
    service.script[service.script_count++] = (struct said){.status = 200, .hangs = 1};
    options.timeout_ms = 10 * MINUTE; /* longer than this program may take: it would not end */
    renew();
    pthread_create(&thread, NULL, stop_soon, NULL);
    int result = ask_within(10 * MINUTE);
    pthread_join(thread, NULL);
    assert_int_equal(result, -1);
    assert_int_equal(err.kind, ERROR_RETRY);
    check_asked("1");
    result = ask();
    __atomic_store_n((volatile int *)(uintptr_t)process_stop_flag(), 0, __ATOMIC_SEQ_CST);
    assert_int_equal(result, -1);
    assert_int_equal(err.kind, ERROR_RETRY);
    check_asked("1");
    assert_int_equal(up(), 1);
}

static void a_server_of_ones_own(void **state)
{
    (void)state;
    AUTO_FREE char *base = xasprintf("http://127.0.0.1:%u/v1/", service.port);
    options.api = MODEL_API_OPENAI;
    options.base_url = base;
    renew();
    says(400, "{\"error\":{\"message\":\"response_format of type json_schema is not "
              "supported\",\"type\":\"invalid_request_error\"}}");
    says(400, "{\"object\":\"error\",\"message\":\"This model does not support json_object\"}");
    says(200, "{\"model\":\"gemini-3.5-flash-lite\",\"choices\":[{\"message\":{\"content\":\"good\"},"
              "\"finish_reason\":\"stop\"}],\"error\":null}");
    ask_well();
    assert_string_equal(service.asked[0].path, "POST /v1/chat/completions");
    assert_non_null(strstr(strbuf_text(&service.asked[0].head), "Authorization: Bearer " KEY "\n"));
    assert_null(strstr(strbuf_text(&service.asked[0].head), "x-goog"));
    static const char *const forms[] = {"json_schema", "json_object", ""};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        AUTO_JSON *body = service_asked(i);
        assert_string_equal(asked_string(body, "response_format.type"), forms[i]);
    }
    options.api_key = NULL;
    renew();
    ask_well();
    assert_null(strstr(strbuf_text(&service.asked[3].head), "Authorization"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_model),
        TEST(with_what_cannot_be_right),
        TEST(an_answer),
        TEST(an_answer_is_mended_once),
        TEST(then_the_next_model_is_asked),
        TEST(an_answer_without_a_text_is_asked_for_again),
        TEST(an_unknown_model_is_left_out_for_an_hour),
        TEST(no_model_is_known),
        TEST(a_quota_of_the_minute_is_waited_for),
        TEST(or_another_model_is_asked_meanwhile),
        TEST(a_quota_holds_for_all),
        TEST(a_quota_of_the_day_lasts_until_midnight_in_california),
        TEST(an_overloaded_model_is_asked_twice),
        TEST(three_calls_are_all),
        TEST(a_model_that_fails_is_left_alone),
        TEST(a_refused_key_stops_all_models),
        TEST(the_pause_has_an_end),
        TEST(nobody_answers),
        TEST(the_day_has_a_budget),
        TEST(less_thinking_step_by_step),
        TEST(a_schema_that_is_too_much),
        TEST(an_answer_that_is_cut_gets_more_room),
        TEST(what_is_blocked_is_asked_by_its_facts),
        TEST(our_own_mistake_is_told),
        TEST(redirects_are_not_followed),
        TEST(another_model_than_was_asked),
        TEST(nothing_shows_the_key),
        TEST(the_whole_question_is_logged_at_debug),
        TEST(no_time_is_left),
        TEST(a_slow_model_is_left_for_the_next),
        TEST(a_stopping_process_waits_for_nobody),
        TEST(a_server_of_ones_own),
    };
    static const char *const proxies[] = {"http_proxy", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < COUNT_OF(proxies); i++)
        unsetenv(proxies[i]);
    signal(SIGPIPE, SIG_IGN);
    http_start();
    id_seed(1);
    log_open("brain", LOG_ERROR + 1);
    return cmocka_run_group_tests_name("brain/model", tests, NULL, NULL);
}
