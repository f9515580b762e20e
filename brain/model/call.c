/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/call.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "brain/model/gemini.h"
#include "brain/model/openai.h"
#include "brain/model/refusal.h"
#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/runtime/process.h"

#define REPLY_BYTES (1024 * 1024UL) /* some hundred times what an answer takes */
#define QUOTE_BYTES 16384           /* of an answer that goes back to the model: more of it would not help */
#define TOKENS_MOST 1000000000LL
#define HEADERS_MOST 4 /* type, time, credentials, end */
#define TIMER_MS 10    /* by so much two clocks may differ on when time was up */

void heard_free(struct heard *heard)
{
    free(heard->text);
    *heard = (struct heard){0};
}

void heard_version(struct heard *heard, const char *name)
{
    size_t len = 0;
    for (; name && name[len] && len + 1 < VERSION_SIZE; len++)
        heard->version[len] =
            (char)(isalnum((unsigned char)name[len]) || strchr("._:/@-", name[len]) ? name[len] : '_');
    heard->version[len] = '\0';
}

long long heard_count(const json_t *usage, const char *path)
{
    long long count = json_integer_at(usage, path, 0);
    return count < 0 ? 0 : count > TOKENS_MOST ? TOKENS_MOST : count;
}

void call_system(const struct call *call, struct strbuf *out)
{
    strbuf_puts(out, call->system);
    if (call->form == FORM_SCHEMA)
        return;
    strbuf_puts(out, "\n\nAnswer with one JSON object and nothing else. It has to follow this schema, with "
                     "all fields and in "
                     "their order:\n");
    json_write(call->schema, out);
}

void call_complaint(const struct call *call, struct strbuf *out)
{
    strbuf_printf(out,
                  "That answer cannot be used: %s. Answer the question once more, from the beginning, with "
                  "one whole JSON "
                  "object of the schema and nothing else.",
                  call->complaint);
}

char *call_quote(const struct call *call)
{
    return xstrndup(call->answer, text_cut(call->answer, strlen(call->answer), QUOTE_BYTES));
}

/* The log cuts a field to what is a sentence: a body takes several lines. */
static void log_body(const struct call *call, const struct strbuf *body)
{
    size_t count = 0;
    for (size_t at = 0, len; at < body->len; at += len) {
        len = text_cut(body->data + at, body->len - at, LOG_FIELD_MAX_BYTES);
        len = len ? len : body->len - at;
        AUTO_FREE char *piece = xstrndup(body->data + at, len);
        AUTO_FREE char *part = xasprintf("%zu", ++count);
        log_debug("asked", "model", call->model, "part", part, "body", piece, NULL);
    }
}

static void encode(const struct endpoint *endpoint, const struct call *call, struct strbuf *body)
{
    if (endpoint_api(endpoint) == MODEL_API_OPENAI)
        openai_encode(call, body);
    else
        gemini_encode(call, body);
}

static void decode(enum model_api api, const json_t *body, struct heard *heard)
{
    if (api == MODEL_API_OPENAI)
        openai_decode(body, heard);
    else
        gemini_decode(body, heard);
}

static void mistake(const json_t *value, struct heard *heard)
{
    heard->result = CALL_UNUSABLE;
    if (value)
        fail(&heard->err, ERROR_RETRY, "no JSON object");
    wrap(&heard->err, "what was answered is not of this API");
}

void call_read(enum model_api api, long status, const struct strbuf *body, struct heard *heard)
{
    AUTO_JSON *value = json_read(strbuf_text(body), body->len, &heard->err);
    if (status != 200 || refusal_is(value))
        refusal_read(status, value, heard);
    else if (json_is_object(value))
        decode(api, value, heard);
    else
        mistake(value, heard);
    text_mend(heard->err.text);
}

/* No answer came. */
static void fall_silent(struct heard *heard, int64_t took_ms, long timeout_ms)
{
    heard->result = process_stopping()                 ? CALL_STOPPED
                    : took_ms + TIMER_MS >= timeout_ms ? CALL_TIMEOUT
                                                       : CALL_UNREACHABLE;
}

/* 0 once there is an answer, of whatever kind. */
static int post(struct endpoint *endpoint, struct http *http, const struct call *call,
                const struct strbuf *body, long timeout_ms, struct http_response *response, struct error *err)
{
    AUTO_FREE char *credentials = NULL;
    AUTO_FREE char *url = endpoint_url(endpoint, call->model);
    AUTO_FREE char *time = xasprintf("X-Server-Timeout: %ld", (timeout_ms + 999) / 1000);
    if (endpoint_credentials(endpoint, http, timeout_ms, &credentials, err))
        return -1;
    const char *headers[HEADERS_MOST] = {"Content-Type: application/json"};
    size_t count = 1;
    if (endpoint_api(endpoint) != MODEL_API_OPENAI)
        headers[count++] = time;
    if (credentials)
        headers[count++] = credentials;
    struct http_request request = {.method = "POST",
                                   .url = url,
                                   .headers = headers,
                                   .body = body->data,
                                   .body_len = body->len,
                                   .timeout_ms = timeout_ms,
                                   .max_bytes = REPLY_BYTES,
                                   .tls = endpoint_tls(endpoint),
                                   .stop = process_stop_flag(),
                                   .http2 = 1};
    int failed = http_send(http, &request, response, err);
    endpoint_mask(credentials, &response->body);
    return failed;
}

void call_send(struct endpoint *endpoint, struct http *http, const struct call *call, long timeout_ms,
               struct heard *heard)
{
    AUTO_STRBUF body = {0};
    AUTO_HTTP_RESPONSE response = {0};
    encode(endpoint, call, &body);
    log_body(call, &body);
    int64_t begin = clock_monotonic_ms();
    int failed = post(endpoint, http, call, &body, timeout_ms, &response, &heard->err);
    if (!failed && response.status == 401 && endpoint_renew(endpoint)) {
        timeout_ms -= (long)(clock_monotonic_ms() - begin);
        failed = post(endpoint, http, call, &body, timeout_ms > 1 ? timeout_ms : 1, &response, &heard->err);
    }
    if (failed) {
        fall_silent(heard, clock_monotonic_ms() - begin, timeout_ms);
        return;
    }
    call_read(endpoint_api(endpoint), response.status, &response.body, heard);
    if (response.retry_after_ms > heard->err.retry_after_ms)
        heard->err.retry_after_ms = response.retry_after_ms;
}
