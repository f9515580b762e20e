/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/endpoint.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/json.h"
#include "common/runtime/process.h"

#define GEMINI_URL "https://generativelanguage.googleapis.com"
#define METADATA_HOST "metadata.google.internal"
#define TOKEN_PATH "/computeMetadata/v1/instance/service-accounts/default/token"
#define TOKEN_BYTES (64 * 1024UL)
#define TOKEN_TIMEOUT_MS 5000
/* The metadata server itself makes a new one five minutes before the end. */
#define TOKEN_MARGIN_MS (4 * 60 * 1000)
#define TOKEN_TOO_NEW_MS (60 * 1000) /* whoever refuses one so young refuses the account */
#define TOKEN_MOST_S (24 * 3600)
/* What is shorter is a word such as "none", for a server that only wants to see some key. */
#define MASKED_BYTES 16

struct endpoint {
    const struct model_options *options;
    char *base; /* without a slash at its end */
    char *ca_pem;
    struct http_tls tls;
    struct error off;     /* why nothing is to be asked; "" = something is */
    struct error fault;   /* why nothing can be asked; "" = it can */
    pthread_mutex_t lock; /* guards what follows */
    char *token;
    int64_t token_since_ms, token_until_ms; /* monotonic */
};

/* https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations */
static char *vertex_url(const struct model_options *options)
{
    const char *location = options->location;
    if (options->api_key || strcmp(location, "global") == 0)
        return xstrdup("https://aiplatform.googleapis.com");
    if (strcmp(location, "us") == 0 || strcmp(location, "eu") == 0)
        return xasprintf("https://aiplatform.%s.rep.googleapis.com", location);
    return xasprintf("https://%s-aiplatform.googleapis.com", location);
}

static char *base_of(const struct model_options *options)
{
    size_t len = strlen(options->base_url);
    if (len == 0)
        return options->api == MODEL_API_VERTEX ? vertex_url(options) : xstrdup(GEMINI_URL);
    while (len > 0 && options->base_url[len - 1] == '/')
        len--;
    return xstrndup(options->base_url, len);
}

struct endpoint *endpoint_new(const struct model_options *options)
{
    struct endpoint *endpoint = xcalloc(1, sizeof *endpoint);
    *endpoint = (struct endpoint){
        .options = options, .base = base_of(options), .lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER};
    if (options->api == MODEL_API_GEMINI && !options->api_key)
        fail(&endpoint->off, ERROR_FATAL, "no API key: set gemini.api_key_file or $GEMINI_API_KEY");
    model_options_check_key(options, &endpoint->fault);
    if (*options->ca_file && !(endpoint->ca_pem = file_read(options->ca_file, &endpoint->fault)))
        wrap(&endpoint->fault, "gemini.ca_file");
    endpoint->tls.ca_pem = endpoint->ca_pem;
    return endpoint;
}

void endpoint_free(struct endpoint *endpoint)
{
    if (!endpoint)
        return;
    free(endpoint->base);
    free(endpoint->ca_pem);
    free(endpoint->token);
    pthread_mutex_destroy(&endpoint->lock);
    free(endpoint);
}

const char *endpoint_is_off(const struct endpoint *endpoint)
{
    return *endpoint->off.text ? endpoint->off.text : NULL;
}

const char *endpoint_fault(const struct endpoint *endpoint)
{
    return *endpoint->fault.text ? endpoint->fault.text : NULL;
}

enum model_api endpoint_api(const struct endpoint *endpoint)
{
    return (enum model_api)endpoint->options->api;
}

const struct http_tls *endpoint_tls(const struct endpoint *endpoint)
{
    return &endpoint->tls;
}

