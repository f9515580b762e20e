/* SPDX-License-Identifier: Apache-2.0 */
/* Against a real HTTP server (libmicrohttpd) in this process, and against sockets that misbehave on purpose.
 */
#include "common/base/http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "tests/unit/unit.h"

#define DAY_MS (24L * 3600 * 1000)

static struct MHD_Daemon *server;
static uint16_t server_port;
static atomic_int connections, stopping;

/* ---- the server ---- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *text,
                              const char *name, const char *value)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    if (name)
        MHD_add_response_header(response, name, value);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static const char *argument(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);
    return value ? value : "";
}

static enum MHD_Result add_line(void *out, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    strbuf_printf(out, "%s: %s\n", name, value);
    return MHD_YES;
}

/* "METHOD /path", the request's headers and its body. */
static enum MHD_Result echo(struct MHD_Connection *connection, const char *method, const char *url,
                            const struct strbuf *body)
{
    AUTO_STRBUF out = {0};
    strbuf_printf(&out, "%s %s\n", method, url);
    MHD_get_connection_values(connection, MHD_HEADER_KIND, add_line, &out);
    strbuf_printf(&out, "\n%s", strbuf_text(body));
    return answer(connection, 200, out.data, "Content-Type", "text/plain; charset=utf-8");
}

static enum MHD_Result answer_kubernetes_headers(struct MHD_Connection *connection)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(2, "{}", MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "content-type", "application/json");
    MHD_add_response_header(response, "Audit-Id", "5e0b1a3c-8a2f-4a57-9d0e-0c7d3f6f2a11");
    MHD_add_response_header(response, "Warning", "299 - \"unknown field \\\"spec.foo\\\"\"");
    MHD_add_response_header(response, "Warning", "299 agent \"second\" \"Sat, 25 Aug 2012 23:34:45 GMT\"");
    MHD_add_response_header(response, "Warning", "199 - \"not for people\"");
    MHD_add_response_header(response, "Warning", "299 - no quotes");
    enum MHD_Result result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

/* A stream of count chunks, one each pause_ms, and how it goes on after them. */
struct chunks {
    long count, size, pause_ms;
    enum { CHUNKS_END, CHUNKS_BREAK, CHUNKS_HANG } after;
};

static void pause_unless_stopping(long ms)
{
    for (long waited = 0; waited < ms && !stopping; waited += 5)
        usleep(5000);
}

