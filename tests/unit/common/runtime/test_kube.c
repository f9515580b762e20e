/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to an API server: what it gets to see, and what we say about its answers. */
#include "common/runtime/kube.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/http.h"
#include "common/runtime/kube_config.h"
#include "tests/unit/identity.h"
#include "tests/unit/mangle.h"
#include "tests/unit/tls_server.h"
#include "tests/unit/unit.h"

#define STATUS(code, message)                                                                                \
    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"code\":" code ",\"message\":\"" message "\"}"

static char folder[] = "/tmp/aegiops-kube-XXXXXX";
static struct identity ca, other_ca, web, named, kim;
static struct server server;
static struct kube_config *config;
static struct kube *kube;
static struct http_response response;
static struct error err;

/* What the server does with each request, and the requests that it got. One client, one request at a time. */
static struct {
    const char *head, *body; /* of the answer: "200 OK\r\nName: value" */
    const char *token;       /* only this one is accepted; NULL = no matter */
    int keep_open;           /* the answer has no end */
    int count;
    char seen[4096];
} world;

static int is_authorized(const char *request)
{
    AUTO_FREE char *line = xasprintf("\r\nAuthorization: Bearer %s\r\n", world.token ? world.token : "");
    return !world.token || strstr(request, line);
}

/* Reads on until the body that the head announces is there. */
static int read_request(SSL *ssl)
{
    size_t len = 0, wanted = 0;
    const char *end = NULL;
    while (!end || len < (size_t)(end - world.seen) + 4 + wanted) {
        int count = SSL_read(ssl, world.seen + len, (int)(sizeof world.seen - 1 - len));
        if (count <= 0)
            return 0;
        len += (size_t)count;
        world.seen[len] = '\0';
        end = strstr(world.seen, "\r\n\r\n");
        const char *announced = strstr(world.seen, "Content-Length: ");
        wanted = announced ? strtoul(announced + strlen("Content-Length: "), NULL, 10) : 0;
    }
    return 1;
}

static int answer(SSL *ssl)
{
    if (!read_request(ssl))
        return 0;
    world.count++;
    int authorized = is_authorized(world.seen);
    const char *head = authorized ? world.head : "401 Unauthorized";
    const char *body = authorized ? world.body : STATUS("401", "Unauthorized");
    AUTO_FREE char *reply =
        world.keep_open && authorized
            ? xasprintf("HTTP/1.1 %s\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n%s\r\n", head, strlen(body),
                        body)
            : xasprintf("HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", head, strlen(body), body);
    return SSL_write(ssl, reply, (int)strlen(reply)) > 0;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static int set_up_all(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    http_start();
    ca = make_identity("ca", NULL, NULL, -1, 1);
    other_ca = make_identity("other ca", NULL, NULL, -1, 1);
    web = make_identity("web", "IP:127.0.0.1", &ca, -1, 1);
    named = make_identity("web", "DNS:kubernetes", &ca, -1, 1);
    kim = make_identity("kim", NULL, &ca, -1, 1);
    return !mkdtemp(folder) || chdir(folder);
}

static int tear_down_all(void **state)
{
    struct identity *all[] = {&ca, &other_ca, &web, &named, &kim};
    AUTO_FREE char *command = xasprintf("rm -r %s", folder);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(all); i++)
        identity_free(all[i]);
    http_response_free(&response);
    return system(command);
}

/* A server with this identity, and a kubeconfig for it with these lines about the cluster and the user. */
static void begin(const struct identity *identity, const struct identity *client_ca, const char *cluster,
                  const char *user)
{
    memset(&world, 0, sizeof world);
    memset(&err, 0, sizeof err);
    world.head = "200 OK";
    world.body = "{}";
    server_start(&server, identity, client_ca, answer);
    write_file("ca.crt", ca.cert_pem);
    write_file("kim.crt", kim.cert_pem);
    write_file("kim.key", kim.key_pem);
    AUTO_FREE char *text =
        xasprintf("current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n"
                  "clusters: [{name: k, cluster: {server: 'https://127.0.0.1:%u', %s}}]\n"
                  "users: [{name: u, user: {%s}}]\n",
                  server.port, cluster, user);
    write_file("config", text);
    config = kubeconfig_read((const char *const[]){"config", NULL}, "", &err);
    if (!config)
        fail_msg("%s", err.text);
    kube = kube_open(config, "aegiops-observer/1.0");
}

static int tear_down(void **state)
{
    (void)state;
    kube_close(kube);
    kube_config_free(config);
    server_stop(&server);
    return 0;
}