char *endpoint_url(const struct endpoint *endpoint, const char *model)
{
    const struct model_options *options = endpoint->options;
    if (options->api == MODEL_API_OPENAI)
        return xasprintf("%s/chat/completions", endpoint->base);
    if (options->api == MODEL_API_GEMINI)
        return xasprintf("%s/v1beta/models/%s:generateContent", endpoint->base, model);
    if (options->api_key) /* express mode: the key names the project */
        return xasprintf("%s/v1beta1/publishers/google/models/%s:generateContent", endpoint->base, model);
    return xasprintf("%s/v1/projects/%s/locations/%s/publishers/google/models/%s:generateContent",
                     endpoint->base, options->project, options->location, model);
}

/* {"access_token": "…", "expires_in": 3599, "token_type": "Bearer"} */
static int take_token(struct endpoint *endpoint, const struct http_response *response, struct error *err)
{
    if (response->status != 200)
        return fail(err, ERROR_RETRY, "status %ld: has the pod an account of Google Cloud?",
                    response->status);
    AUTO_JSON *body = json_read(strbuf_text(&response->body), response->body.len, err);
    const char *token = json_string_at(body, "access_token");
    long long seconds = json_integer_at(body, "expires_in", 0);
    if (!token || !*token)
        return fail(err, ERROR_RETRY, "an answer without a token");
    seconds = seconds < 0 ? 0 : seconds > TOKEN_MOST_S ? TOKEN_MOST_S : seconds;
    free(endpoint->token);
    endpoint->token = xstrdup(token);
    endpoint->token_since_ms = clock_monotonic_ms();
    endpoint->token_until_ms = endpoint->token_since_ms + seconds * 1000 - TOKEN_MARGIN_MS;
    return 0;
}

/* Under the lock: of all lanes that need a new token, one fetches it. */
static int fetch_token(struct endpoint *endpoint, struct http *http, long timeout_ms, struct error *err)
{
    static const char *const headers[] = {"Metadata-Flavor: Google", NULL};
    const char *host = getenv("GCE_METADATA_HOST");
    AUTO_FREE char *url = xasprintf("http://%s%s", host && *host ? host : METADATA_HOST, TOKEN_PATH);
    AUTO_HTTP_RESPONSE response = {0};
    struct http_request request = {.method = "GET",
                                   .url = url,
                                   .headers = headers,
                                   .timeout_ms =
                                       timeout_ms < TOKEN_TIMEOUT_MS ? timeout_ms : TOKEN_TIMEOUT_MS,
                                   .max_bytes = TOKEN_BYTES,
                                   .stop = process_stop_flag()};
    if (http_send(http, &request, &response, err) || take_token(endpoint, &response, err))
        return wrap(err, "no token from the metadata server of Google Cloud");
    return 0;
}

int endpoint_credentials(struct endpoint *endpoint, struct http *http, long timeout_ms, char **out,
                         struct error *err)
{
    const struct model_options *options = endpoint->options;
    *out = NULL;
    if (options->api_key)
        *out = xasprintf(options->api == MODEL_API_OPENAI ? "Authorization: Bearer %s" : "x-goog-api-key: %s",
                         options->api_key);
    if (options->api_key || options->api != MODEL_API_VERTEX)
        return 0;
    pthread_mutex_lock(&endpoint->lock);
    int failed = 0;
    if (!endpoint->token || clock_monotonic_ms() >= endpoint->token_until_ms)
        failed = fetch_token(endpoint, http, timeout_ms, err);
    if (!failed)
        *out = xasprintf("Authorization: Bearer %s", endpoint->token);
    pthread_mutex_unlock(&endpoint->lock);
    return failed;
}

int endpoint_renew(struct endpoint *endpoint)
{
    pthread_mutex_lock(&endpoint->lock);
    int old = endpoint->token && clock_monotonic_ms() - endpoint->token_since_ms >= TOKEN_TOO_NEW_MS;
    if (old)
        free(STEAL(endpoint->token));
    pthread_mutex_unlock(&endpoint->lock);
    return old;
}

void endpoint_mask(const char *credentials, struct strbuf *text)
{
    const char *secret = credentials ? strrchr(credentials, ' ') + 1 : "";
    if (strlen(secret) >= MASKED_BYTES)
        strbuf_replace(text, secret, "(key)");
}
