/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/kube.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/runtime/kube_config.h"
#include "common/runtime/kube_status.h"

#define TIMEOUT_MS 10000
#define WHAT_MAX_BYTES 200 /* of a path in a message */

const struct option kube_option_rows[] = {
    {.key = "kube.kubeconfig",
     .type = OPTION_PATH,
     .offset = offsetof(struct kube_options, kubeconfig),
     .fallback = "",
     .help = "The kubeconfig file. Default: $KUBECONFIG, else the service account of the pod, else "
             "~/.kube/config."},
    {.key = "kube.context",
     .type = OPTION_STRING,
     .offset = offsetof(struct kube_options, context),
     .fallback = "",
     .help = "The context of the kubeconfig. Default: its current-context."},
};
const size_t kube_option_count = COUNT_OF(kube_option_rows);

struct kube {
    struct kube_config *config;
    struct http *http;
};

struct kube *kube_open(struct kube_config *config, const char *user_agent)
{
    struct kube *kube = xcalloc(1, sizeof *kube);
    kube->config = config;
    kube->http = http_open(user_agent);
    return kube;
}

void kube_close(struct kube *kube)
{
    if (!kube)
        return;
    http_close(kube->http);
    free(kube);
}

/* Where the answer to a watch goes; data == NULL: the answer is read as a whole. */
struct sink {
    int (*data)(void *context, const char *bytes, size_t len);
    void *context;
    long idle_ms;
    const volatile int *stop;
};

/* One try with the credentials of this moment. */
static int try_once(struct kube *kube, const struct kube_request *request, const struct sink *sink, int renew,
                    struct http_response *response, struct error *err)
{
    const struct kube_config *config = kube->config;
    AUTO_FREE char *authorization = kube_config_authorization(kube->config, renew);
    AUTO_FREE char *url = xasprintf("%s%s", config->server, request->path);
    AUTO_FREE char *accept = xasprintf("Accept: %s", request->accept ? request->accept : "application/json");
    AUTO_FREE char *type =
        xasprintf("Content-Type: %s", request->content_type ? request->content_type : "application/json");
    const char *headers[4] = {accept};
    size_t count = 1;
    if (request->body)
        headers[count++] = type;
    if (authorization)
        headers[count++] = authorization;
    struct http_tls tls = {config->ca_pem, config->cert_pem, config->key_pem, config->server_name,
                           config->insecure};
    struct http_request http_request = {
        .method = request->method,
        .url = url,
        .headers = headers,
        .body = request->body,
        .body_len = request->body_len,
        .timeout_ms = request->timeout_ms ? request->timeout_ms : TIMEOUT_MS,
        .max_bytes = request->max_bytes,
        .tls = &tls,
        .stop = sink->stop,
    };
    if (!sink->data)
        return http_send(kube->http, &http_request, response, err);
    return http_stream(kube->http, &http_request, sink->idle_ms, sink->data, sink->context, response, err);
}

static int refused(const struct kube *kube, const struct kube_request *request,
                   const struct http_response *response, struct error *err)
{
    AUTO_FREE char *path = xstrndup(request->path, strcspn(request->path, "?"));
    AUTO_FREE char *what = xasprintf("%s %.*s", request->method, WHAT_MAX_BYTES, path);
    kube_error(response, what, err);
    if (response->status != 401)
        return -1;
    const struct kube_config *config = kube->config;
    const char *advice =
        config->token || config->cert_pem ? "renew its token or certificate" : "it holds none";
    fail(err, ERROR_RETRY, "%s does not accept the credentials of %s: %s", config->server, config->origin,
         advice);
    err->status = 401;
    return -1;
}

/* An answer from a server that takes no list, or not with this in front: the last of the list is what each has. */
static int try_last(struct kube *kube, const struct kube_request *request, const struct sink *sink,
                    struct http_response *response, struct error *err)
{
    struct kube_request again = *request;
    again.accept = strrchr(request->accept, ',') + 1;
    again.accept += strspn(again.accept, " ");
    return try_once(kube, &again, sink, 0, response, err);
}

static int exchange(struct kube *kube, const struct kube_request *request, const struct sink *sink,
                    struct http_response *response, struct error *err)
{
    int failed = try_once(kube, request, sink, 0, response, err);
    if (!failed && response->status == 401 && kube->config->token_file)
        failed = try_once(kube, request, sink, 1, response, err);
    if (!failed && (response->status == 406 || response->status == 415) && request->accept &&
        strchr(request->accept, ','))
        failed = try_last(kube, request, sink, response, err);
    if (failed)
        return wrap(err, "API server of %s", kube->config->origin);
    /* A stream that was stopped before its answer began has no status. */
    int fine = response->status >= 200 && response->status <= 299;
    return fine || (sink->data && !response->status) ? 0 : refused(kube, request, response, err);
}

int kube_send(struct kube *kube, const struct kube_request *request, struct http_response *response,
              struct error *err)
{
    return exchange(kube, request, &(struct sink){0}, response, err);
}

int kube_stream(struct kube *kube, const struct kube_request *request, long idle_ms, const volatile int *stop,
                int (*on_data)(void *context, const char *bytes, size_t len), void *context,
                struct http_response *response, struct error *err)
{
    return exchange(kube, request, &(struct sink){on_data, context, idle_ms, stop}, response, err);
}

static enum error_kind kind_of(long status)
{
    return status == 401 || status == 408 || status == 429 || status >= 500 ? ERROR_RETRY : ERROR_REJECT;
}

int kube_error(const struct http_response *response, const char *what, struct error *err)
{
    AUTO_STRBUF message = {0};
    kube_status_message(response, &message);
    fail(err, kind_of(response->status), "%s: %ld%s%s", what, response->status, message.len ? ": " : "",
         strbuf_text(&message));
    err->status = response->status;
    err->retry_after_ms = response->retry_after_ms;
    return -1;
}
