/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/http.h"

#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/http_error.h"

#define CONNECT_TIMEOUT_MS 5000
#define TIMEOUT_MS 30000
#define KEEPALIVE_IDLE_S 30L /* well below what load balancers forget a connection after (350 s and more) */
#define KEEPALIVE_INTERVAL_S 10L /* nine unanswered probes end it */
#define RETRY_AFTER_MOST_S 86400 /* whoever asks for more than a day means "go away" */
#define WARNINGS_MOST_BYTES 4096 /* what Kubernetes sends at most */

struct http {
    CURL *easy;
    char *user_agent;
    char why[CURL_ERROR_SIZE]; /* libcurl's words on what went wrong */
};

enum ending { ENDING_BY_SERVER, ENDING_BY_US, ENDING_IDLE, ENDING_TOO_LARGE };

/* One request under way. The last four fields are of streams only. */
struct transfer {
    CURL *easy;
    const struct http_request *request;
    struct http_response *response;
    const char *peer; /* "host:port" for messages */
    size_t max_bytes;
    enum ending ending;
    int (*on_data)(void *context, const char *bytes, size_t len);
    void *context;
    long idle_ms;
    int64_t last_byte_ms;
};

static void headers_free(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

static void url_free(CURLU **url)
{
    curl_url_cleanup(*url);
}

#define AUTO_SLIST __attribute__((cleanup(headers_free))) struct curl_slist
#define AUTO_URL __attribute__((cleanup(url_free))) CURLU

/* What fails here only when libcurl was built without it. */
static void must(CURLcode code)
{
    if (code != CURLE_OK)
        abort();
}

/* With our allocators libcurl never runs out of memory, and free() releases its strings. */
void http_start(void)
{
    must(curl_global_init_mem(CURL_GLOBAL_DEFAULT, xmalloc, free, xrealloc, xstrdup, xcalloc));
}

struct http *http_open(const char *user_agent)
{
    struct http *http = xcalloc(1, sizeof(*http));
    http->easy = curl_easy_init();
    must(http->easy ? CURLE_OK : CURLE_FAILED_INIT);
    http->user_agent = xstrdup(user_agent);
    return http;
}

void http_close(struct http *http)
{
    if (!http)
        return;
    curl_easy_cleanup(http->easy);
    free(http->user_agent);
    free(http);
}

void http_response_free(struct http_response *response)
{
    strbuf_free(&response->body);
    strbuf_free(&response->warnings);
    *response = (struct http_response){0};
}

static void response_clear(struct http_response *response)
{
    struct strbuf body = response->body, warnings = response->warnings;
    strbuf_clear(&body);
    strbuf_clear(&warnings);
    *response = (struct http_response){.body = body, .warnings = warnings};
}

static int is_success(const struct transfer *transfer)
{
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status <= 299;
}

/* The body of any other status than 2xx is the server's explanation, and kept. */
static size_t on_body(char *bytes, size_t one, size_t len, void *context)
{
    struct transfer *transfer = context;
    (void)one; /* always 1 */
    if (transfer->on_data && is_success(transfer)) {
        if (transfer->on_data(transfer->context, bytes, len))
            transfer->ending = ENDING_BY_US;
    } else if (len > transfer->max_bytes - transfer->response->body.len)
        transfer->ending = ENDING_TOO_LARGE;
    else
        strbuf_add(&transfer->response->body, bytes, len);
    transfer->last_byte_ms = clock_monotonic_ms();
    return transfer->ending == ENDING_BY_SERVER ? len : CURL_WRITEFUNC_ERROR;
}

/* libcurl calls this with every piece of data, and once a second when there is none. */
static int on_progress(void *context, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
    struct transfer *transfer = context;
    (void)down_all, (void)down, (void)up_all, (void)up;
    if (transfer->request->stop && __atomic_load_n(transfer->request->stop, __ATOMIC_RELAXED))
        transfer->ending = ENDING_BY_US;
    else if (transfer->idle_ms && clock_monotonic_ms() - transfer->last_byte_ms >= transfer->idle_ms)
        transfer->ending = ENDING_IDLE;
    return transfer->ending != ENDING_BY_SERVER;
}

/* Borrows the PEM text: it outlives the request. */
static void set_pem(CURL *easy, CURLoption option, const char *pem)
{
    struct curl_blob blob = {.data = (void *)(uintptr_t)pem, .len = strlen(pem), .flags = CURL_BLOB_NOCOPY};
    must(curl_easy_setopt(easy, option, &blob));
}

static void set_tls(CURL *easy, const struct http_tls *tls)
{
    if (tls->ca_pem) {
        set_pem(easy, CURLOPT_CAINFO_BLOB, tls->ca_pem);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL); /* else the system's folder would be trusted as well */
    }
    if (tls->cert_pem)
        set_pem(easy, CURLOPT_SSLCERT_BLOB, tls->cert_pem);
    if (tls->key_pem)
        set_pem(easy, CURLOPT_SSLKEY_BLOB, tls->key_pem);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, tls->insecure ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, tls->insecure ? 0L : 2L);
}

