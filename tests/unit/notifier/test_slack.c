/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/slack.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/alloc.h"
#include "common/base/http.h"
#include "notifier/words.h"

/* A stand-in for hooks.slack.com on loopback: it keeps what it was sent and answers as it was told. */
static struct {
    struct MHD_Daemon *daemon;
    unsigned short port;
    unsigned status;
    const char *answer, *header, *header_value;
    struct strbuf got;
    char content_type[64], path[64];
} standin;

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *bytes, size_t *len,
                              void **state)
{
    (void)context, (void)version;
    if (!*state) {
        *state = &standin;
        strbuf_clear(&standin.got);
        return MHD_YES;
    }
    if (*len) {
        strbuf_add(&standin.got, bytes, *len);
        *len = 0;
        return MHD_YES;
    }
    assert_string_equal(method, "POST");
    strncpy(standin.path, url, sizeof standin.path - 1);
    const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
    strncpy(standin.content_type, type ? type : "", sizeof standin.content_type - 1);
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(standin.answer), (void *)standin.answer, MHD_RESPMEM_MUST_COPY);
    if (standin.header)
        MHD_add_response_header(response, standin.header, standin.header_value);
    enum MHD_Result result = MHD_queue_response(connection, standin.status, response);
    MHD_destroy_response(response);
    return result;
}

static int start_standin(void **state)
{
    (void)state;
    http_start();
    const struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    standin.daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, NULL,
                                      MHD_OPTION_SOCK_ADDR, &loopback, MHD_OPTION_END);
    if (!standin.daemon)
        return -1;
    standin.port = MHD_get_daemon_info(standin.daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    return 0;
}

static int stop_standin(void **state)
{
    (void)state;
    MHD_stop_daemon(standin.daemon);
    strbuf_free(&standin.got);
    return 0;
}

static struct message sample(char *text)
{
    return (struct message){
        .state = "recovered",
        .tone = TONE_GOOD,
        .title = "Recovered · a&b <x>",
        .facts = {{"Cluster", text, 0}},
        .fact_count = 1,
        .parts = {{"Happened", text, 0}, {"Change", text, 1}},
        .part_count = 2,
        .footer = "i-5.2",
    };
}

static int post(unsigned status, const char *words, struct error *err)
{
    standin.status = status;
    standin.answer = words;
    AUTO_FREE char *url = xasprintf("http://127.0.0.1:%hu/services/T0/B0/secret", standin.port);
    const struct slack_options options = {.webhook_url = url, .timeout_ms = 3000};
    struct slack *slack = slack_open(&options);
    char text[] = "<!channel> *bold* & more";
    struct message message = sample(text);
    int result = slack_post(slack, &message, err);
    slack_close(slack);
    return result;
}

static void posts_json_and_believes_only_ok(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(post(200, "ok", &err), 0);
    assert_string_equal(standin.path, "/services/T0/B0/secret");
    assert_string_equal(standin.content_type, "application/json; charset=utf-8");
    AUTO_JSON *body = json_read(standin.got.data, standin.got.len, &err);
    assert_non_null(body);
    assert_int_equal(json_array_size(json_object_get(body, "blocks")), 4);
    assert_int_equal(post(200, "<html>log in</html>", &err), -1);
    assert_int_equal(err.kind, ERROR_REJECT);
    assert_int_equal(post(200, "", &err), -1);
    assert_int_equal(err.kind, ERROR_REJECT);
}

