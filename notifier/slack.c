/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/slack.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/http.h"
#include "common/base/strbuf.h"

#define HEADER_CHARACTERS 150      /* https://docs.slack.dev/reference/block-kit/blocks/header-block */
#define FIELD_CHARACTERS 400       /* of 2,000: the facts are short */
#define TEXT_CHARACTERS 800        /* what a notification shows; 4,000 are advised at most */
#define ANSWER_BYTES (64 * 1024UL) /* "ok", one word, or somebody's error page */
#define ELLIPSIS "…"

struct slack {
    const struct slack_options *options;
    struct http *http;
};

static size_t character_bytes(unsigned char first)
{
    return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* Appends well-formed text with & < > escaped, in at most max bytes, which are never fewer than what Slack
 * counts; cut between characters and never within an escape.
 * https://docs.slack.dev/messaging/formatting-message-text#escaping */
static void escape(struct strbuf *out, const char *text, size_t max)
{
    size_t end = out->len + max - strlen(ELLIPSIS);
    while (*text) {
        size_t size = character_bytes((unsigned char)*text);
        const char *entity = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : NULL;
        size_t needed = entity ? strlen(entity) : size;
        if (out->len + needed > end) {
            strbuf_puts(out, ELLIPSIS);
            return;
        }
        strbuf_add(out, entity ? entity : text, needed);
        text += size;
    }
}

static json_t *plain_text(const char *text, size_t max)
{
    AUTO_STRBUF escaped = {0};
    escape(&escaped, text, max);
    return json_pack("{s:s, s:b, s:s}", "type", "plain_text", "emoji", 0, "text", strbuf_text(&escaped));
}

/* The words of the title say what the symbol says: it is there for the eye that scans a channel. */
static json_t *header_of(const struct message *message)
{
    static const char *const symbols[] = {
        [TONE_GOOD] = "✅", [TONE_BUSY] = "🔧", [TONE_ASK] = "✋", [TONE_BAD] = "🔴"};
    AUTO_FREE char *title = xasprintf("%s %s", symbols[message->tone], message->title);
    return json_pack("{s:s, s:o}", "type", "header", "text", plain_text(title, HEADER_CHARACTERS));
}

static json_t *field_of(const struct part *fact)
{
    AUTO_STRBUF text = {0};
    strbuf_printf(&text, "*%s*\n", fact->label);
    escape(&text, fact->text, FIELD_CHARACTERS);
    return json_pack("{s:s, s:b, s:s}", "type", "mrkdwn", "verbatim", 1, "text", strbuf_text(&text));
}

static json_t *facts_of(const struct message *message)
{
    json_t *fields = json_array();
    for (size_t i = 0; i < message->fact_count; i++)
        json_array_append_new(fields, field_of(&message->facts[i]));
    return json_pack("{s:s, s:o}", "type", "section", "fields", fields);
}

/* Rich text is literal: nothing in it is parsed, and so nothing is escaped. */
static void add_rich_part(json_t *elements, const struct part *part)
{
    AUTO_FREE char *label = xasprintf("%s%s", part->label, part->verbatim ? "" : ": ");
    json_t *section = json_pack("[{s:s, s:s, s:{s:b}}]", "type", "text", "text", label, "style", "bold", 1);
    json_t *text = json_pack("{s:s, s:s}", "type", "text", "text", part->text);
    if (!part->verbatim)
        json_array_append_new(section, text);
    json_array_append_new(elements,
                          json_pack("{s:s, s:o}", "type", "rich_text_section", "elements", section));
    if (part->verbatim)
        json_array_append_new(elements,
                              json_pack("{s:s, s:[o]}", "type", "rich_text_preformatted", "elements", text));
}

static json_t *parts_of(const struct message *message)
{
    json_t *elements = json_array();
    for (size_t i = 0; i < message->part_count; i++)
        add_rich_part(elements, &message->parts[i]);
    return json_pack("{s:s, s:o}", "type", "rich_text", "elements", elements);
}

static json_t *footer_of(const struct message *message)
{
    return json_pack("{s:s, s:[o]}", "type", "context", "elements",
                     plain_text(message->footer, FIELD_CHARACTERS));
}

static json_t *fallback_of(const struct message *message)
{
    AUTO_STRBUF text = {0};
    const char *first = message->part_count ? message->parts[0].text : "";
    AUTO_FREE char *whole = xasprintf("%s%s%s", message->title, *first ? ": " : "", first);
    escape(&text, whole, TEXT_CHARACTERS);
    return json_string(strbuf_text(&text));
}

json_t *slack_body(const struct message *message)
{
    json_t *blocks = json_array();
    json_array_append_new(blocks, header_of(message));
    if (message->fact_count)
        json_array_append_new(blocks, facts_of(message));
    if (message->part_count)
        json_array_append_new(blocks, parts_of(message));
    json_array_append_new(blocks, footer_of(message));
    return json_pack("{s:o, s:o, s:b, s:b}", "text", fallback_of(message), "blocks", blocks, "unfurl_links",
                     0, "unfurl_media", 0);
}

struct slack *slack_open(const struct slack_options *options)
{
    struct slack *slack = xmalloc(sizeof *slack);
    *slack = (struct slack){options, http_open("aegiops-notifier")};
    return slack;
}

void slack_close(struct slack *slack)
{
    if (!slack)
        return;
    http_close(slack->http);
    free(slack);
}

/* Slack's own word for a refusal, for people: a few lower-case letters and underscores, or nothing. */
static void refusal_word(const struct strbuf *body, char out[48])
{
    size_t len = strspn(strbuf_text(body), "abcdefghijklmnopqrstuvwxyz_");
    int is_word = len > 0 && len < 48 && len == body->len;
    memcpy(out, strbuf_text(body), is_word ? len : 0);
    out[is_word ? len : 0] = '\0';
}

static const char *advice_for(const char *word, long status)
{
    static const struct {
        const char *word, *advice;
    } known[] = {
        {"no_service", "the webhook was removed or switched off: make a new one"},
        {"no_service_id", "the webhook's address is not complete: copy it again"},
        {"no_team", "the webhook's workspace is gone: make a webhook in another one"},
        {"team_disabled", "the workspace is switched off"},
        {"invalid_token", "the webhook's address is not right: copy it again"},
        {"channel_not_found", "the webhook's channel is gone: make a webhook for another one"},
        {"channel_is_archived",
         "the webhook's channel is archived: unarchive it, or make a webhook for another one"},
        {"action_prohibited", "an administrator of the workspace forbids this: ask for it"},
        {"posting_to_general_channel_denied",
         "nobody but a few may post to this channel: choose another one"},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(known[i].word, word) == 0)
            return known[i].advice;
    return status / 100 == 3   ? "redirects are not followed: this is not the address of a webhook"
           : status / 100 == 2 ? "that is not Slack's \"ok\": something else answers at this address"
                               : "look at slack.webhook_url";
}

/* https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling-errors */
static int judge(const struct http_response *response, struct error *err)
{
    long status = response->status;
    const char *body = strbuf_text(&response->body);
    if (status == 200 && strcmp(body, "ok") == 0)
        return 0;
    char word[48];
    refusal_word(&response->body, word);
    if (status == 429 || status == 408 || status >= 500)
        fail(err, ERROR_RETRY, "Slack answered %ld %s", status, word);
    else
        fail(err, ERROR_REJECT, "Slack answered %ld %s: %s", status, word, advice_for(word, status));
    err->status = status;
    err->retry_after_ms = response->retry_after_ms;
    return -1;
}

int slack_post(struct slack *slack, const struct message *message, struct error *err)
{
    static const char *const headers[] = {"Content-Type: application/json; charset=utf-8", NULL};
    AUTO_JSON *body = slack_body(message);
    AUTO_STRBUF text = {0};
    json_write(body, &text);
    struct http_request request = {
        .method = "POST",
        .url = slack->options->webhook_url,
        .headers = headers,
        .body = text.data,
        .body_len = text.len,
        .timeout_ms = slack->options->timeout_ms,
        .max_bytes = ANSWER_BYTES,
    };
    AUTO_HTTP_RESPONSE response = {0};
    if (http_send(slack->http, &request, &response, err))
        return wrap(err, "Slack");
    return judge(&response, err);
}
