/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP over TLS, against a server in this process whose certificates are made here. */
#include <signal.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/http.h"
#include "tests/unit/identity.h"
#include "tests/unit/tls_server.h"
#include "tests/unit/unit.h"

/* Answers a request with what the server knows of its client: "sni=… client=…" and the request itself. */
static int answer(SSL *ssl)
{
    char request[4096];
    int len = SSL_read(ssl, request, sizeof request - 1);
    if (len <= 0)
        return 0;
    request[len] = '\0';
    const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    X509 *peer = SSL_get1_peer_certificate(ssl);
    char name[64] = "";
    if (peer)
        X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, name, sizeof name);
    X509_free(peer);
    AUTO_FREE char *body = xasprintf("sni=%s client=%s\n%s", sni ? sni : "", name, request);
    AUTO_FREE char *reply = xasprintf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
    return SSL_write(ssl, reply, (int)strlen(reply)) > 0;
}

/* ---- the client's side ---- */

static struct identity ca, other_ca, web;
static struct server server;
static struct http *http;
static struct http_response response;
static struct error err;

static int get(const struct http_tls *tls)
{
    AUTO_FREE char *url = xasprintf("https://127.0.0.1:%u/version", server.port);
    struct http_request request = {.method = "GET", .url = url, .tls = tls};
    memset(&err, 0, sizeof err);
    return http_send(http, &request, &response, &err);
}

static void check_trusted(const struct http_tls *tls)
{
    if (get(tls))
        fail_msg("%s", err.text);
    assert_int_equal(response.status, 200);
}

static void check_failed(const struct http_tls *tls, const char *wanted)
{
    AUTO_FREE char *peer = xasprintf("127.0.0.1:%u", server.port);
    if (get(tls) == 0)
        fail_msg("trusted");
    assert_int_equal(err.kind, ERROR_RETRY);
    if (!strstr(err.text, wanted) || !strstr(err.text, peer))
        fail_msg("\"%s\" does not say \"%s\"", err.text, wanted);
}

/* Another certificate for the server from now on. */
static void serve(const struct identity *identity, const struct identity *client_ca)
{
    server_stop(&server);
    server_start(&server, identity, client_ca, answer);
}

static int setup(void **state)
{
    (void)state;
    server_start(&server, &web, NULL, answer);
    http = http_open("aegiops-test/1");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    http_close(http);
    http_response_free(&response);
    server_stop(&server);
    return 0;
}

static void test_own_authority(void **state)
{
    (void)state;
    check_trusted(&(struct http_tls){.ca_pem = ca.cert_pem});
    AUTO_FREE char *bundle = xasprintf("%s%s", other_ca.cert_pem, ca.cert_pem);
    check_trusted(&(struct http_tls){.ca_pem = bundle});
}

static void test_unknown_authority(void **state)
{
    (void)state;
    check_failed(&(struct http_tls){.ca_pem = other_ca.cert_pem}, "is from an unknown authority");
    check_failed(&(struct http_tls){0}, "is from an unknown authority");
    check_failed(NULL, "is from an unknown authority");
}

/* The pooled connection was opened under another trust: it must not be used. */
static void test_trust_is_not_carried_over(void **state)
{
    (void)state;
    check_trusted(&(struct http_tls){.ca_pem = ca.cert_pem});
    check_failed(&(struct http_tls){.ca_pem = other_ca.cert_pem}, "is from an unknown authority");
    check_trusted(&(struct http_tls){.insecure = 1});
    check_failed(NULL, "is from an unknown authority");
    check_trusted(&(struct http_tls){.ca_pem = ca.cert_pem});
}

static void test_authority_that_is_no_pem(void **state)
{
    (void)state;
    check_failed(&(struct http_tls){.ca_pem = "not a certificate"}, "must be PEM");
    check_failed(&(struct http_tls){.ca_pem = ""}, "must be PEM");
}