static void tells_wait_from_wrong(void **state)
{
    (void)state;
    static const struct {
        unsigned status;
        const char *answer;
        enum error_kind kind;
        const char *says;
    } cases[] = {
        {404, "no_service", ERROR_REJECT, "404 no_service: the webhook was removed"},
        {403, "invalid_token", ERROR_REJECT, "copy it again"},
        {410, "channel_is_archived", ERROR_REJECT, "archived"},
        {400, "invalid_blocks", ERROR_REJECT, "400 invalid_blocks"},
        {404, "<html>\n\033[31m</html>", ERROR_REJECT, "Slack answered 404 : look at slack.webhook_url"},
        {500, "rollup_error", ERROR_RETRY, "500 rollup_error"},
        {503, "", ERROR_RETRY, "503"},
        {429, "rate_limited", ERROR_RETRY, "429 rate_limited"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err;
        assert_int_equal(post(cases[i].status, cases[i].answer, &err), -1);
        assert_int_equal(err.kind, cases[i].kind);
        assert_int_equal(err.status, cases[i].status);
        assert_non_null(strstr(err.text, cases[i].says));
        assert_null(strstr(err.text, "secret"));
    }
}

static void honours_retry_after(void **state)
{
    (void)state;
    struct error err;
    standin.header = "Retry-After";
    standin.header_value = "3";
    assert_int_equal(post(429, "rate_limited", &err), -1);
    standin.header = NULL;
    assert_int_equal(err.retry_after_ms, 3000);
}

static void follows_no_redirect(void **state)
{
    (void)state;
    struct error err;
    standin.header = "Location";
    standin.header_value = "http://127.0.0.1:1/elsewhere";
    assert_int_equal(post(302, "", &err), -1);
    standin.header = NULL;
    assert_int_equal(err.kind, ERROR_REJECT);
    assert_non_null(strstr(err.text, "redirects are not followed"));
}

static void no_answer_is_tried_again_and_hides_the_address(void **state)
{
    (void)state;
    const struct slack_options options = {.webhook_url = (char *)"http://127.0.0.1:1/services/T0/B0/secret",
                                          .timeout_ms = 1000};
    struct slack *slack = slack_open(&options);
    char text[] = "x";
    struct message message = sample(text);
    struct error err;
    assert_int_equal(slack_post(slack, &message, &err), -1);
    assert_int_equal(err.kind, ERROR_RETRY);
    assert_null(strstr(err.text, "secret"));
    slack_close(slack);
}

static const char *in_block(const json_t *body, size_t index, const char *path)
{
    return json_string_at(json_array_get(json_object_get(body, "blocks"), index), path);
}

static void nothing_in_a_document_is_parsed_by_slack(void **state)
{
    (void)state;
    char text[] = "<!channel> <https://evil|here> & more";
    struct message message = sample(text);
    AUTO_JSON *body = slack_body(&message);
    assert_string_equal(
        json_string_at(body, "text"),
        "Recovered · a&amp;b &lt;x&gt;: &lt;!channel&gt; &lt;https://evil|here&gt; &amp; more");
    assert_string_equal(in_block(body, 0, "text.text"), "✅ Recovered · a&amp;b &lt;x&gt;");
    assert_string_equal(in_block(body, 0, "text.type"), "plain_text");
    const json_t *field =
        json_array_get(json_at(json_array_get(json_object_get(body, "blocks"), 1), "fields"), 0);
    assert_string_equal(json_string_at(field, "text"),
                        "*Cluster*\n&lt;!channel&gt; &lt;https://evil|here&gt; &amp; more");
    assert_true(json_true_at(field, "verbatim"));
    assert_string_equal(in_block(body, 2, "type"), "rich_text");
    assert_false(json_true_at(body, "unfurl_links"));
    /* In rich text the words stand as they are. */
    const json_t *elements = json_at(json_array_get(json_object_get(body, "blocks"), 2), "elements");
    assert_int_equal(json_array_size(elements), 3);
    const json_t *code = json_array_get(elements, 2);
    assert_string_equal(json_string_at(code, "type"), "rich_text_preformatted");
    assert_string_equal(json_string_at(json_array_get(json_object_get(code, "elements"), 0), "text"), text);
}

static size_t count_text(const json_t *value)
{
    size_t count = json_is_string(value) ? json_string_length(value) : 0;
    for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++)
        count += count_text(json_array_get(value, i));
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)value, name, member) count += count_text(member);
    return count;
}

static char *filled(char c, size_t len)
{
    char *text = xmalloc(len + 1);
    memset(text, c, len);
    text[len] = '\0';
    return text;
}

/* The fullest message that compose() can make, of characters that all have to be escaped. */
static void the_fullest_message_is_within_slacks_limits(void **state)
{
    (void)state;
    static const size_t lengths[] = {
        WORDS_PROSE_BYTES, /* Happened, Cause, Explained, Done */
        WORDS_PROSE_BYTES,
        WORDS_PROSE_BYTES,
        WORDS_PROSE_BYTES,
        WORDS_EVIDENCE_LINES * WORDS_LINE_BYTES,
        WORDS_DIFF_LINES * WORDS_LINE_BYTES,
        WORDS_COMMAND_LINES * WORDS_LINE_BYTES,
        WORDS_LINE_BYTES, /* Undo */
        WORDS_WARNING_LINES * WORDS_LINE_BYTES,
    };
    AUTO_MESSAGE message = {.title = filled('&', WORDS_TITLE_BYTES), .footer = filled('>', WORDS_FACT_BYTES)};
    for (size_t i = 0; i < 4; i++)
        message.facts[message.fact_count++] = (struct part){"Workload", filled('<', WORDS_FACT_BYTES), 0};
    for (size_t i = 0; i < COUNT_OF(lengths); i++)
        message.parts[message.part_count++] = (struct part){"Happened", filled('&', lengths[i]), i % 2 == 0};
    AUTO_JSON *body = slack_body(&message);
    const char *header = in_block(body, 0, "text.text");
    assert_true(strlen(header) <= 150);
    assert_string_equal(header + strlen(header) - strlen(";…"), ";…"); /* cut after an escape, not within */
    assert_true(strlen(json_string_at(body, "text")) <= 4000);
    const json_t *fields = json_at(json_array_get(json_object_get(body, "blocks"), 1), "fields");
    assert_true(json_array_size(fields) <= 10);
    assert_true(count_text(json_object_get(body, "blocks")) <= 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posts_json_and_believes_only_ok),
        cmocka_unit_test(tells_wait_from_wrong),
        cmocka_unit_test(honours_retry_after),
        cmocka_unit_test(follows_no_redirect),
        cmocka_unit_test(no_answer_is_tried_again_and_hides_the_address),
        cmocka_unit_test(nothing_in_a_document_is_parsed_by_slack),
        cmocka_unit_test(the_fullest_message_is_within_slacks_limits),
    };
    return cmocka_run_group_tests_name("notifier/slack", tests, start_standin, stop_standin);
}