static ssize_t next_chunk(void *context, uint64_t position, char *out, size_t max)
{
    const struct chunks *chunks = context;
    size_t done = position % (size_t)chunks->size, len = (size_t)chunks->size - done;
    if (done == 0 && position > 0)
        pause_unless_stopping(chunks->pause_ms);
    if (position < (uint64_t)(chunks->count * chunks->size)) {
        len = len < max ? len : max;
        memset(out, 'x', len);
        return (ssize_t)len;
    }
    if (chunks->after == CHUNKS_HANG)
        pause_unless_stopping(20000);
    return chunks->after == CHUNKS_END ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

static enum MHD_Result stream(struct MHD_Connection *connection)
{
    struct chunks *chunks = xcalloc(1, sizeof(*chunks));
    const char *after = argument(connection, "after");
    chunks->count = atol(argument(connection, "count"));
    chunks->size = atol(argument(connection, "size"));
    chunks->pause_ms = atol(argument(connection, "pause"));
    chunks->after = *after == 'h' ? CHUNKS_HANG : *after == 'b' ? CHUNKS_BREAK : CHUNKS_END;
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536, next_chunk, chunks, free);
    enum MHD_Result result =
        MHD_queue_response(connection, (unsigned)atoi(argument(connection, "status")), response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload, size_t *upload_len,
                              void **request)
{
    (void)context, (void)version;
    if (!*request) {
        *request = xcalloc(1, sizeof(struct strbuf));
        return MHD_YES;
    }
    if (*upload_len) {
        strbuf_add(*request, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    if (strncmp(url, "/status/", 8) == 0)
        return answer(connection, (unsigned)atoi(url + 8), "the reason", "Retry-After",
                      argument(connection, "retry"));
    if (strcmp(url, "/redirect") == 0)
        return answer(connection, 302, "", "Location", "/echo");
    if (strcmp(url, "/kubernetes") == 0)
        return answer_kubernetes_headers(connection);
    if (strcmp(url, "/stream") == 0)
        return stream(connection);
    return echo(connection, method, url, *request);
}

static void forget_request(void *context, struct MHD_Connection *connection, void **request,
                           enum MHD_RequestTerminationCode why)
{
    (void)context, (void)connection, (void)why;
    if (*request)
        strbuf_free(*request);
    free(*request);
}

static void count_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                             enum MHD_ConnectionNotificationCode code)
{
    (void)context, (void)connection, (void)socket_context;
    connections += code == MHD_CONNECTION_NOTIFY_STARTED;
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void start_server(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    stopping = 0;
    server =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0,
                         NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR, &address,
                         MHD_OPTION_LISTENING_ADDRESS_REUSE, 1, MHD_OPTION_NOTIFY_COMPLETED, forget_request,
                         NULL, MHD_OPTION_NOTIFY_CONNECTION, count_connection, NULL, MHD_OPTION_END);
    assert_non_null(server);
    server_port = MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static void stop_server(void)
{
    stopping = 1;
    MHD_stop_daemon(server);
}

/* ---- sockets that misbehave ---- */

static int listen_on_loopback(int backlog, uint16_t *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, backlog), 0);
    getsockname(fd, (struct sockaddr *)&address, &len);
    *port = ntohs(address.sin_port);
    return fd;
}

struct rude {
    int fd;
    const char *bytes;
    pthread_t thread;
};

/* Reads a bit of the request, says its bytes and hangs up. */
static void *serve_rudely(void *context)
{
    struct rude *rude = context;
    char request[4096];
    int client = accept(rude->fd, NULL, NULL);
    if (client >= 0 && read(client, request, sizeof request) > 0 &&
        write(client, rude->bytes, strlen(rude->bytes)) >= 0)
        shutdown(client, SHUT_RDWR);
    close(client);
    return NULL;
}

/* ---- the client's side ---- */

struct result {
    struct http_response response;
    struct error err;
    int failed;
};

static struct http *http;
static struct result last;

static char *url_of(uint16_t port, const char *path)
{
    return xasprintf("http://127.0.0.1:%u%s", port, path);
}

static void send_request(struct http_request *request, uint16_t port, const char *path)
{
    AUTO_FREE char *url = url_of(port, path);
    request->url = url;
    request->method = request->method ? request->method : "GET";
    memset(&last.err, 0, sizeof last.err);
    last.failed = http_send(http, request, &last.response, &last.err);
}

static void get(const char *path)
{
    send_request(&(struct http_request){0}, server_port, path);
    if (last.failed)
        fail_msg("%s: %s", path, last.err.text);
}

static void check_failed(const char *wanted)
{
    assert_int_equal(last.failed, -1);
    assert_int_equal(last.err.kind, ERROR_RETRY);
    if (!strstr(last.err.text, wanted))
        fail_msg("\"%s\" does not say \"%s\"", last.err.text, wanted);
}

static int setup(void **state)
{
    (void)state;
    start_server(0);
    http = http_open("aegiops-test/1");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    http_close(http);
    http_response_free(&last.response);
    stop_server();
    return 0;
}

static void test_every_status_is_an_answer(void **state)
{
    (void)state;
    static const int statuses[] = {200, 201, 400, 401, 404, 409, 429, 500, 503, 599};
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        AUTO_FREE char *path = xasprintf("/status/%d", statuses[i]);
        get(path);
        assert_int_equal(last.response.status, statuses[i]);
        assert_string_equal(strbuf_text(&last.response.body), "the reason");
    }
}

