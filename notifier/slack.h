/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slack through an incoming webhook: one POST a message. A webhook can neither edit a message nor answer in a
 * thread, and buttons on it do nothing; so each outcome is a message of its own.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 * https://docs.slack.dev/reference/block-kit/blocks
 */
#pragma once

#include "common/base/error.h"
#include "common/base/json.h"
#include "notifier/compose.h"
#include "notifier/options.h"

/* The body of the POST: `text` (what notifications and screen readers say) and `blocks`: header, facts, one
 * rich text of the parts, footer. Text of a document stands in rich text and plain text elements, where Slack
 * parses nothing; in the fields and in `text`, & < > are escaped, so that no <!channel> or disguised link
 * comes out of a log line. Within Slack's limits whatever the message (a test holds it). A new reference,
 * never NULL. Pure. */
json_t *slack_body(const struct message *message);

/* A connection of one lane; the options must outlive it. Never NULL; slack_close accepts NULL. */
struct slack;
struct slack *slack_open(const struct slack_options *options);
void slack_close(struct slack *slack);

/* Posts the message; 0 once Slack said "ok". ERROR_RETRY: no answer, 429 (with what Retry-After asks) or 5xx;
 * Slack may have shown the message all the same when the answer was lost. ERROR_REJECT: the webhook is wrong
 * or gone, and no later try will do better until somebody changes it; the text says what. The address is in
 * no text: it is the credential. */
int slack_post(struct slack *slack, const struct message *message, struct error *err);
