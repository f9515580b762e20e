/* SPDX-License-Identifier: Apache-2.0 */
/* A call over TLS: a key goes to nobody whose certificate is not good. */
#include "brain/model/call.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "tests/unit/identity.h"
#include "tests/unit/tls_server.h"

#define KEY "AQ.Ab8RN6JtheKeyThatNobodyMaySee"

static struct identity ca, other_ca, web, elsewhere;
static struct server server;
static char request[8192]; /* the last that the server read */
static char *ca_file;

static int answer(SSL *ssl)
{
    static const char reply[] =
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"good\"}]},\"finishReason\":\"STOP\"}]}";
    int len = SSL_read(ssl, request, sizeof request - 1);
    if (len <= 0)
        return 0;
    request[len] = '\0';
    AUTO_FREE char *whole = xasprintf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                                      sizeof reply - 1, reply);
    SSL_write(ssl, whole, (int)strlen(whole));
    return 0;
}

/* Asks a server that has this certificate; ca_pem: whom gemini.ca_file names, NULL = the system's own. */
static struct heard ask(const struct identity *identity, const char *ca_pem)
{
    server_start(&server, identity, NULL, answer);
    AUTO_FREE char *url = xasprintf("https://127.0.0.1:%u", server.port);
    FILE *file = fopen(ca_file, "we");
    fputs(ca_pem ? ca_pem : "", file);
    fclose(file);
    struct model_options options = {.base_url = url,
                                    .api_key = (char *)(uintptr_t)KEY,
                                    .ca_file = ca_pem ? ca_file : (char *)(uintptr_t) ""};
    AUTO_JSON *schema = json_object();
    struct call call = {.model = "m", .system = "s", .text = "t", .schema = schema, .answer_tokens_most = 1};
    struct heard heard = {0};
    struct endpoint *endpoint = endpoint_new(&options);
    struct http *http = http_open("aegiops-test/1");
    request[0] = '\0';
    call_send(endpoint, http, &call, 5000, &heard);
    http_close(http);
    endpoint_free(endpoint);
    server_stop(&server);
    return heard;
}

static void check_refused(const struct identity *identity, const char *ca_pem, const char *wanted)
{
    AUTO_HEARD heard = ask(identity, ca_pem);
    assert_int_equal(heard.result, CALL_UNREACHABLE);
    if (!strstr(heard.err.text, wanted))
        fail_msg("\"%s\" does not say \"%s\"", heard.err.text, wanted);
    assert_string_equal(request, "");
}

static void an_authority_of_ones_own(void **state)
{
    (void)state;
    AUTO_HEARD heard = ask(&web, ca.cert_pem);
    if (heard.result != CALL_OK)
        fail_msg("%s", heard.err.text);
    assert_non_null(strstr(request, "POST /v1beta/models/m:generateContent HTTP/1.1\r\n"));
    assert_non_null(strstr(request, "x-goog-api-key: " KEY "\r\n"));
}

static void who_is_not_trusted_gets_no_key(void **state)
{
    (void)state;
    check_refused(&web, NULL, "is from an unknown authority");
    check_refused(&web, other_ca.cert_pem, "is from an unknown authority");
    check_refused(&elsewhere, ca.cert_pem, "is for another name");
    check_refused(&web, "no PEM", "must be PEM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_authority_of_ones_own),
        cmocka_unit_test(who_is_not_trusted_gets_no_key),
    };
    static const char *const proxies[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < COUNT_OF(proxies); i++)
        unsetenv(proxies[i]);
    signal(SIGPIPE, SIG_IGN);
    http_start();
    char folder[] = "/tmp/aegiops-call-XXXXXX";
    assert_non_null(mkdtemp(folder));
    ca_file = xasprintf("%s/ca.pem", folder);
    ca = make_identity("test authority", NULL, NULL, -1, 10);
    other_ca = make_identity("another authority", NULL, NULL, -1, 10);
    web = make_identity("web", "IP:127.0.0.1", &ca, -1, 10);
    elsewhere = make_identity("elsewhere", "DNS:generativelanguage.googleapis.com", &ca, -1, 10);
    int failed = cmocka_run_group_tests_name("brain/model/call", tests, NULL, NULL);
    struct identity *all[] = {&ca, &other_ca, &web, &elsewhere};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        identity_free(all[i]);
    unlink(ca_file);
    rmdir(folder);
    free(ca_file);
    return failed;
}
