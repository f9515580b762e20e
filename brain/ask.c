/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/ask.h"

#include <stdlib.h>
#include <string.h>

#include "brain/ask/fingerprint.h"
#include "brain/ask/prompt.h"
#include "brain/ask/suspicion.h"
#include "brain/ask/vet.h"
#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/runtime/process.h"
#include "common/runtime/version.h"

/* A lane: its own connection, and what it shares. */
struct asker {
    const struct desk *desk;
    struct http *http;
    struct suspicion *suspicion;
};

/* A question on its way. */
struct inquiry {
    const struct asker *asker;
    const struct facts *facts;
    struct prompt prompt;
    struct reply reply;
    char prompt_sha256[SHA256_HEX_SIZE]; /* of what was sent */
    int cached;
};

#define AUTO_INQUIRY __attribute__((cleanup(inquiry_free))) struct inquiry

static void inquiry_free(struct inquiry *inquiry)
{
    prompt_free(&inquiry->prompt);
    reply_free(&inquiry->reply);
}

static void *open_lane(void *shared, struct error *err)
{
    (void)err;
    struct asker *asker = xcalloc(1, sizeof *asker);
    asker->desk = shared;
    asker->http = http_open("aegiops/" AEGIOPS_VERSION);
    asker->suspicion = suspicion_new();
    return asker;
}

static void close_lane(void *context)
{
    struct asker *asker = context;
    http_close(asker->http);
    suspicion_free(asker->suspicion);
    free(asker);
}

static int check(void *schema, const char *answer, struct error *err)
{
    AUTO_JSON *read = answer_read(schema, answer, err);
    return read ? 0 : -1;
}

static void digest(struct inquiry *inquiry)
{
    AUTO_STRBUF sent = {0};
    const struct strbuf *text =
        inquiry->reply.of_facts ? &inquiry->prompt.text_of_facts : &inquiry->prompt.text;
    strbuf_printf(&sent, "%s\n%s", system_prompt, strbuf_text(text));
    sha256_hex(sent.data, sent.len, inquiry->prompt_sha256);
}

/* A question waits in line behind others; those who wait for its answer do not care why it takes long. */
static int ask_model(struct inquiry *inquiry, const struct record *in, struct error *err)
{
    const struct desk *desk = inquiry->asker->desk;
    struct prompt *prompt = &inquiry->prompt;
    int64_t waited_ms = in->timestamp_ms ? clock_now_ms() - in->timestamp_ms : 0;
    int64_t left_ms = desk->options->deadline_ms - (waited_ms > 0 ? waited_ms : 0);
    if (left_ms <= 0)
        return fail(err, ERROR_REJECT, "the question waited for %lld s, longer than gemini.deadline",
                    (long long)(waited_ms / 1000));
    const struct question question = {
        .system = system_prompt,
        .text = strbuf_text(&prompt->text),
        .text_of_facts = prompt->text_of_facts.len ? prompt->text_of_facts.data : NULL,
        .schema = prompt->schema,
        .until_ms = clock_monotonic_ms() + left_ms,
        .check = check,
        .context = prompt->schema,
    };
    if (model_ask(desk->model, inquiry->asker->http, &question, &inquiry->reply, err))
        return -1;
    digest(inquiry);
    return 0;
}

/* Which of the model's answer becomes part of the document. */
static json_t *account(const struct inquiry *inquiry, const json_t *answer, const char *suspicious)
{
    const struct reply *reply = &inquiry->reply;
    json_t *made =
        json_pack("{s:s, s:s?, s:s, s:{s:I, s:I, s:I}, s:b, s:s?, s:O?, s:o}", "name", reply->model,
                  "version", *reply->version ? reply->version : NULL, "prompt_sha256", inquiry->prompt_sha256,
                  "tokens", "prompt", (json_int_t)reply->prompt_tokens, "answer",
                  (json_int_t)reply->answer_tokens, "thoughts", (json_int_t)reply->thought_tokens, "cached",
                  inquiry->cached, "confidence", json_string_at(answer, "confidence"), "need",
                  json_object_get(answer, "need"), "suspicious", json_null());
    if (suspicious)
        json_object_set_new(made, "suspicious", json_sprintf("%.20s reads as if it gave orders", suspicious));
    else if (json_true_at(answer, "injection_suspected"))
        json_object_set_new(made, "suspicious", json_string("the model says so"));
    return made;
}