static void begin_trusted(void)
{
    begin(&web, NULL, "certificate-authority: ca.crt", "token: abc");
}

static int get(const char *path)
{
    return kube_send(kube, &(struct kube_request){.method = "GET", .path = path}, &response, &err);
}

static void check_seen(const char *text)
{
    if (!strstr(world.seen, text))
        fail_msg("\"%s\" is not in: %s", text, world.seen);
}

static void check_failed(int failed, enum error_kind kind, const char *words)
{
    if (!failed)
        fail_msg("went well, though: %s", words);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
    assert_int_equal(err.kind, kind);
}

static void a_read_says_who_we_are(void **state)
{
    (void)state;
    begin_trusted();
    world.body = "{\"kind\":\"PodList\"}";
    assert_int_equal(get("/api/v1/pods?limit=500"), 0);
    assert_int_equal(response.status, 200);
    assert_string_equal(strbuf_text(&response.body), "{\"kind\":\"PodList\"}");
    check_seen("GET /api/v1/pods?limit=500 HTTP/1.1\r\n");
    check_seen("\r\nUser-Agent: aegiops-observer/1.0\r\n");
    check_seen("\r\nAccept: application/json\r\n");
    check_seen("\r\nAuthorization: Bearer abc\r\n");
    assert_null(strstr(world.seen, "Content-Type"));
}

static void a_write_carries_its_body(void **state)
{
    (void)state;
    begin_trusted();
    struct kube_request request = {.method = "PATCH",
                                   .path = "/apis/apps/v1/namespaces/shop/deployments/web?dryRun=All",
                                   .accept = "application/vnd.kubernetes.protobuf",
                                   .content_type = "application/json-patch+json",
                                   .body = "[{}]trailing",
                                   .body_len = 4};
    world.head = "201 Created\r\nAudit-Id: 4711\r\nWarning: 299 - \"deprecated\"";
    assert_int_equal(kube_send(kube, &request, &response, &err), 0);
    assert_string_equal(response.audit_id, "4711");
    assert_string_equal(strbuf_text(&response.warnings), "deprecated\n");
    check_seen("PATCH /apis/apps/v1/namespaces/shop/deployments/web?dryRun=All HTTP/1.1\r\n");
    check_seen("\r\nContent-Type: application/json-patch+json\r\n");
    check_seen("\r\nAccept: application/vnd.kubernetes.protobuf\r\n");
    check_seen("\r\n\r\n[{}]");
    assert_null(strstr(world.seen, "trailing"));
}

static void refusals_keep_their_words_and_kind(void **state)
{
    static const struct {
        const char *head, *body;
        long status;
        enum error_kind kind;
        const char *words;
    } cases[] = {
        {"404 Not Found", STATUS("404", "pods \\\"web\\\" not found"), 404, ERROR_REJECT,
         "GET /api/v1/pods: 404: pods \"web\" not found"},
        {"403 Forbidden", STATUS("403", "pods is forbidden"), 403, ERROR_REJECT, "403: pods is forbidden"},
        {"409 Conflict", STATUS("409", "the object has been modified"), 409, ERROR_REJECT, "409: the object"},
        {"410 Gone", STATUS("410", "too old resource version"), 410, ERROR_REJECT,
         "410: too old resource version"},
        {"422 Unprocessable Entity", STATUS("422", "is invalid"), 422, ERROR_REJECT, "422: is invalid"},
        {"408 Request Timeout", "", 408, ERROR_RETRY, "GET /api/v1/pods: 408"},
        {"429 Too Many Requests\r\nRetry-After: 3", STATUS("429", "too many requests"), 429, ERROR_RETRY,
         "429: too many"},
        {"500 Internal Server Error", "rpc error\n", 500, ERROR_RETRY, "500: rpc error"},
        {"503 Service Unavailable", "<html>proxy</html>", 503, ERROR_RETRY, "503: <html>proxy</html>"},
        {"302 Found\r\nLocation: /login", "", 302, ERROR_REJECT, "GET /api/v1/pods: 302"},
    };
    (void)state;
    begin_trusted();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        world.head = cases[i].head;
        world.body = cases[i].body;
        check_failed(get("/api/v1/pods?limit=500"), cases[i].kind, cases[i].words);
        assert_int_equal(err.status, cases[i].status);
        assert_int_equal(err.retry_after_ms, cases[i].status == 429 ? 3000 : 0);
        assert_string_equal(strbuf_text(&response.body), cases[i].body);
    }
}

