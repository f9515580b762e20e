/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/options.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/url.h"

static const char *const colours[] = {"auto", "always", "never", NULL};

const struct option notifier_option_rows[] = {
    {.key = "notifier.listen",
     .type = OPTION_STRING,
     .offset = offsetof(struct notifier_options, listen),
     .fallback = "127.0.0.1:9104",
     .help = "Address and port of /healthz, /readyz and /metrics; empty for none."},
    {.key = "notifier.lanes",
     .type = OPTION_INTEGER,
     .offset = offsetof(struct notifier_options, lanes),
     .fallback = "1",
     .least = 1,
     .most = 16,
     .help = "Threads that read outcomes; Slack's pace (one message a second) rarely needs a second one."},
    {.key = "notifier.colour",
     .type = OPTION_CHOICE,
     .offset = offsetof(struct notifier_options, colour),
     .fallback = "auto",
     .choices = colours,
     .help = "Colours in messages on standard output: auto (on a terminal), always or never."},
    {.key = "slack.webhook_url",
     .type = OPTION_SECRET,
     .offset = offsetof(struct notifier_options, slack.webhook_url),
     .conventional = "SLACK_WEBHOOK_URL",
     .help = "Slack incoming webhook; unset: messages are printed on standard output."},
    {.key = "slack.timeout",
     .type = OPTION_DURATION,
     .offset = offsetof(struct notifier_options, slack.timeout_ms),
     .fallback = "5s",
     .least = 500,
     .most = 30000,
     .help = "How long one POST to Slack may take before it is tried again."},
};

const size_t notifier_option_count = COUNT_OF(notifier_option_rows);

static int starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

int slack_options_check(const struct slack_options *options, struct error *err)
{
    const char *url = options->webhook_url;
    if (!url || starts_with(url, "https://") || url_is_loopback(url))
        return 0;
    return fail(err, ERROR_FATAL,
                "slack.webhook_url: not an https:// address; copy the whole of it from the app's Incoming "
                "Webhooks page");
}