static void attribute(const struct inquiry *inquiry, const json_t *answer, struct decision *decision)
{
    const char *confidence = json_string_at(answer, "confidence");
    strbuf_printf(&decision->explanation, " (In the words of %s%s%s.)", inquiry->reply.model,
                  confidence ? ", confidence " : "", confidence ? confidence : "");
}

/* The rules' decision becomes the model's, if that may be followed. */
static int follow(struct inquiry *inquiry, struct decision *decision, struct error *err)
{
    const char *suspicious = suspicion_find(inquiry->asker->suspicion, inquiry->facts->incident->observed);
    AUTO_JSON *answer = answer_read(inquiry->prompt.schema, inquiry->reply.answer, err);
    if (!answer || vet(&inquiry->prompt, inquiry->facts, answer, suspicious, decision, err))
        return wrap(err, "the answer of %s was not followed", inquiry->reply.model);
    attribute(inquiry, answer, decision);
    decision->model = account(inquiry, answer, suspicious);
    return 0;
}

static int follow_an_earlier_answer(struct inquiry *inquiry, const char *print, struct decision *decision)
{
    struct error err;
    if (!answers_find(inquiry->asker->desk->answers, print, &inquiry->reply, inquiry->prompt_sha256))
        return 0;
    inquiry->cached = 1;
    if (follow(inquiry, decision, &err) == 0)
        return 1;
    reply_free(&inquiry->reply);
    inquiry->cached = 0;
    return 0;
}

static int ask(const struct asker *asker, const struct record *in, const struct facts *facts,
               const struct rule *rule, struct decision *decision, struct error *err)
{
    const struct desk *desk = asker->desk;
    char print[SHA256_HEX_SIZE];
    const char *off = model_is_off(desk->model);
    AUTO_INQUIRY inquiry = {.asker = asker, .facts = facts};
    if (off)
        return fail(err, ERROR_REJECT, "%s", off);
    prompt_write(&inquiry.prompt, facts, decision, decide_task(facts, rule),
                 desk->options->tier == MODEL_TIER_PAID);
    fingerprint(&inquiry.prompt, facts, print);
    if (follow_an_earlier_answer(&inquiry, print, decision))
        return 0;
    if (ask_model(&inquiry, in, err) || follow(&inquiry, decision, err))
        return -1;
    answers_keep(desk->answers, print, &inquiry.reply, inquiry.prompt_sha256);
    return 0;
}

/* What a rule settled is settled, in its own words; what none did goes to people as it would without a model. */
static void fall_back(const struct rule *rule, const struct error *why, struct decision *decision)
{
    log_warn("decided without the model", "reason", why->text, NULL);
    if (!rule->asks)
        return;
    decision->source = SOURCE_FALLBACK;
    strbuf_puts(&decision->explanation, " A language model was to be asked: ");
    vet_plain(why->text, &decision->explanation);
    strbuf_putc(&decision->explanation, '.');
}

static int run(void *context, const struct record *in, struct outbox *out, struct error *err)
{
    const struct asker *asker = context;
    AUTO_INCIDENT incident = {0};
    AUTO_DECISION decision = {0};
    struct facts facts;
    struct error why;
    if (incident_read(in->value, in->len, &incident, err) || incident_due(&incident, SECTION_DECIDED, err))
        return -1;
    log_context(incident.id, ask_stage.name);
    facts_read(&facts, &incident);
    const struct rule *rule = decide_by_rules(&facts, &decision);
    if (ask(asker, in, &facts, rule, &decision, &why)) {
        if (process_stopping())
            return fail(err, ERROR_RETRY, "%s", why.text);
        fall_back(rule, &why, &decision);
    }
    decide_publish(in, &facts, &decision, out);
    return 0;
}

static const enum topic inputs[] = {TOPIC_QUESTIONS};

const struct stage ask_stage = {
    .name = "ask",
    .process = "brain",
    .group = "brain-ask", /* a lane that waits for a model must not hold up the other lanes' rebalance */
    .inputs = inputs,
    .input_count = COUNT_OF(inputs),
    .run = run,
    .give_up = decide_give_up,
    .open = open_lane,
    .close = close_lane,
};
