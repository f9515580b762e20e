/* SPDX-License-Identifier: Apache-2.0 */
/* What a model's service answers, with any status (the first byte of the input) and of either API (the second). Whatever it
 * is, it has one of the known ends, in words for people; and what it said can be quoted to it again. */
#include <ctype.h>
#include <string.h>

#include "brain/model/call.h"
#include "brain/model/gemini.h"
#include "brain/model/openai.h"
#include "common/base/alloc.h"
#include "tests/fuzz/fuzz.h"

#define TOKENS_MOST 2000000000LL
#define DAY_MS 86400000L

static void must_be_sane(const struct heard *heard)
{
    MUST(heard->result <= CALL_BAD_REQUEST && heard->result != CALL_UNREACHABLE &&
         heard->result != CALL_TIMEOUT);
    MUST(heard->result == CALL_OK ? heard->text && *heard->text : *heard->err.text != '\0');
    MUST(strlen(heard->version) < VERSION_SIZE);
    for (const char *at = heard->version; *at; at++)
        MUST(isalnum((unsigned char)*at) || strchr("._:/@-", *at));
    for (const char *at = heard->err.text; *at; at++)
        MUST(!iscntrl((unsigned char)*at));
    MUST(heard->prompt_tokens >= 0 && heard->prompt_tokens <= TOKENS_MOST);
    MUST(heard->answer_tokens >= 0 && heard->answer_tokens <= TOKENS_MOST);
    MUST(heard->thought_tokens >= 0 && heard->cached_tokens >= 0);
    MUST(heard->err.retry_after_ms >= 0 && heard->err.retry_after_ms <= DAY_MS);
}

/* The request that goes out next is JSON again. */
static void must_be_quotable(enum model_api api, const struct heard *heard)
{
    struct error err;
    AUTO_STRBUF body = {0};
    AUTO_JSON *schema = json_object();
    struct call call = {.model = "m",
                        .system = "s",
                        .text = "t",
                        .schema = schema,
                        .answer = heard->text,
                        .complaint = heard->err.text};
    if (api == MODEL_API_OPENAI)
        openai_encode(&call, &body);
    else
        gemini_encode(&call, &body);
    AUTO_JSON *value = json_read(body.data, body.len, &err);
    MUST(json_is_object(value));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const long statuses[] = {200, 400, 401, 403, 404, 408, 413, 422, 429, 500, 503, 302, 204};
    AUTO_STRBUF body = {0};
    struct heard heard = {0};
    if (len < 2)
        return 0;
    enum model_api api = bytes[1] & 1 ? MODEL_API_OPENAI : MODEL_API_GEMINI;
    strbuf_add(&body, bytes + 2, len - 2);
    call_read(api, statuses[bytes[0] % COUNT_OF(statuses)], &body, &heard);
    must_be_sane(&heard);
    if (heard.text)
        must_be_quotable(api, &heard);
    heard_free(&heard);
    return 0;
}