static void a_refused_token_says_what_to_do(void **state)
{
    (void)state;
    begin_trusted();
    world.token = "other";
    check_failed(get("/"), ERROR_RETRY,
                 "does not accept the credentials of config (context c): renew its token");
    if (!strstr(err.text, kube_server(config)))
        fail_msg("does not name the server: %s", err.text);
    assert_int_equal(err.status, 401);
    assert_int_equal(world.count, 1); /* the same token again would not do */
    assert_null(strstr(err.text, "abc"));
}

static void no_credentials_are_sent_as_none(void **state)
{
    (void)state;
    begin(&web, NULL, "certificate-authority: ca.crt", "");
    assert_int_equal(get("/version"), 0);
    assert_null(strstr(world.seen, "Authorization"));
    world.token = "any";
    check_failed(get("/"), ERROR_RETRY, "config (context c): it holds none");
}

static void a_renewed_token_is_found_after_401(void **state)
{
    (void)state;
    write_file("token", "old");
    begin(&web, NULL, "certificate-authority: ca.crt", "tokenFile: token");
    world.token = "old";
    assert_int_equal(get("/"), 0);
    world.token = "new";
    write_file("token", "new");
    assert_int_equal(get("/"), 0);
    assert_int_equal(world.count, 3);
    check_seen("Bearer new");
    world.token = "newer"; /* and the file does not have it */
    check_failed(get("/"), ERROR_RETRY, "renew its token");
    assert_int_equal(world.count, 5);
}

static void a_client_certificate_is_shown(void **state)
{
    (void)state;
    begin(&web, &ca, "certificate-authority: ca.crt", "client-certificate: kim.crt, client-key: kim.key");
    if (get("/"))
        fail_msg("%s", err.text);
    assert_null(strstr(world.seen, "Authorization"));
}

static void another_authority_is_not_trusted(void **state)
{
    (void)state;
    begin(&web, NULL, "certificate-authority: ca.crt", "token: abc");
    free(config->ca_pem);
    config->ca_pem = xstrdup(other_ca.cert_pem);
    check_failed(get("/"), ERROR_RETRY, "API server of config (context c): the certificate of 127.0.0.1:");
    assert_non_null(strstr(err.text, "unknown authority"));
    assert_int_equal(world.count, 0);
}

static void another_name_is_not_trusted_unless_it_is_given(void **state)
{
    (void)state;
    begin(&named, NULL, "certificate-authority: ca.crt", "token: abc");
    check_failed(get("/"), ERROR_RETRY, "is for another name");
    assert_int_equal(world.count, 0);
    config->server_name = xstrdup("kubernetes");
    assert_int_equal(get("/"), 0);
}

static void unverified_when_the_kubeconfig_says_so(void **state)
{
    (void)state;
    begin(&named, NULL, "insecure-skip-tls-verify: true", "token: abc");
    assert_int_equal(get("/"), 0);
}

static void no_server_at_all(void **state)
{
    (void)state;
    begin_trusted();
    server_stop(&server);
    AUTO_FREE char *words = xasprintf(
        "API server of config (context c): cannot connect to 127.0.0.1:%u: Connection refused", server.port);
    check_failed(get("/"), ERROR_RETRY, words);
    server_start(&server, &web, NULL, answer);
}

/* ---- streams ---- */

struct heard {
    struct strbuf text;
    volatile int *stop;
};

static int hear(void *context, const char *bytes, size_t len)
{
    struct heard *heard = context;
    strbuf_add(&heard->text, bytes, len);
    if (heard->stop)
        *heard->stop = 1;
    return 0;
}

static int watch(struct heard *heard, long idle_ms, const volatile int *stop)
{
    struct kube_request request = {.method = "GET", .path = "/api/v1/pods?watch=1"};
    return kube_stream(kube, &request, idle_ms, stop, hear, heard, &response, &err);
}

static void a_watch_hears_until_it_is_stopped(void **state)
{
    volatile int stop = 0;
    struct heard heard = {.stop = &stop};
    (void)state;
    begin_trusted();
    world.keep_open = 1;
    world.body = "{\"type\":\"ADDED\"}";
    if (watch(&heard, 60000, &stop))
        fail_msg("%s", err.text);
    assert_string_equal(strbuf_text(&heard.text), world.body);
    check_seen("\r\nAuthorization: Bearer abc\r\n");
    strbuf_free(&heard.text);
}

