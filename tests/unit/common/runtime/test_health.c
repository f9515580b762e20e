/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/health.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/http.h"
#include "common/base/json.h"
#include "common/runtime/listen.h"
#include "common/runtime/metrics.h"
#include "tests/unit/unit.h"

static char address[64]; /* "127.0.0.1:port" */
static struct http *http;
static struct http_response response;

static uint16_t port_of(int fd)
{
    struct sockaddr_in6 bound;
    socklen_t len = sizeof bound;
    assert_int_equal(getsockname(fd, (struct sockaddr *)&bound, &len), 0);
    return ntohs(bound.sin6_port); /* where sin_port is, too */
}

static long ask(const char *method, const char *path, const char *body)
{
    struct error err;
    AUTO_FREE char *url = xasprintf("http://%s%s", address, path);
    struct http_request request = {
        .method = method, .url = url, .body = body, .body_len = body ? strlen(body) : 0};
    if (http_send(http, &request, &response, &err))
        fail_msg("%s", err.text);
    return response.status;
}

static int set_up(void **state)
{
    struct error err;
    (void)state;
    http_start();
    http = http_open("test");
    int fd = listen_open("127.0.0.1:0", &err);
    if (fd < 0)
        return -1;
    snprintf(address, sizeof address, "127.0.0.1:%u", port_of(fd));
    close(fd);
    return health_start(address, &err);
}

static int tear_down(void **state)
{
    (void)state;
    health_stop();
    http_response_free(&response);
    http_close(http);
    return 0;
}

static void alive_whatever_is_missing(void **state)
{
    (void)state;
    health_not_ready("kafka", "no broker answers");
    assert_int_equal(ask("GET", "/healthz", NULL), 200);
    assert_string_equal(strbuf_text(&response.body), "ok\n");
    assert_string_equal(response.content_type, "text/plain; charset=utf-8");
    health_ready("kafka");
}

static void ready_when_every_part_is(void **state)
{
    (void)state;
    health_not_ready("kafka", "no broker answers: \"127.0.0.1:9092\"");
    health_not_ready("kubernetes", "first list");
    health_ready("kubernetes");
    assert_false(health_is_ready());
    assert_int_equal(ask("GET", "/readyz", NULL), 503);
    assert_string_equal(response.content_type, "application/json");
    assert_string_equal(strbuf_text(&response.body),
                        "{\"ready\":false,\"parts\":{\"kafka\":\"no broker answers: \\\"127.0.0.1:9092\\\"\","
                        "\"kubernetes\":\"ready\"}}\n");
    assert_int_equal(metric_value(metric_gauge("aegiops_ready", NULL, "")), 0);
    health_ready("kafka");
    assert_true(health_is_ready());
    assert_int_equal(ask("GET", "/readyz", NULL), 200);
    assert_string_equal(strbuf_text(&response.body),
                        "{\"ready\":true,\"parts\":{\"kafka\":\"ready\",\"kubernetes\":\"ready\"}}\n");
    assert_int_equal(metric_value(metric_gauge("aegiops_ready", NULL, "")), 1);
}

static void reasons_are_cut_and_cleaned(void **state)
{
    char why[4096];
    (void)state;
    memset(why, 'x', sizeof why);
    memcpy(why, "\x1b[31m\xff", 6);
    why[sizeof why - 1] = '\0';
    health_not_ready("kafka", why);
    assert_int_equal(ask("GET", "/readyz", NULL), 503);
    struct error err;
    AUTO_JSON *body = json_read(response.body.data, response.body.len, &err);
    const char *told = json_string_at(body, "parts.kafka");
    assert_non_null(told);
    assert_true(strlen(told) < 600);
    assert_null(strchr(told, '\x1b'));
    health_ready("kafka");
}

static void metrics_are_served(void **state)
{
    (void)state;
    metric_add(metric_counter("aegiops_test_total", NULL, "Counts."), 42);
    assert_int_equal(ask("GET", "/metrics?ignored=1", NULL), 200);
    assert_non_null(strstr(response.content_type, "version=0.0.4"));
    assert_non_null(strstr(response.body.data, "\naegiops_test_total 42\n"));
    assert_non_null(strstr(response.body.data, "\nprocess_resident_memory_bytes "));
}

static void all_else_is_refused(void **state)
{
    (void)state;
    assert_int_equal(ask("POST", "/healthz", "x"), 405);
    assert_int_equal(ask("DELETE", "/metrics", NULL), 405);
    assert_int_equal(ask("GET", "/", NULL), 404);
    assert_int_equal(ask("GET", "/healthz/", NULL), 404);
    assert_int_equal(ask("POST", "/readyz2", "x"), 404);
}

static void refuse_address(const char *wanted, const char *words)
{
    struct error err = {0};
    if (listen_open(wanted, &err) >= 0)
        fail_msg("accepted: %s", wanted);
    assert_int_equal(err.kind, ERROR_FATAL);
    if (!strstr(err.text, words) || !strstr(err.text, wanted))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void addresses_that_cannot_be(void **state)
{
    static const char *const malformed[] = {"9101",
                                            "",
                                            "127.0.0.1",
                                            "127.0.0.1:",
                                            "127.0.0.1:http",
                                            "::1:80",
                                            ":65536",
                                            "127.0.0.1:-1",
                                            "[::1]",
                                            "[::1:80",
                                            "::",
                                            "host:80 ",
                                            "127.0.0.1:99999999999999999999"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(malformed); i++)
        refuse_address(malformed[i], "is no address to listen on: write 127.0.0.1:9101, [::1]:9101 or :9101");
    refuse_address(address, "another process listens there: end it, or give another address");
    refuse_address("192.0.2.1:0", "this machine has no such address");
    refuse_address("nowhere.invalid:0", "cannot listen on nowhere.invalid:0: ");
}

static void addresses_that_can(void **state)
{
    static const char *const fine[] = {"127.0.0.1:0", "localhost:0", ":0"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(fine); i++) {
        struct error err;
        int fd = listen_open(fine[i], &err);
        if (fd < 0)
            fail_msg("%s", err.text);
        assert_true(port_of(fd) > 0);
        close(fd);
    }
}

/* A listener on every address answers on the IPv4 one, although its socket may be an IPv6 one. */
static void everywhere_includes_ipv4(void **state)
{
    struct error err;
    (void)state;
    int listener = listen_open(":0", &err), client = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(port_of(listener)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(client, (struct sockaddr *)&to, sizeof to), 0);
    close(client);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alive_whatever_is_missing),   cmocka_unit_test(ready_when_every_part_is),
        cmocka_unit_test(reasons_are_cut_and_cleaned), cmocka_unit_test(metrics_are_served),
        cmocka_unit_test(all_else_is_refused),         cmocka_unit_test(addresses_that_cannot_be),
        cmocka_unit_test(addresses_that_can),          cmocka_unit_test(everywhere_includes_ipv4),
    };
    return cmocka_run_group_tests_name("runtime/health", tests, set_up, tear_down);
}
