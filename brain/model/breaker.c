/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/breaker.h"

/* Whether it was opened since it last worked. */
static int is_open(const struct breaker *breaker)
{
    return breaker->pause_ms > 0;
}

int breaker_may(const struct breaker *breaker, int64_t now_ms)
{
    return !is_open(breaker) || (now_ms >= breaker->until_ms && !breaker->is_tried);
}

void breaker_take(struct breaker *breaker, int64_t now_ms)
{
    if (is_open(breaker) && now_ms >= breaker->until_ms)
        breaker->is_tried = 1;
}

void breaker_ok(struct breaker *breaker)
{
    *breaker = (struct breaker){0};
}

/* Those who were under way when it opened do not make the pause longer. */
void breaker_open(struct breaker *breaker, int64_t now_ms)
{
    if (is_open(breaker) && !breaker->is_tried)
        return;
    int64_t longer = is_open(breaker) ? 2 * breaker->pause_ms : BREAKER_FIRST_MS;
    breaker->pause_ms = longer < BREAKER_MOST_MS ? longer : BREAKER_MOST_MS;
    breaker->until_ms = now_ms + breaker->pause_ms;
    breaker->is_tried = 0;
}

void breaker_failed(struct breaker *breaker, int64_t now_ms)
{
    if (++breaker->failures >= BREAKER_FAILURES || is_open(breaker))
        breaker_open(breaker, now_ms);
}

void breaker_leave(struct breaker *breaker)
{
    breaker->is_tried = 0;
}