static void test_request_as_it_was_asked_for(void **state)
{
    (void)state;
    static const char *const headers[] = {"Accept: application/json", "Authorization: Bearer t",
                                          "Content-Type: application/apply-patch+yaml", NULL};
    send_request(
        &(struct http_request){.method = "PATCH", .headers = headers, .body = "a: b\n--", .body_len = 5},
        server_port, "/apis/../x%2Fy");
    assert_int_equal(last.failed, 0);
    const char *text = strbuf_text(&last.response.body);
    assert_non_null(strstr(text, "PATCH /apis/../x/y\n")); /* decoded by the server, left alone by us */
    assert_non_null(strstr(text, "User-Agent: aegiops-test/1\n"));
    assert_non_null(strstr(text, "Accept: application/json\n"));
    assert_non_null(strstr(text, "Authorization: Bearer t\n"));
    assert_non_null(strstr(text, "Content-Type: application/apply-patch+yaml\n"));
    assert_non_null(strstr(text, "Content-Length: 5\n"));
    assert_non_null(strstr(text, "\n\na: b\n"));
    assert_null(strstr(text, "--"));
    assert_null(strstr(text, "Expect:"));
    assert_null(strstr(text, "Accept-Encoding:"));
    assert_string_equal(last.response.content_type, "text/plain; charset=utf-8");
}

static void test_methods(void **state)
{
    (void)state;
    send_request(&(struct http_request){.method = "DELETE"}, server_port, "/pod");
    assert_memory_equal(strbuf_text(&last.response.body), "DELETE /pod\n", 12);
    assert_null(strstr(strbuf_text(&last.response.body), "Content-Length"));
    send_request(&(struct http_request){.method = "DELETE", .body = "{}", .body_len = 2}, server_port,
                 "/pod");
    assert_memory_equal(strbuf_text(&last.response.body), "DELETE /pod\n", 12);
    assert_non_null(strstr(strbuf_text(&last.response.body), "\n\n{}"));
    send_request(&(struct http_request){.method = "POST", .body = "", .body_len = 0}, server_port, "/");
    assert_non_null(strstr(strbuf_text(&last.response.body), "Content-Length: 0\n"));
    get("/after"); /* nothing of the earlier requests is left */
    assert_memory_equal(strbuf_text(&last.response.body), "GET /after\n", 11);
    assert_null(strstr(strbuf_text(&last.response.body), "Content-"));
}

static void test_large_body_is_sent_whole(void **state)
{
    (void)state;
    AUTO_FREE char *body = xcalloc(1, 3000001);
    memset(body, 'b', 3000000);
    send_request(&(struct http_request){.method = "POST", .body = body, .body_len = 3000000}, server_port,
                 "/");
    assert_int_equal(last.failed, 0);
    assert_int_equal(strlen(strstr(last.response.body.data, "\n\n") + 2), 3000000);
}

static void test_one_connection_serves_many_requests(void **state)
{
    (void)state;
    connections = 0;
    for (int i = 0; i < 20; i++)
        get("/status/200");
    assert_int_equal(connections, 1);
}

/* A rolling update of the API server: the pooled connection is dead when the next request comes. */
static void test_a_dead_pooled_connection_is_replaced(void **state)
{
    (void)state;
    get("/status/200");
    uint16_t port = server_port;
    stop_server();
    start_server(port);
    get("/status/201");
    assert_int_equal(last.response.status, 201);
}

static void test_redirects_are_not_followed(void **state)
{
    (void)state;
    get("/redirect");
    assert_int_equal(last.response.status, 302);
}

static void check_retry_after(const char *value, long wanted_ms)
{
    AUTO_STRBUF path = {0};
    strbuf_puts(&path, "/status/429?retry=");
    http_escape(&path, value);
    get(path.data);
    if (last.response.retry_after_ms != wanted_ms)
        fail_msg("%s: %ld ms", value, last.response.retry_after_ms);
}

static void test_retry_after(void **state)
{
    (void)state;
    check_retry_after("1", 1000);
    check_retry_after("0", 0);
    check_retry_after("-5", 0);
    check_retry_after("99999999999999999999", DAY_MS);
    check_retry_after("3600", 3600 * 1000);
    check_retry_after("soon", 0);
    check_retry_after("", 0);
    check_retry_after("12 parsecs", 0);
    clock_fix(784111777000 - 5500); /* Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110 */
    check_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 5500);
    check_retry_after("Sun, 06 Nov 1994 08:49:30 GMT", 0);
    check_retry_after("Fri, 31 Dec 1999 23:59:59 GMT", DAY_MS);
    clock_fix(-1);
    get("/echo");
    assert_int_equal(last.response.retry_after_ms, 0);
}

