/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of the outside world, as values. A function that can fail takes `struct error *err` last and returns
 * 0, or -1 after `return fail(err, …)`; callers may put their context in front with wrap(). The kind is
 * chosen where it is known and says what the lane does. Functions that answer in three ways (1, 0, -1) say
 * so. err is written only on failure. Broken invariants of our own are not errors: they assert.
 */
#pragma once

enum error_kind {
    ERROR_RETRY,  /* may go well later: back off and try again, bounded by count and time */
    ERROR_REJECT, /* this message never will: to the rejected topic, and people are told */
    ERROR_FATAL,  /* whatever the message: log, exit, be restarted */
};

struct error {
    enum error_kind kind;
    long retry_after_ms; /* what the other side asked for (Retry-After); 0 = it said nothing */
    long status;         /* the HTTP status behind it; 0 = none */
    char text[512];      /* one line for people: what, where, what to do; cut at the end when too long,
                            control characters become spaces */
};

/* Fills err and returns -1. The arguments may point into err. */
int fail(struct error *err, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "<formatted>: " before err->text, keeps the rest, and returns -1. */
int wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "retry", "reject", "fatal": for logs, metrics and headers. */
const char *error_kind_name(enum error_kind kind);
