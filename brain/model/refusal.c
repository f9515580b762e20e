/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/refusal.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/text.h"

#define WORDS_BYTES 300         /* of the service's own words: they say the most at their beginning */
#define WAIT_MOST_MS 86400000.0 /* as with Retry-After */
#define DETAILS_MOST 32         /* of each kind; services send two or three */

/* Google wraps the object into an array of one on some routes. NULL = there is no error. */
static const json_t *error_in(const json_t *body)
{
    if (json_is_array(body))
        body = json_array_get(body, 0);
    const json_t *error = json_object_get(body, "error");
    return json_is_null(error) ? NULL : error;
}

int refusal_is(const json_t *body)
{
    return error_in(body) != NULL;
}

/* What the service says, wherever the likes of it put that: google.rpc.Status and OpenAI message, Ollama error, FastAPI
 * detail. */
static const char *words_of(const json_t *error)
{
    static const char *const places[] = {"message", "error", "detail"};
    if (json_is_string(error))
        return json_string_value(error);
    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (json_string_at(error, places[i]))
            return json_string_at(error, places[i]);
    return "";
}

static void add_line(struct strbuf *out, const char *text)
{
    if (text)
        strbuf_printf(out, "%s\n", text);
}

static void add_each(struct strbuf *out, const json_t *list, const char *key)
{
    for (size_t i = 0; i < json_array_size(list) && i < DETAILS_MOST; i++)
        add_line(out, json_string_at(json_array_get(list, i), key));
}

/* All that may say what is wrong, a line each. */
static void add_all(struct strbuf *out, const json_t *error)
{
    static const char *const fields[] = {"status", "code", "type", "param"};
    const json_t *details = json_object_get(error, "details");
    add_line(out, words_of(error));
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        add_line(out, json_string_at(error, fields[i]));
    for (size_t i = 0; i < json_array_size(details) && i < DETAILS_MOST; i++) {
        const json_t *detail = json_array_get(details, i);
        add_line(out, json_string_at(detail, "reason"));
        add_each(out, json_object_get(detail, "violations"), "quotaId");
        add_each(out, json_object_get(detail, "fieldViolations"), "description");
    }
}

static long milliseconds(const char *seconds)
{
    char *end;
    double value = strtod(seconds, &end);
    if (end == seconds || *end != 's' || !(value > 0))
        return 0;
    return value * 1000 < WAIT_MOST_MS ? (long)(value * 1000 + 0.5) : (long)WAIT_MOST_MS;
}

/* RetryInfo's "34.07s", or the words "Please retry in 1.68s."; 0 = neither. */
static long wait_of(const json_t *error, const char *all)
{
    const json_t *details = json_object_get(error, "details");
    for (size_t i = 0; i < json_array_size(details); i++) {
        const char *delay = json_string_at(json_array_get(details, i), "retryDelay");
        if (delay)
            return milliseconds(delay);
    }
    const char *said = strcasestr(all, "retry in ");
    return said ? milliseconds(said + strlen("retry in ")) : 0;
}

/* What words mean, whatever their status says; the first that are found. */
static enum call_result result_by_words(const char *all, enum call_result otherwise)
{
    static const struct {
        const char *words;
        enum call_result result;
    } known[] = {
        {"API_KEY_", CALL_REFUSED},
        {"API key", CALL_REFUSED},
        {"authentication credential", CALL_REFUSED},
        {"FAILED_PRECONDITION", CALL_REFUSED},
        {"too many states", CALL_FORM},
        {"token count", CALL_TOO_LONG},
        {"context_length", CALL_TOO_LONG},
        {"context length", CALL_TOO_LONG},
        {"context size", CALL_TOO_LONG},
        {"context window", CALL_TOO_LONG},
        {"too long", CALL_TOO_LONG},
        {"thinking", CALL_THINKING},
        {"reasoning", CALL_THINKING},
        {"response_format", CALL_FORM},
        {"json_schema", CALL_FORM},
        {"json_object", CALL_FORM},
        {"structured output", CALL_FORM},
        {"grammar", CALL_FORM},
        {"model_not_found", CALL_UNKNOWN_MODEL},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcasestr(all, known[i].words))
            return known[i].result;
    return otherwise;
}

/* A quota of a day may come with the advice to try again in a second: the id knows better. */
static enum call_result quota_of(const char *all)
{
    if (strstr(all, "insufficient_quota")) /* no credit is left: no time mends that */
        return CALL_REFUSED;
    return strcasestr(all, "PerDay") || strcasestr(all, "per day") ? CALL_QUOTA_DAY : CALL_QUOTA_MINUTE;
}

static enum call_result result_of(long status, const char *all)
{
    switch (status) {
    case 400:
    case 422:
        return result_by_words(all, CALL_BAD_REQUEST);
    case 401:
    case 402:
    case 403:
        return CALL_REFUSED;
    case 404:
        return CALL_UNKNOWN_MODEL;
    case 408:
    case 499:
        return CALL_OVERLOADED;
    case 413:
        return CALL_TOO_LONG;
    case 429:
        return quota_of(all);
    default:
        return status >= 500 ? CALL_OVERLOADED : CALL_BAD_REQUEST;
    }
}

/* Of an error that came with a 200, its own code says what it is. */
static long status_of(long status, const json_t *error)
{
    long long code = json_integer_at(error, "code", 0);
    if (status != 200)
        return status;
    return code >= 300 && code <= 599 ? (long)code : 500;
}

void refusal_read(long status, const json_t *body, struct heard *heard)
{
    AUTO_STRBUF all = {0};
    const json_t *error = refusal_is(body) ? error_in(body) : body;
    add_all(&all, error);
    status = status_of(status, error);
    heard->result = result_of(status, strbuf_text(&all));
    const char *words = words_of(error);
    if (status / 100 == 3)
        words = "redirects are not followed: is gemini.base_url right?";
    fail(&heard->err, ERROR_RETRY, "%ld%s%.*s", status, *words ? " " : "",
         (int)text_cut(words, strlen(words), WORDS_BYTES), words);
    heard->err.status = status;
    heard->err.retry_after_ms = wait_of(error, strbuf_text(&all));
}
