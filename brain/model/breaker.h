/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaves alone what does not work: after several failures in a row nothing is asked of it for a while, then one question tries;
 * each time that fails the while is twice as long, up to five minutes. Not thread-safe: of roster.c, under its lock. Pure.
 */
#pragma once

#include <stdint.h>

#define BREAKER_FAILURES 4 /* more than one question can have of one model */
#define BREAKER_FIRST_MS 15000
#define BREAKER_MOST_MS (5 * 60 * 1000)

/* Zeroed: closed. Times are monotonic. */
struct breaker {
    int failures; /* in a row */
    int64_t pause_ms, until_ms;
    int is_tried; /* somebody tries whether it works again */
};

/* Whether it may be asked now: 1, also for whoever would be the one that tries. */
int breaker_may(const struct breaker *breaker, int64_t now_ms);

/* Says that it is being asked; breaker_may() was 1. breaker_ok(), breaker_failed() or breaker_leave() follows. */
void breaker_take(struct breaker *breaker, int64_t now_ms);

void breaker_ok(struct breaker *breaker);
void breaker_failed(struct breaker *breaker, int64_t now_ms);

/* As breaker_failed(), but once is enough: a key that is refused is not accepted the fourth time. */
void breaker_open(struct breaker *breaker, int64_t now_ms);

/* Nothing is known of how it would have gone. */
void breaker_leave(struct breaker *breaker);
