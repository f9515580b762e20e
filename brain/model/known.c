/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/known.h"

#include <string.h>

#include "brain/model/call.h"
#include "common/base/alloc.h"
#include "common/base/clock.h"

#define CACHED_PART 10 /* a token that was read from a cache costs a tenth */

/* Prices of the paid tier in billionths of a dollar a token (dollars for a million tokens × 1000), as ai.google.dev/pricing had
 * them on 2026-10-07; the price of an answer includes its thoughts. Of several rows of a model, the first that is not over. */
static const struct known {
    const char *name;
    const char *until; /* RFC 3339; NULL = further notice */
    long long prompt, answer;
    int least; /* level of thinking; MINIMAL where none is known to be refused */
} models[] = {
    {"gemini-3.5-flash-lite", NULL, 300, 2500, THINKING_MINIMAL},
    {"gemini-3.8-flash", "2027-01-01T00:00:00Z", 750, 3750, THINKING_LOW},
    {"gemini-3.8-flash", NULL, 1500, 7500, THINKING_LOW},
    {"gemini-3.7-flash", NULL, 0, 0, THINKING_LOW},
    {"gemini-3.5-flash", NULL, 1500, 9000, THINKING_MINIMAL},
    {"gemini-3.1-flash-lite", NULL, 250, 1500, THINKING_MINIMAL},
    {"gemini-3.1-pro-preview", NULL, 2000, 12000, THINKING_LOW},
    {"gemini-4-argon", "2026-12-01T00:00:00Z", 2000, 10000, THINKING_MINIMAL},
    {"gemini-4-argon", NULL, 4000, 20000, THINKING_MINIMAL},
    {"gemini-2.5-flash", NULL, 300, 2500, THINKING_OMITTED},
    {"gemini-2.5-flash-lite", NULL, 100, 400, THINKING_OMITTED},
    {"gemini-2.5-pro", NULL, 1250, 10000, THINKING_OMITTED},
};

int known_same(const char *asked, const char *version)
{
    size_t len = strlen(asked);
    if (strncmp(asked, version, len) != 0)
        return 0;
    const char *suffix = version + len;
    return !*suffix || (*suffix == '-' && suffix[strspn(suffix, "-0123456789")] == '\0');
}

static const struct known *find(const char *model, int64_t now_ms)
{
    for (size_t i = 0; i < COUNT_OF(models); i++)
        if (known_same(models[i].name, model) &&
            (!models[i].until || now_ms < clock_parse_rfc3339(models[i].until)))
            return &models[i];
    return NULL;
}

long long known_cost(const char *model, int64_t now_ms, long long prompt, long long cached, long long answer)
{
    const struct known *known = find(model, now_ms);
    if (!known)
        return 0;
    cached = cached < prompt ? cached : prompt;
    long long billionths =
        (prompt - cached) * known->prompt + cached * known->prompt / CACHED_PART + answer * known->answer;
    return (billionths + 500) / 1000;
}

int known_thinking(const char *model, int wanted)
{
    const struct known *known = find(model, INT64_MAX);
    if (!known || (known->least != THINKING_OMITTED && wanted >= known->least))
        return wanted;
    return known->least;
}