static void test_certificate_out_of_time(void **state)
{
    (void)state;
    struct identity expired = make_identity("old", "IP:127.0.0.1", &ca, -10, -1);
    struct identity early = make_identity("new", "IP:127.0.0.1", &ca, 1, 10);
    serve(&expired, NULL);
    check_failed(&(struct http_tls){.ca_pem = ca.cert_pem}, "has expired: renew it");
    serve(&early, NULL);
    check_failed(&(struct http_tls){.ca_pem = ca.cert_pem}, "is not valid yet: check the clocks");
    identity_free(&expired);
    identity_free(&early);
}

static void test_server_name(void **state)
{
    (void)state;
    struct identity kubernetes =
        make_identity("kubernetes", "DNS:kubernetes,DNS:kubernetes.default.svc", &ca, -1, 10);
    AUTO_FREE char *host = NULL;
    serve(&kubernetes, NULL);
    check_failed(&(struct http_tls){.ca_pem = ca.cert_pem}, "is for another name: ");
    check_trusted(&(struct http_tls){.ca_pem = ca.cert_pem, .server_name = "kubernetes"});
    assert_memory_equal(response.body.data, "sni=kubernetes client=\n", 23);
    host = xasprintf("\r\nHost: 127.0.0.1:%u\r\n", server.port);
    assert_non_null(strstr(response.body.data, host));
    assert_non_null(strstr(response.body.data, "GET /version HTTP/1.1\r\n"));
    check_failed(&(struct http_tls){.ca_pem = ca.cert_pem, .server_name = "kubernetes.default"},
                 "is for another name: ");
    check_failed(&(struct http_tls){.ca_pem = other_ca.cert_pem, .server_name = "kubernetes"},
                 "is from an unknown authority");
    assert_int_equal(get(&(struct http_tls){.ca_pem = ca.cert_pem, .server_name = "no name"}), -1);
    assert_int_equal(err.kind, ERROR_REJECT);
    assert_non_null(strstr(err.text, "\"no name\" is no server name"));
    identity_free(&kubernetes);
}

static void test_refused_under_a_server_name(void **state)
{
    (void)state;
    server_stop(&server);
    check_failed(&(struct http_tls){.ca_pem = ca.cert_pem, .server_name = "kubernetes"},
                 "Connection refused: is the server running?");
    server_start(&server, &web, NULL, answer);
}

static void test_insecure_where_told_so(void **state)
{
    (void)state;
    struct identity expired = make_identity("old", "DNS:elsewhere", &other_ca, -10, -1);
    serve(&expired, NULL);
    check_trusted(&(struct http_tls){.insecure = 1});
    identity_free(&expired);
}

static void test_client_certificate(void **state)
{
    (void)state;
    struct identity admin = make_identity("kubernetes-admin", NULL, &ca, -1, 10);
    struct identity stranger = make_identity("stranger", NULL, &other_ca, -1, 10);
    serve(&web, &ca);
    check_failed(&(struct http_tls){.ca_pem = ca.cert_pem}, "certificate required");
    check_failed(
        &(struct http_tls){.ca_pem = ca.cert_pem, .cert_pem = stranger.cert_pem, .key_pem = stranger.key_pem},
        "unknown ca");
    check_failed(
        &(struct http_tls){.ca_pem = ca.cert_pem, .cert_pem = admin.cert_pem, .key_pem = stranger.key_pem},
        "the client certificate or key given for ");
    check_failed(&(struct http_tls){.ca_pem = ca.cert_pem, .cert_pem = "x", .key_pem = "y"},
                 "the client certificate or key given for ");
    check_trusted(
        &(struct http_tls){.ca_pem = ca.cert_pem, .cert_pem = admin.cert_pem, .key_pem = admin.key_pem});
    assert_memory_equal(response.body.data, "sni= client=kubernetes-admin\n", 29);
    identity_free(&admin);
    identity_free(&stranger);
}