static void test_headers_of_kubernetes(void **state)
{
    (void)state;
    get("/kubernetes");
    assert_string_equal(last.response.content_type, "application/json");
    assert_string_equal(last.response.audit_id, "5e0b1a3c-8a2f-4a57-9d0e-0c7d3f6f2a11");
    assert_string_equal(strbuf_text(&last.response.warnings), "unknown field \"spec.foo\"\nsecond\n");
    get("/status/200");
    assert_string_equal(last.response.audit_id, "");
    assert_string_equal(strbuf_text(&last.response.warnings), "");
}

static void test_body_is_bounded(void **state)
{
    (void)state;
    const char *path = "/stream?status=200&size=1000&count=10";
    send_request(&(struct http_request){.max_bytes = 10000}, server_port, path);
    assert_int_equal(last.failed, 0);
    assert_int_equal(last.response.body.len, 10000);
    send_request(&(struct http_request){.max_bytes = 9999}, server_port, path);
    AUTO_FREE char *wanted = xasprintf("the answer of 127.0.0.1:%u is larger than 9999 bytes", server_port);
    check_failed(wanted);
    get("/status/200"); /* the handle is still good */
    assert_int_equal(last.response.status, 200);
    send_request(&(struct http_request){0}, server_port, "/stream?status=200&size=65536&count=200");
    check_failed("is larger than 8388608 bytes");
}

static void test_refused(void **state)
{
    (void)state;
    uint16_t port;
    close(listen_on_loopback(1, &port));
    send_request(&(struct http_request){0}, port, "/");
    AUTO_FREE char *wanted =
        xasprintf("cannot connect to 127.0.0.1:%u: Connection refused: is the server running?", port);
    check_failed(wanted);
    assert_int_equal(last.response.status, 0);
}

static void test_unknown_host(void **state)
{
    (void)state;
    struct http_request request = {.method = "GET", .url = "http://no-such-host.invalid:6443/"};
    last.failed = http_send(http, &request, &last.response, &last.err);
    check_failed("cannot find the address of no-such-host.invalid:6443: check the name and the DNS");
}

static void test_slow_answer_times_out(void **state)
{
    (void)state;
    int64_t begin = clock_monotonic_ms();
    send_request(&(struct http_request){.timeout_ms = 300}, server_port,
                 "/stream?status=200&size=1&count=1&after=hang");
    AUTO_FREE char *wanted = xasprintf("no complete answer from 127.0.0.1:%u within 0.3 s", server_port);
    check_failed(wanted);
    assert_in_range(clock_monotonic_ms() - begin, 290, 3000);
}

/* Whoever always sends a little more is no better than who sends nothing. */
static void test_trickling_answer_times_out(void **state)
{
    (void)state;
    send_request(&(struct http_request){.timeout_ms = 500}, server_port,
                 "/stream?status=200&size=1&count=1000000&pause=50");
    AUTO_FREE char *wanted = xasprintf("no complete answer from 127.0.0.1:%u within 0.5 s", server_port);
    check_failed(wanted);
}

static void *stop_soon(void *flag)
{
    usleep(200000);
    __atomic_store_n((volatile int *)flag, 1, __ATOMIC_RELAXED);
    return NULL;
}

static void test_request_ended_by_stop(void **state)
{
    (void)state;
    volatile int stop = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, stop_soon, (void *)(uintptr_t)&stop);
    send_request(&(struct http_request){.stop = &stop, .timeout_ms = 60000}, server_port,
                 "/stream?status=200&size=10&count=1&after=hang");
    pthread_join(thread, NULL);
    AUTO_FREE char *wanted = xasprintf("the request to 127.0.0.1:%u was broken off", server_port);
    check_failed(wanted);
    stop = 0;
    send_request(&(struct http_request){.stop = &stop}, server_port, "/status/200");
    assert_int_equal(last.failed, 0);
    assert_int_equal(last.response.status, 200);
}

