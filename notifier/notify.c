/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/notify.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/strbuf.h"
#include "common/runtime/health.h"
#include "common/schema/incident.h"
#include "notifier/compose.h"
#include "notifier/memory.h"
#include "notifier/slack.h"
#include "notifier/terminal.h"

#define CHANNEL_WEBHOOK "webhook"
#define CHANNEL_TERMINAL "terminal"

/* What one lane holds. */
struct desk {
    int colours;
    struct slack *slack; /* NULL = no webhook: messages are printed */
};

/* Where the message went, or NULL and err. A webhook that refuses is an alarm for whoever runs this process,
 * and no reason to lose the message: it is printed instead. */
static const char *deliver(struct desk *desk, const struct message *message, struct error *err)
{
    if (desk->slack && slack_post(desk->slack, message, err) == 0) {
        health_ready("slack");
        return CHANNEL_WEBHOOK;
    }
    if (desk->slack && err->kind == ERROR_RETRY)
        return NULL;
    if (desk->slack) {
        health_not_ready("slack", err->text);
        log_error("Slack takes no messages: printed instead", "error", err->text, NULL);
    }
    return terminal_print(message, desk->colours, err) ? NULL : CHANNEL_TERMINAL;
}

/* The record's own id where it is of this incident and lap, as also answers to one proposal are told apart by it. */
static char *event_of(const struct record *in, const struct incident *incident)
{
    char *event = incident_event_id(incident->id, incident->lap);
    size_t len = strlen(event);
    if (!in->id || strncmp(in->id, event, len) != 0 || in->id[len] != '.')
        return event;
    free(event);
    return xstrdup(in->id);
}

/* The document with its last section, under the incident's id: what memory.c reads again. */
static void record_notice(const struct record *in, const struct incident *incident,
                          const struct message *message, const char *channel, struct outbox *out)
{
    char at[CLOCK_RFC3339_SIZE];
    json_t *notified = json_pack("{s:s, s:s, s:s}", "at", clock_rfc3339(clock_now_ms(), at), "channel",
                                 channel, "state", message->state);
    AUTO_STRBUF document = {0};
    AUTO_FREE char *event = event_of(in, incident);
    incident_append(&document, in->value, in->len, SECTION_NOTIFIED, notified);
    outbox_add(out, TOPIC_NOTICES, incident->id, event, in->traceparent, document.data, document.len);
    log_info("told", "state", message->state, "channel", channel, NULL);
}

static int notify(void *context, const struct record *in, struct outbox *out, struct error *err)
{
    struct desk *desk = context;
    AUTO_INCIDENT incident = {0};
    AUTO_MESSAGE message = {0};
    if (incident_read(in->value, in->len, &incident, err))
        return wrap(err, "outcome");
    log_context(incident.id, "notify");
    AUTO_FREE char *event = event_of(in, &incident);
    if (memory_said(incident.id, event)) {
        log_info("people know this already", NULL);
        return 0;
    }
    if (compose(&incident, &message, err))
        return wrap(err, "outcome");
    const char *channel = deliver(desk, &message, err);
    if (!channel)
        return -1;
    crash_point("notify.posted");
    record_notice(in, &incident, &message, channel, out);
    return 0;
}

/* Slack stayed away, or the record cannot be shown. What can be read is printed in full, of anything else
 * people hear where it is: no incident ends in silence. */
static void give_up(void *context, const struct record *in, const struct error *why, struct outbox *out)
{
    struct desk *desk = context;
    struct error err;
    AUTO_INCIDENT incident = {0};
    AUTO_MESSAGE message = {0};
    int readable =
        incident_read(in->value, in->len, &incident, &err) == 0 && compose(&incident, &message, &err) == 0;
    const char *channel = NULL;
    if (!readable) {
        compose_unreadable(in, why, &message);
        channel = deliver(desk, &message, &err);
    } else if (desk->slack) {
        health_not_ready("slack", why->text);
    }
    if (!channel && terminal_print(&message, desk->colours, &err) == 0)
        channel = CHANNEL_TERMINAL;
    if (!channel)
        log_error("a message could not be shown anywhere", "title", message.title, "error", err.text, NULL);
    else if (readable)
        record_notice(in, &incident, &message, channel, out);
}

/* Nothing is said before it is known what was said already. */
static void *open_desk(void *shared, struct error *err)
{
    (void)err;
    const struct notifier_options *options = shared;
    struct desk *desk = xcalloc(1, sizeof *desk);
    desk->colours =
        options->colour == COLOUR_ALWAYS || (options->colour == COLOUR_AUTO && isatty(STDOUT_FILENO));
    if (options->slack.webhook_url)
        desk->slack = slack_open(&options->slack);
    memory_wait();
    return desk;
}

static void close_desk(void *context)
{
    struct desk *desk = context;
    slack_close(desk->slack);
    free(desk);
}

static const enum topic inputs[] = {TOPIC_OUTCOMES};

const struct stage notify_stage = {
    .name = "notify",
    .process = "notifier",
    .inputs = inputs,
    .input_count = COUNT_OF(inputs),
    .run = notify,
    .give_up = give_up,
    .open = open_desk,
    .close = close_desk,
};