static void *answer_in_plain_text(void *context)
{
    char hello[1024];
    int client = accept(*(int *)context, NULL, NULL);
    if (client >= 0 && read(client, hello, sizeof hello) > 0 &&
        write(client, "HTTP/1.1 400 Bad\r\n\r\n", 20) > 0)
        shutdown(client, SHUT_RDWR);
    close(client);
    return NULL;
}

static void test_a_server_without_tls(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t thread;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    getsockname(fd, (struct sockaddr *)&address, &len);
    pthread_create(&thread, NULL, answer_in_plain_text, &fd);
    AUTO_FREE char *url = xasprintf("https://127.0.0.1:%u/", ntohs(address.sin_port));
    struct http_request request = {.method = "GET", .url = url};
    assert_int_equal(http_send(http, &request, &response, &err), -1);
    assert_memory_equal(err.text, "no TLS with 127.0.0.1:", 22);
    assert_non_null(strstr(err.text, "does it speak https?"));
    pthread_join(thread, NULL);
    close(fd);
}

static int take_data(void *context, const char *bytes, size_t len)
{
    strbuf_add(context, bytes, len);
    return 0;
}

static void test_stream_over_tls(void **state)
{
    (void)state;
    AUTO_STRBUF got = {0};
    AUTO_FREE char *url = xasprintf("https://127.0.0.1:%u/watch", server.port);
    struct http_tls tls = {.ca_pem = ca.cert_pem};
    struct http_request request = {.method = "GET", .url = url, .tls = &tls};
    assert_int_equal(http_stream(http, &request, 5000, take_data, &got, &response, &err), 0);
    assert_non_null(strstr(strbuf_text(&got), "GET /watch HTTP/1.1\r\n"));
}

/* The protocols that the client offers (RFC 7301: each behind its length); the server takes none of them. */
static int note_protocols(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                          const unsigned char *in, unsigned len, void *context)
{
    (void)ssl, (void)out, (void)out_len;
    strbuf_clear(context);
    strbuf_add(context, in, len);
    return SSL_TLSEXT_ERR_NOACK;
}

static void test_http2_where_it_is_asked_for(void **state)
{
    (void)state;
    AUTO_STRBUF offered = {0};
    AUTO_FREE char *url = xasprintf("https://127.0.0.1:%u/version", server.port);
    struct http_tls tls = {.ca_pem = ca.cert_pem};
    struct http_request request = {.method = "GET", .url = url, .tls = &tls, .http2 = 1};
    SSL_CTX_set_alpn_select_cb(server.tls, note_protocols, &offered);
    assert_int_equal(http_send(http, &request, &response, &err), 0);
    assert_non_null(strstr(strbuf_text(&offered), "\002h2"));
    assert_non_null(strstr(strbuf_text(&response.body), "GET /version HTTP/1.1\r\n"));
    http_close(http); /* and with it the connection */
    http = http_open("aegiops-test/1");
    check_trusted(&tls);
    assert_string_equal(strbuf_text(&offered), "\010http/1.1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_own_authority),
        TEST(test_unknown_authority),
        TEST(test_trust_is_not_carried_over),
        TEST(test_authority_that_is_no_pem),
        TEST(test_certificate_out_of_time),
        TEST(test_server_name),
        TEST(test_refused_under_a_server_name),
        TEST(test_insecure_where_told_so),
        TEST(test_client_certificate),
        TEST(test_a_server_without_tls),
        TEST(test_stream_over_tls),
        TEST(test_http2_where_it_is_asked_for),
    };
    static const char *const proxies[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < COUNT_OF(proxies); i++)
        unsetenv(proxies[i]);
    signal(SIGPIPE, SIG_IGN);
    http_start();
    ca = make_identity("test authority", NULL, NULL, -1, 10);
    other_ca = make_identity("another authority", NULL, NULL, -1, 10);
    web = make_identity("web", "IP:127.0.0.1", &ca, -1, 10);
    int failed = cmocka_run_group_tests_name("common/base/http_tls", tests, NULL, NULL);
    identity_free(&ca);
    identity_free(&other_ca);
    identity_free(&web);
    return failed;
}