/* Linux drops what comes after the backlog is full: the connection neither opens nor fails. */
static void test_connecting_times_out(void **state)
{
    (void)state;
    uint16_t port;
    int filler[4], fd = listen_on_loopback(0, &port);
    struct sockaddr_in address = loopback(port);
    for (size_t i = 0; i < COUNT_OF(filler); i++) {
        filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(filler[i], (struct sockaddr *)&address, sizeof address);
    }
    send_request(&(struct http_request){.connect_timeout_ms = 300}, port, "/");
    AUTO_FREE char *wanted = xasprintf("no connection to 127.0.0.1:%u within 0.3 s", port);
    check_failed(wanted);
    for (size_t i = 0; i < COUNT_OF(filler); i++)
        close(filler[i]);
    close(fd);
}

static void check_rude(const char *bytes, const char *wanted)
{
    struct rude rude = {.bytes = bytes};
    uint16_t port;
    rude.fd = listen_on_loopback(1, &port);
    pthread_create(&rude.thread, NULL, serve_rudely, &rude);
    send_request(&(struct http_request){0}, port, "/");
    pthread_join(rude.thread, NULL);
    close(rude.fd);
    check_failed(wanted);
    AUTO_FREE char *peer = xasprintf("127.0.0.1:%u", port);
    assert_non_null(strstr(last.err.text, peer));
}

