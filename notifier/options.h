/* SPDX-License-Identifier: Apache-2.0 */
/* The notifier's options: its own section and `slack:`. The file's every key is documented in
 * deploy/aegiops.yaml. */
#pragma once

#include <stddef.h>

#include "common/base/error.h"
#include "common/runtime/options.h"
#include "common/runtime/process.h"

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct slack_options {
    char *webhook_url; /* NULL = messages go to standard output */
    long timeout_ms;   /* for one POST */
};

struct notifier_options {
    struct common_options common;
    const char *listen; /* "address:port" of the health listener */
    long lanes;
    int colour; /* enum colour */
    struct slack_options slack;
};

/* The rows of `notifier:` and `slack:`; they fill a struct notifier_options. */
extern const struct option notifier_option_rows[];
extern const size_t notifier_option_count;

/* What a row cannot say: the webhook is an https:// address, or plain http:// on this very machine (a test's
 * stand-in), so that the secret in it never crosses a network in the clear. ERROR_FATAL says what to do; the
 * address is not shown. */
int slack_options_check(const struct slack_options *options, struct error *err);