static void a_silent_watch_ends(void **state)
{
    const volatile int stop = 0;
    struct heard heard = {0};
    (void)state;
    begin_trusted();
    world.keep_open = 1;
    world.body = "x";
    check_failed(watch(&heard, 300, &stop), ERROR_RETRY, "sent nothing for 300 ms");
    strbuf_free(&heard.text);
}

static void a_refused_watch_is_not_heard(void **state)
{
    const volatile int stop = 0;
    struct heard heard = {0};
    (void)state;
    begin_trusted();
    world.head = "410 Gone";
    world.body = STATUS("410", "too old resource version: 1 (2)");
    check_failed(watch(&heard, 60000, &stop), ERROR_REJECT,
                 "GET /api/v1/pods: 410: too old resource version: 1 (2)");
    assert_int_equal(err.status, 410);
    assert_int_equal(heard.text.len, 0);
}

static void a_watch_stopped_before_it_began(void **state)
{
    const volatile int stop = 1;
    struct heard heard = {0};
    (void)state;
    begin_trusted();
    world.keep_open = 1;
    world.body = "x";
    assert_int_equal(watch(&heard, 60000, &stop), 0);
    strbuf_free(&heard.text);
}

static void a_watch_renews_its_token(void **state)
{
    const volatile int stop = 0;
    struct heard heard = {0};
    (void)state;
    write_file("token", "old");
    begin(&web, NULL, "certificate-authority: ca.crt", "tokenFile: token");
    world.token = "new";
    world.body = "{\"type\":\"ADDED\"}";
    write_file("token", "new");
    assert_int_equal(watch(&heard, 60000, &stop), 0);
    assert_string_equal(strbuf_text(&heard.text), world.body);
    strbuf_free(&heard.text);
}

/* ---- kube_error ---- */

/* As kube-apiserver 1.36 answered a GET of a pod that is not there, Accept:
 * application/vnd.kubernetes.protobuf. */
static const char protobuf_status[] = "k8s\0\n\f\n\2v1\22\6Status\22G\n\6\n\0\22\0\32\0\22\7Failure\32\24"
                                      "pods \"nix\" not found\"\10NotFound*\21\n\3nix\22\0\32\4pods(\0"
                                      "2\0"
                                      "0\224\3\32\0\"\0";

static void explain(const char *bytes, size_t len)
{
    struct http_response answered = {.status = 404};
    strbuf_add(&answered.body, bytes, len);
    assert_int_equal(kube_error(&answered, "GET /x", &err), -1);
    assert_memory_equal(err.text, "GET /x: 404", strlen("GET /x: 404"));
    http_response_free(&answered);
}

static void a_status_in_protobuf(void **state)
{
    (void)state;
    explain(protobuf_status, sizeof protobuf_status - 1);
    assert_string_equal(err.text, "GET /x: 404: pods \"nix\" not found");
}

static void bodies_of_any_kind(void **state)
{
    char long_text[4000];
    (void)state;
    explain("", 0);
    assert_string_equal(err.text, "GET /x: 404");
    explain("[1]", 3);
    assert_string_equal(err.text, "GET /x: 404: [1]");
    explain("{\"message\":5}", 13);
    assert_string_equal(err.text, "GET /x: 404: {\"message\":5}");
    explain("k8s\0", 5);
    explain("k8s\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16);
    memset(long_text, 'x', sizeof long_text);
    explain(long_text, sizeof long_text);
    assert_true(strlen(err.text) < 300);
    mangle(protobuf_status, sizeof protobuf_status - 1, 2000, explain);
}

#define ONLINE(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONLINE(a_read_says_who_we_are),
        ONLINE(a_write_carries_its_body),
        ONLINE(refusals_keep_their_words_and_kind),
        ONLINE(a_refused_token_says_what_to_do),
        ONLINE(no_credentials_are_sent_as_none),
        ONLINE(a_renewed_token_is_found_after_401),
        ONLINE(a_client_certificate_is_shown),
        ONLINE(another_authority_is_not_trusted),
        ONLINE(another_name_is_not_trusted_unless_it_is_given),
        ONLINE(unverified_when_the_kubeconfig_says_so),
        ONLINE(no_server_at_all),
        ONLINE(a_watch_hears_until_it_is_stopped),
        ONLINE(a_silent_watch_ends),
        ONLINE(a_refused_watch_is_not_heard),
        ONLINE(a_watch_stopped_before_it_began),
        ONLINE(a_watch_renews_its_token),
        cmocka_unit_test(a_status_in_protobuf),
        cmocka_unit_test(bodies_of_any_kind),
    };
    return cmocka_run_group_tests_name("runtime/kube", tests, set_up_all, tear_down_all);
}