static void test_broken_answers(void **state)
{
    (void)state;
    check_rude("", "Empty reply from server");
    check_rude("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "96 bytes remaining to read");
    check_rude("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf",
               "outstanding read data remaining");
    check_rude("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", "request to");
    check_rude("SSH-2.0-OpenSSH_9.2\r\n", "HTTP/0.9");
    check_rude("HTTP/1.1 20", "request to");
}

static void check_rejected(const struct http_request *request, const char *wanted)
{
    struct error err;
    assert_int_equal(http_send(http, request, &last.response, &err), -1);
    assert_int_equal(err.kind, ERROR_REJECT);
    if (!strstr(err.text, wanted))
        fail_msg("\"%s\" does not say \"%s\"", err.text, wanted);
}

static void test_what_cannot_be_sent(void **state)
{
    (void)state;
    static const char *const split[] = {"Authorization: Bearer secret\r\nX-Evil: 1", NULL};
    AUTO_FREE char *url = url_of(server_port, "/");
    check_rejected(&(struct http_request){.method = "GET", .url = url, .headers = split},
                   "HTTP header \"Authorization\" holds a line break");
    check_rejected(&(struct http_request){.method = "GET", .url = "127.0.0.1:6443"},
                   "\"127.0.0.1:6443\" is no URL");
    check_rejected(&(struct http_request){.method = "GET", .url = ""}, "is no URL");
    check_rejected(&(struct http_request){.method = "GET", .url = "http://"}, "is no URL");
    check_rejected(&(struct http_request){.method = "GET", .url = "file:///etc/passwd"}, "is no URL of http");
    check_rejected(&(struct http_request){.method = "GET", .url = "http://a b/"}, "is no URL");
    get("/status/200");
}

static void test_other_protocols_are_refused(void **state)
{
    (void)state;
    struct http_request request = {.method = "GET", .url = "ftp://127.0.0.1/x"};
    last.failed = http_send(http, &request, &last.response, &last.err);
    check_failed("not supported");
}

static void test_proxy_of_the_environment(void **state)
{
    (void)state;
    AUTO_FREE char *proxy = url_of(server_port, "");
    struct http_request request = {.method = "GET", .url = "http://far.invalid/x"};
    setenv("http_proxy", proxy, 1);
    assert_int_equal(http_send(http, &request, &last.response, &last.err), 0);
    assert_non_null(strstr(strbuf_text(&last.response.body), "Host: far.invalid\n"));
    uint16_t port;
    close(listen_on_loopback(1, &port));
    AUTO_FREE char *closed = url_of(port, "");
    setenv("http_proxy", closed, 1);
    last.failed = http_send(http, &request, &last.response, &last.err);
    check_failed("cannot connect to far.invalid:80 through the proxy of the environment: ");
    setenv("no_proxy", "127.0.0.1", 1);
    get("/status/200");
    unsetenv("http_proxy");
    unsetenv("no_proxy");
}

/* ---- streams ---- */

struct taken {
    size_t bytes, calls, end_after_calls, heads;
};

static int take_data(void *context, const char *bytes, size_t len)
{
    struct taken *taken = context;
    if (len == 0) {
        assert_int_equal(taken->bytes, 0); /* before the first byte */
        taken->heads++;
        return 0;
    }
    taken->bytes += len;
    taken->calls++;
    assert_int_equal(bytes[0], 'x');
    return taken->end_after_calls && taken->calls >= taken->end_after_calls ? -1 : 0;
}

static struct taken stream_from(const char *query, size_t end_after_calls, long idle_ms,
                                const volatile int *stop)
{
    struct taken taken = {.end_after_calls = end_after_calls};
    AUTO_FREE char *path = xasprintf("/stream?status=200&%s", query);
    AUTO_FREE char *url = url_of(server_port, path);
    struct http_request request = {
        .method = "GET", .url = url, .timeout_ms = 1, .max_bytes = 10, .stop = stop};
    memset(&last.err, 0, sizeof last.err);
    last.failed = http_stream(http, &request, idle_ms, take_data, &taken, &last.response, &last.err);
    return taken;
}

static void test_stream_until_the_server_ends_it(void **state)
{
    (void)state;
    struct taken taken = stream_from("size=1000&count=5&pause=40", 0, 5000, NULL);
    assert_int_equal(last.failed, 0);
    assert_int_equal(taken.bytes, 5000);
    assert_in_range(taken.calls, 3, 5); /* piece by piece, not at the end */
    assert_int_equal(taken.heads, 1);
    assert_int_equal(last.response.status, 200);
    assert_int_equal(last.response.body.len, 0);
}

static void test_stream_of_any_length(void **state)
{
    (void)state;
    struct taken taken = stream_from("size=65536&count=400", 0, 5000, NULL);
    assert_int_equal(last.failed, 0);
    assert_int_equal(taken.bytes, 400 * 65536);
}

static void test_stream_ended_by_its_reader(void **state)
{
    (void)state;
    int64_t begin = clock_monotonic_ms();
    struct taken taken = stream_from("size=10&count=1000&pause=10", 3, 5000, NULL);
    assert_int_equal(last.failed, 0);
    assert_int_equal(taken.calls, 3);
    assert_true(clock_monotonic_ms() - begin < 3000);
    get("/status/200");
}

static void test_stream_ended_by_stop(void **state)
{
    (void)state;
    volatile int stop = 0;
    pthread_t thread;
    int64_t begin = clock_monotonic_ms();
    pthread_create(&thread, NULL, stop_soon, (void *)(uintptr_t)&stop);
    struct taken taken = stream_from("size=10&count=1&after=hang", 0, 0, &stop);
    pthread_join(thread, NULL);
    assert_int_equal(last.failed, 0);
    assert_int_equal(taken.bytes, 10);
    assert_in_range(clock_monotonic_ms() - begin, 190, 2500);
}

static void test_stream_stopped_before_it_began(void **state)
{
    (void)state;
    volatile int stop = 1;
    struct taken taken = stream_from("size=10&count=1&after=hang", 0, 0, &stop);
    assert_int_equal(last.failed, 0);
    assert_int_equal(taken.calls, 0);
    assert_int_equal(last.response.status, 0);
}

static void test_silent_stream_is_ended(void **state)
{
    (void)state;
    int64_t begin = clock_monotonic_ms();
    struct taken taken = stream_from("size=10&count=2&pause=20&after=hang", 0, 400, NULL);
    AUTO_FREE char *wanted = xasprintf("127.0.0.1:%u sent nothing for 400 ms", server_port);
    check_failed(wanted);
    assert_int_equal(taken.bytes, 20);
    assert_in_range(clock_monotonic_ms() - begin, 400, 3000);
}

/* Slow is not silent: each byte starts the wait anew. */
static void test_slow_stream_goes_on(void **state)
{
    (void)state;
    struct taken taken = stream_from("size=1&count=12&pause=250", 0, 1500, NULL);
    assert_int_equal(last.failed, 0);
    assert_int_equal(taken.bytes, 12);
}

static void test_stream_cut_in_the_middle(void **state)
{
    (void)state;
    struct taken taken = stream_from("size=10&count=2&after=break", 0, 5000, NULL);
    check_failed("outstanding read data remaining");
    assert_int_equal(taken.bytes, 20);
}

static void test_only_success_is_streamed(void **state)
{
    (void)state;
    struct taken taken = {0};
    AUTO_FREE char *url = url_of(server_port, "/status/410?retry=2");
    struct http_request request = {.method = "GET", .url = url};
    assert_int_equal(http_stream(http, &request, 5000, take_data, &taken, &last.response, &last.err), 0);
    assert_int_equal(taken.calls + taken.heads, 0);
    assert_int_equal(last.response.status, 410);
    assert_int_equal(last.response.retry_after_ms, 2000);
    assert_string_equal(strbuf_text(&last.response.body), "the reason");
    AUTO_FREE char *large = url_of(server_port, "/stream?status=500&size=1000&count=100");
    request = (struct http_request){.method = "GET", .url = large, .max_bytes = 5000};
    last.failed = http_stream(http, &request, 5000, take_data, &taken, &last.response, &last.err);
    check_failed("is larger than 5000 bytes");
    assert_int_equal(taken.calls, 0);
}

static void test_escape(void **state)
{
    (void)state;
    AUTO_STRBUF out = {0};
    strbuf_puts(&out, "/pods/");
    http_escape(&out, "AZaz09-._~");
    http_escape(&out, "a b/c?d=e&f%g+\"\n\xC3\xA4");
    assert_string_equal(out.data, "/pods/AZaz09-._~a%20b%2Fc%3Fd%3De%26f%25g%2B%22%0A%C3%A4");
    strbuf_clear(&out);
    http_escape(&out, "");
    assert_int_equal(out.len, 0);
}

static void test_close_and_free_accept_nothing(void **state)
{
    (void)state;
    struct http_response response = {0};
    http_close(NULL);
    http_response_free(&response);
    http_response_free(&response);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_status_is_an_answer),
        TEST(test_request_as_it_was_asked_for),
        TEST(test_methods),
        TEST(test_large_body_is_sent_whole),
        TEST(test_one_connection_serves_many_requests),
        TEST(test_a_dead_pooled_connection_is_replaced),
        TEST(test_redirects_are_not_followed),
        TEST(test_retry_after),
        TEST(test_headers_of_kubernetes),
        TEST(test_body_is_bounded),
        TEST(test_refused),
        TEST(test_unknown_host),
        TEST(test_slow_answer_times_out),
        TEST(test_trickling_answer_times_out),
        TEST(test_request_ended_by_stop),
        TEST(test_connecting_times_out),
        TEST(test_broken_answers),
        TEST(test_what_cannot_be_sent),
        TEST(test_other_protocols_are_refused),
        TEST(test_proxy_of_the_environment),
        TEST(test_stream_until_the_server_ends_it),
        TEST(test_stream_of_any_length),
        TEST(test_stream_ended_by_its_reader),
        TEST(test_stream_ended_by_stop),
        TEST(test_stream_stopped_before_it_began),
        TEST(test_silent_stream_is_ended),
        TEST(test_slow_stream_goes_on),
        TEST(test_stream_cut_in_the_middle),
        TEST(test_only_success_is_streamed),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_close_and_free_accept_nothing),
    };
    static const char *const proxies[] = {"http_proxy", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"};
    for (size_t i = 0; i < COUNT_OF(proxies); i++)
        unsetenv(proxies[i]);
    signal(SIGPIPE, SIG_IGN);
    http_start();
    return cmocka_run_group_tests_name("common/base/http", tests, NULL, NULL);
}