static int has_line_break(const char *text)
{
    return text[strcspn(text, "\r\n")] != '\0';
}

static void add_header(struct curl_slist **list, const char *header)
{
    struct curl_slist *longer = curl_slist_append(*list, header);
    if (!longer)
        abort();
    *list = longer;
}

static int add_headers(struct curl_slist **list, const char *const *headers, struct error *err)
{
    for (; headers && *headers; headers++) {
        if (has_line_break(*headers))
            return fail(err, ERROR_REJECT, "HTTP header \"%.*s\" holds a line break",
                        (int)strcspn(*headers, ":"), *headers);
        add_header(list, *headers);
    }
    add_header(list, "Expect:"); /* libcurl would wait for a "100 Continue" before a large body */
    return 0;
}

/* Asks for the certificate of another name: the URL gets that name, the connection still goes to its own
 * host. */
static int set_server_name(CURL *easy, CURLU *url, const char *server_name, struct curl_slist **headers,
                           struct curl_slist **routes, struct error *err)
{
    AUTO_FREE char *host = NULL, *port = NULL, *own_port = NULL;
    curl_url_get(url, CURLUPART_HOST, &host, 0);
    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    curl_url_get(url, CURLUPART_PORT, &own_port, 0);
    if (curl_url_set(url, CURLUPART_HOST, server_name, 0) != CURLUE_OK)
        return fail(err, ERROR_REJECT, "\"%s\" is no server name", server_name);
    AUTO_FREE char *route = xasprintf("%s:%s:%s:%s", server_name, port, host, port);
    AUTO_FREE char *host_header =
        xasprintf("Host: %s%s%s", host, own_port ? ":" : "", own_port ? own_port : "");
    add_header(routes, route);
    add_header(headers, host_header);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, *routes);
    return 0;
}

/* Reads the URL, and notes "host:port" for messages. */
static int read_url(CURLU *url, const char *text, char **peer, struct error *err)
{
    AUTO_FREE char *host = NULL, *port = NULL;
    if (curl_url_set(url, CURLUPART_URL, text, CURLU_PATH_AS_IS) == CURLUE_OK) {
        curl_url_get(url, CURLUPART_HOST, &host, 0);
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    }
    if (!host || !port)
        return fail(err, ERROR_REJECT, "\"%s\" is no URL of http:// or https://", text);
    *peer = xasprintf("%s:%s", host, port);
    return 0;
}

static long or_default(long value, long fallback)
{
    return value ? value : fallback;
}

static void set_method(CURL *easy, const struct http_request *request)
{
    if (request->body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* The same for every request; connections, resolved names and TLS sessions survive the reset. HTTP/1.1 unless the request
 * says otherwise: a handle has one request at a time, for which HTTP/2 would only cost memory. */
static void set_common(struct http *http, struct transfer *transfer)
{
    CURL *easy = http->easy;
    curl_easy_reset(easy);
    http->why[0] = '\0';
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->why);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, http->user_agent);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     (long)(transfer->request->http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     or_default(transfer->request->connect_timeout_ms, CONNECT_TIMEOUT_MS));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
}

/* Of a stream: an empty line ends the head of the answer, long before a quiet one has its first byte. */
static size_t on_head(char *bytes, size_t one, size_t len, void *context)
{
    struct transfer *transfer = context;
    (void)one; /* always 1 */
    if (*bytes == '\r' && is_success(transfer) && transfer->on_data(transfer->context, "", 0))
        transfer->ending = ENDING_BY_US;
    return transfer->ending == ENDING_BY_SERVER ? len : CURL_WRITEFUNC_ERROR;
}

