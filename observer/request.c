/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/request.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/redact.h"
#include "common/schema/incident.h"
#include "common/schema/limits.h"

#define BLANK " \t\r\n"
#define NAME_BYTES 253 /* of a person or a namespace: what Kubernetes allows for names */
#define NAMESPACE_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define NO_NAMESPACE "-"

struct request {
    json_t *text;   /* what is asked */
    json_t *from;   /* JSON null = nobody said */
    const char *ns; /* NO_NAMESPACE = none; borrowed from body */
    json_t *body;   /* NULL = it was plain text */
};

#define AUTO_REQUEST __attribute__((cleanup(request_free))) struct request

static void request_free(struct request *request)
{
    json_decref(request->text);
    json_decref(request->from);
    json_decref(request->body);
}

static int is_blank(const char *text)
{
    return text[strspn(text, BLANK)] == '\0';
}

/* What is asked, without the secrets that people paste: more read `incidents`, and for longer, than `intake`. */
static json_t *asked(const char *bytes, size_t len)
{
    struct redactor *redactor = redactor_new();
    AUTO_STRBUF clean = {0};
    redact(redactor, bytes, len, &clean);
    redactor_free(redactor);
    return json_text(strbuf_text(&clean), clean.len, LIMIT_INTAKE_BYTES);
}

/* The member of this name as text; JSON null when it is absent. NULL + ERROR_REJECT when it is something
 * else. */
static json_t *member(const json_t *body, const char *name, size_t max_bytes, struct error *err)
{
    const json_t *value = json_object_get(body, name);
    if (!value || json_is_null(value))
        return json_null();
    if (json_is_string(value))
        return json_text(json_string_value(value), json_string_length(value), max_bytes);
    fail(err, ERROR_REJECT, "\"%s\" of the request is no string", name);
    return NULL;
}

static int read_namespace(struct request *request, struct error *err)
{
    const json_t *value = json_object_get(request->body, "namespace");
    const char *ns = json_string_value(value);
    request->ns = NO_NAMESPACE;
    if (!value || json_is_null(value))
        return 0;
    if (!ns || !*ns || strlen(ns) > NAME_BYTES || ns[strspn(ns, NAMESPACE_CHARACTERS)])
        return fail(err, ERROR_REJECT, "\"namespace\" of the request is no name of a namespace");
    request->ns = ns;
    return 0;
}

static int read_json(const char *bytes, size_t len, struct request *out, struct error *err)
{
    out->body = json_read(bytes, len, err);
    if (!out->body)
        return wrap(err, "a request that begins with { must be JSON");
    const json_t *text = json_object_get(out->body, "text");
    out->text = json_is_string(text) ? asked(json_string_value(text), json_string_length(text))
                                     : member(out->body, "text", LIMIT_INTAKE_BYTES, err);
    out->from = member(out->body, "from", NAME_BYTES, err);
    return out->text && out->from ? read_namespace(out, err) : -1;
}

static int read_plain(const char *bytes, size_t len, struct request *out, struct error *err)
{
    AUTO_JSON *valid = json_stringn(bytes, len); /* NULL when it is no UTF-8 */
    if (!valid)
        return fail(err, ERROR_REJECT, "the request is no UTF-8 text");
    out->text = asked(bytes, len);
    out->from = json_null();
    out->ns = NO_NAMESPACE;
    return 0;
}

static int read_request(const struct record *in, struct request *out, struct error *err)
{
    if (!in->value || in->len == 0)
        return fail(err, ERROR_REJECT, "the request is empty");
    if (in->len > LIMIT_INTAKE_BYTES)
        return fail(err, ERROR_REJECT, "the request has %zu bytes; at most %d are read", in->len,
                    LIMIT_INTAKE_BYTES);
    size_t blank = 0;
    while (blank < in->len && strchr(BLANK, in->value[blank]) && in->value[blank])
        blank++;
    int is_json = blank < in->len && in->value[blank] == '{';
    if (is_json ? read_json(in->value, in->len, out, err) : read_plain(in->value, in->len, out, err))
        return -1;
    if (!json_is_string(out->text) || is_blank(json_string_value(out->text)))
        return fail(err, ERROR_REJECT, "the request says nothing: write plain text, or {\"text\": …}");
    return 0;
}

static json_t *observed(const struct request *request, int64_t at_ms)
{
    char at[CLOCK_RFC3339_SIZE];
    const char *from = json_string_value(request->from);
    clock_rfc3339(at_ms, at);
    json_t *asked = json_pack("{s:O, s:O, s:s}", "text", request->text, "from", request->from, "at", at);
    AUTO_FREE char *summary = xasprintf("A request in plain words from %s", from ? from : "somebody");
    return json_pack("{s:s, s:n, s:s, s:n, s:[], s:i, s:i, s:i, s:n, s:n, s:o, s:n, s:n, s:[], s:[], s:[]}",
                     "at", at, "class", "summary", summary, "target", "pods", "affected", 0, "replicas", 0,
                     "available", 0, "onset", "before", "request", asked, "verdict", "verified", "tried",
                     "history", "evidence");
}

static int run(void *context, const struct record *in, struct outbox *out, struct error *err)
{
    const struct common_options *options = context;
    char id[ID_SIZE], at[CLOCK_RFC3339_SIZE];
    AUTO_STRBUF document = {0};
    AUTO_REQUEST request = {0};
    if (read_request(in, &request, err))
        return -1;
    AUTO_FREE char *place = xasprintf("intake/%d/%lld", in->partition, (long long)in->offset);
    id_derive(id, 'i', options->cluster, options->topic_prefix, place, NULL);
    AUTO_FREE char *key = incident_key(options->cluster, request.ns, "Request", id);
    AUTO_FREE char *event_id = incident_event_id(id, 1);
    int64_t at_ms = in->timestamp_ms ? in->timestamp_ms : clock_now_ms();
    log_context(id, request_stage.name);
    incident_write(&document, id, key, clock_rfc3339(at_ms, at), 1, NULL, observed(&request, at_ms));
    outbox_add(out, TOPIC_INCIDENTS, key, event_id, in->traceparent, document.data, document.len);
    log_info("asked", "from", json_string_value(request.from), NULL);
    return 0;
}

static const enum topic inputs[] = {TOPIC_INTAKE};

const struct stage request_stage = {
    .name = "request",
    .process = "observer",
    .inputs = inputs,
    .input_count = COUNT_OF(inputs),
    .run = run,
};
