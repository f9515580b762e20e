/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One incident document becomes one message for people: what happened, why, on which evidence, what was done
 * or has to be done. The message is a small model that terminal.c and slack.c draw, each in its own way. Pure
 * but for the wording.
 *
 * Everything in a document is text from outside (workloads, models, people): here it becomes well-formed
 * UTF-8 without control, bidirectional or zero-width characters, and is cut to what a person reads. It is
 * still not escaped for anything.
 */
#pragma once

#include <stddef.h>

#include "common/base/error.h"
#include "common/runtime/kafka.h"
#include "common/schema/incident.h"

/* Lets a drawing choose a colour or a symbol; the words say the same. */
enum tone { TONE_GOOD, TONE_BUSY, TONE_ASK, TONE_BAD };

/* A labelled piece of a message. */
struct part {
    const char *label; /* "Cause": a literal of compose.c */
    char *text;        /* never empty; lines are separated by \n */
    int verbatim;      /* commands and diffs: one line stays one line */
};

#define MESSAGE_FACTS 6
#define MESSAGE_PARTS 10

struct message {
    const char *state; /* "recovered": goes into `notified`; a literal of compose.c */
    enum tone tone;
    char *title;                      /* one line: "Recovered · shop/web · ImagePullBackOff" */
    struct part facts[MESSAGE_FACTS]; /* short, one line each: workload, cluster, … */
    size_t fact_count;
    struct part parts[MESSAGE_PARTS]; /* in reading order: the first says what happened */
    size_t part_count;
    char *footer; /* one line: the event id, when, how much it may do */
};

#define AUTO_MESSAGE __attribute__((cleanup(message_free))) struct message
void message_free(struct message *message);

/* The message for an outcome. ERROR_REJECT when `decided` or `acted` is missing or its result is an unknown
 * word. On failure out is empty and safe to free. */
int compose(const struct incident *incident, struct message *out, struct error *err);

/* The message for a record that gave no message of its own: where it is, and why. */
void compose_unreadable(const struct record *record, const struct error *why, struct message *out);