static void set_pace(struct transfer *transfer)
{
    curl_easy_setopt(transfer->easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(transfer->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(transfer->easy, CURLOPT_XFERINFODATA, transfer);
    if (!transfer->on_data) {
        curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS,
                         or_default(transfer->request->timeout_ms, TIMEOUT_MS));
        return;
    }
    curl_easy_setopt(transfer->easy, CURLOPT_HEADERFUNCTION, on_head);
    curl_easy_setopt(transfer->easy, CURLOPT_HEADERDATA, transfer);
}

/* The value of the index-th header of this name, or NULL. Borrowed from the transfer. */
static const char *header_value(CURL *easy, const char *name, size_t index)
{
    struct curl_header *header;
    return curl_easy_header(easy, name, index, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value : NULL;
}

/* RFC 9110, 10.2.3: seconds or a date. */
static long retry_after_ms(const char *value)
{
    char *end;
    long long most = RETRY_AFTER_MOST_S * 1000LL, ms;
    long long seconds = strtoll(value, &end, 10);
    if (end != value && !*end)
        ms = seconds > RETRY_AFTER_MOST_S ? most : seconds * 1000;
    else
        ms = curl_getdate(value, NULL) * 1000LL - clock_now_ms();
    return (long)(ms < 0 ? 0 : ms > most ? most : ms);
}

/* The text of `299 - "unknown field \"spec.foo\""` (RFC 7234, 5.5) and a line break onto out. */
static void add_warning(struct strbuf *out, const char *value)
{
    const char *at = strchr(value, '"');
    if (strncmp(value, "299 ", 4) != 0 || !at || out->len + strlen(at) > WARNINGS_MOST_BYTES)
        return;
    for (at++; *at && *at != '"'; at++) {
        if (*at == '\\' && at[1])
            at++;
        strbuf_putc(out, *at);
    }
    strbuf_putc(out, '\n');
}

static void read_head(const struct transfer *transfer)
{
    struct http_response *response = transfer->response;
    const char *value;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &response->status);
    if ((value = header_value(transfer->easy, "Content-Type", 0)))
        snprintf(response->content_type, sizeof(response->content_type), "%s", value);
    if ((value = header_value(transfer->easy, "Audit-Id", 0)))
        snprintf(response->audit_id, sizeof(response->audit_id), "%s", value);
    if ((value = header_value(transfer->easy, "Retry-After", 0)))
        response->retry_after_ms = retry_after_ms(value);
    for (size_t i = 0; (value = header_value(transfer->easy, "Warning", i)); i++)
        add_warning(&response->warnings, value);
}

static int transfer_error(const struct http *http, const struct transfer *transfer, CURLcode code,
                          struct error *err)
{
    if (transfer->ending == ENDING_BY_US)
        return fail(err, ERROR_RETRY, "the request to %s was broken off: this process is stopping",
                    transfer->peer);
    if (transfer->ending == ENDING_IDLE)
        return fail(err, ERROR_RETRY, "%s sent nothing for %ld ms", transfer->peer, transfer->idle_ms);
    if (transfer->ending == ENDING_TOO_LARGE)
        return fail(err, ERROR_RETRY, "the answer of %s is larger than %zu bytes", transfer->peer,
                    transfer->max_bytes);
    return http_error(http->easy, code, http->why, transfer->peer, err);
}

static int perform(struct http *http, struct transfer *transfer, struct error *err)
{
    static const struct http_tls verified;
    const struct http_tls *tls = transfer->request->tls ? transfer->request->tls : &verified;
    AUTO_SLIST *headers = NULL, *routes = NULL;
    AUTO_URL *url = curl_url();
    AUTO_FREE char *peer = NULL;
    response_clear(transfer->response);
    set_common(http, transfer);
    if (read_url(url, transfer->request->url, &peer, err) ||
        add_headers(&headers, transfer->request->headers, err))
        return -1;
    if (tls->server_name && set_server_name(http->easy, url, tls->server_name, &headers, &routes, err))
        return -1;
    transfer->peer = peer;
    curl_easy_setopt(http->easy, CURLOPT_CURLU, url);
    curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, headers);
    set_method(http->easy, transfer->request);
    set_tls(http->easy, tls);
    set_pace(transfer);
    transfer->last_byte_ms = clock_monotonic_ms();
    CURLcode code = curl_easy_perform(http->easy);
    read_head(transfer);
    if (code == CURLE_OK || (transfer->ending == ENDING_BY_US && transfer->on_data))
        return 0;
    return transfer_error(http, transfer, code, err);
}

static size_t max_bytes(const struct http_request *request)
{
    return request->max_bytes ? request->max_bytes : HTTP_MAX_BYTES;
}

int http_send(struct http *http, const struct http_request *request, struct http_response *response,
              struct error *err)
{
    struct transfer transfer = {
        .easy = http->easy, .request = request, .response = response, .max_bytes = max_bytes(request)};
    return perform(http, &transfer, err);
}

int http_stream(struct http *http, const struct http_request *request, long idle_ms,
                int (*on_data)(void *context, const char *bytes, size_t len), void *context,
                struct http_response *response, struct error *err)
{
    struct transfer transfer = {.easy = http->easy,
                                .request = request,
                                .response = response,
                                .max_bytes = max_bytes(request),
                                .on_data = on_data,
                                .context = context,
                                .idle_ms = idle_ms};
    return perform(http, &transfer, err);
}
