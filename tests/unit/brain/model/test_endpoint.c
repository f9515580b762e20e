/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and credentials; the metadata server and the service are one, which says what each test wants. */
#include "brain/model/endpoint.h"

#include <signal.h>

#include "brain/model/call.h"
#include "common/base/clock.h"
#include "tests/unit/brain/model_server.h"

#define T0 1764158400000
#define GOOD "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"good\"}]},\"finishReason\":\"STOP\"}]}"
#define TOKEN(word)                                                                                          \
    "{\"access_token\":\"ya29." word "-0123456789\",\"expires_in\":3599,\"token_type\":\"Bearer\"}"
#define STALE(word)                                                                                          \
    "{\"error\":{\"code\":401,\"status\":\"UNAUTHENTICATED\",\"message\":\"stale ya29." word "-0123456789\"" \
    "}}"

static struct model_options options;
static struct endpoint *endpoint;
static struct http *http;
static char *url;
static json_t *schema;

static char *text(const char *borrowed)
{
    return (char *)(uintptr_t)borrowed;
}

static void check_url(struct model_options changed, const char *wanted)
{
    struct endpoint *made = endpoint_new(&changed);
    AUTO_FREE char *got = endpoint_url(made, "m");
    assert_string_equal(got, wanted);
    endpoint_free(made);
}

static void addresses(void **state)
{
    (void)state;
    struct model_options some = {
        .base_url = text(""), .ca_file = text(""), .project = text("p"), .location = text("global")};
    check_url(some, "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent");
    some.api = MODEL_API_VERTEX;
    check_url(some, "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/"
                    "models/m:generateContent");
    some.location = text("europe-west4");
    check_url(some, "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/"
                    "publishers/google/models/"
                    "m:generateContent");
    some.location = text("eu");
    check_url(some, "https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu/publishers/google/"
                    "models/m:generateContent");
    some.api_key = text("AQ.x");
    check_url(some, "https://aiplatform.googleapis.com/v1beta1/publishers/google/models/m:generateContent");
    some.base_url = text("https://proxy.example.com/x//");
    check_url(some, "https://proxy.example.com/x/v1beta1/publishers/google/models/m:generateContent");
    some.api = MODEL_API_GEMINI;
    check_url(some, "https://proxy.example.com/x/v1beta/models/m:generateContent");
    some.api = MODEL_API_OPENAI;
    check_url(some, "https://proxy.example.com/x/chat/completions");
}

static int setup(void **state)
{
    (void)state;
    service_start();
    clock_fix(T0);
    url = xasprintf("http://127.0.0.1:%u", service.port);
    setenv("GCE_METADATA_HOST", url + strlen("http://"), 1);
    options = (struct model_options){.api = MODEL_API_VERTEX,
                                     .base_url = url,
                                     .ca_file = text(""),
                                     .project = text("p"),
                                     .location = text("eu")};
    endpoint = endpoint_new(&options);
    http = http_open("aegiops-test/1");
    schema = json_object();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    endpoint_free(endpoint);
    http_close(http);
    json_decref(schema);
    clock_fix(-1);
    service_stop();
    free(url);
    return 0;
}

static struct heard ask(void)
{
    struct call call = {.model = "m", .system = "s", .text = "t", .schema = schema, .answer_tokens_most = 1};
    struct heard heard = {0};
    call_send(endpoint, http, &call, 5000, &heard);
    return heard;
}

static void check_heard(enum call_result wanted)
{
    AUTO_HEARD heard = ask();
    if (heard.result != wanted)
        fail_msg("result %d: %s", (int)heard.result, heard.err.text);
    assert_null(strstr(heard.err.text, "ya29"));
}

static void says(unsigned status, const char *body)
{
    service_says(status, body, NULL, NULL);
}

static void check_bearer(size_t number, const char *token)
{
    AUTO_FREE char *wanted = xasprintf("Authorization: Bearer ya29.%s-0123456789\n", token);
    if (!strstr(strbuf_text(&service.asked[number].head), wanted))
        fail_msg("%s", strbuf_text(&service.asked[number].head));
    assert_null(strstr(strbuf_text(&service.asked[number].head), "x-goog-api-key"));
}

static void a_token_is_fetched_once_and_before_it_ends(void **state)
{
    (void)state;
    says(200, TOKEN("first"));
    says(200, GOOD);
    says(200, GOOD);
    check_heard(CALL_OK);
    assert_string_equal(service.asked[0].path,
                        "GET /computeMetadata/v1/instance/service-accounts/default/token");
    assert_non_null(strstr(strbuf_text(&service.asked[0].head), "Metadata-Flavor: Google\n"));
    assert_non_null(strstr(service.asked[1].path, "POST /v1/projects/p/locations/eu/"));
    check_bearer(1, "first");
    clock_fix(T0 + 3599000 - 240000 - 1);
    check_heard(CALL_OK);
    assert_int_equal(service.count, 3);
    check_bearer(2, "first");
    clock_fix(T0 + 3599000 - 240000);
    says(200, TOKEN("second"));
    says(200, GOOD);
    check_heard(CALL_OK);
    check_bearer(4, "second");
}

static void a_token_that_is_refused_is_renewed(void **state)
{
    (void)state;
    says(200, TOKEN("first"));
    says(200, GOOD);
    check_heard(CALL_OK);
    clock_fix(T0 + 60000);
    says(401, STALE("first"));
    says(200, TOKEN("second"));
    says(200, GOOD);
    check_heard(CALL_OK);
    check_bearer(4, "second");
    says(401, STALE("second"));
    check_heard(CALL_REFUSED); /* the second is too new for a third to do better */
    assert_int_equal(service.count, 6);
}

static void no_token(void **state)
{
    (void)state;
    says(404, "no such account");
    AUTO_HEARD heard = ask();
    assert_int_equal(heard.result, CALL_UNREACHABLE);
    assert_string_equal(
        heard.err.text,
        "no token from the metadata server of Google Cloud: status 404: has the pod an account of Google "
        "Cloud?");
    says(200, "{\"expires_in\":3599}");
    says(200, "<html>");
    check_heard(CALL_UNREACHABLE);
    check_heard(CALL_UNREACHABLE);
    assert_int_equal(service.count, 3);
}

static void a_key_and_no_token_in_express_mode(void **state)
{
    (void)state;
    options.api_key = text("AQ.0123456789abcdef");
    says(200, GOOD);
    check_heard(CALL_OK);
    assert_int_equal(service.count, 1);
    assert_non_null(strstr(strbuf_text(&service.asked[0].head), "x-goog-api-key: AQ.0123456789abcdef\n"));
    assert_null(strstr(strbuf_text(&service.asked[0].head), "Authorization"));
}

static void check_masked(const char *credentials, const char *said, const char *wanted)
{
    AUTO_STRBUF body = {0};
    strbuf_puts(&body, said);
    endpoint_mask(credentials, &body);
    assert_string_equal(strbuf_text(&body), wanted);
}

static void credentials_are_masked(void **state)
{
    (void)state;
    check_masked("x-goog-api-key: AQ.0123456789abcdef",
                 "AQ.0123456789abcdef,AQ.0123456789abcdeAQ.0123456789abcdef!",
                 "(key),AQ.0123456789abcde(key)!");
    check_masked("Authorization: Bearer ya29.0123456789abcdef", "Bearer ya29.0123456789abcdef",
                 "Bearer (key)");
    check_masked("Authorization: Bearer ollama", "ollama is up", "ollama is up"); /* a word, no secret */
    check_masked(NULL, "all is well", "all is well");
    check_masked("x-goog-api-key: AQ.0123456789abcdef", "", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(credentials_are_masked),
        TEST(a_token_is_fetched_once_and_before_it_ends),
        TEST(a_token_that_is_refused_is_renewed),
        TEST(no_token),
        TEST(a_key_and_no_token_in_express_mode),
    };
    static const char *const proxies[] = {"http_proxy", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < COUNT_OF(proxies); i++)
        unsetenv(proxies[i]);
    signal(SIGPIPE, SIG_IGN);
    http_start();
    return cmocka_run_group_tests_name("brain/model/endpoint", tests, NULL, NULL);
}
