/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/attempts.h"

#include <string.h>

#include "common/schema/intent.h"
#include "common/schema/limits.h"

static const char *text(const json_t *item, const char *key)
{
    const char *value = json_string_value(json_object_get(item, key));
    return value ? value : "";
}

static int result_of(const json_t *item)
{
    return result_from(json_string_value(json_object_get(item, "result")));
}

static int had_effect(const json_t *item)
{
    return result_of(item) == RESULT_DONE || result_of(item) == RESULT_ALREADY;
}

size_t attempts_with_effect(const struct facts *facts)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(facts->tried); i++)
        count += (size_t)had_effect(json_array_get(facts->tried, i));
    return count;
}

int attempts_are_used_up(const struct facts *facts)
{
    for (size_t i = 0; i < json_array_size(facts->tried); i++)
        if (result_of(json_array_get(facts->tried, i)) != RESULT_DEFERRED)
            return 1;
    return json_array_size(facts->tried) >= LIMIT_LAPS;
}

int attempts_in_history(const struct facts *facts, const char *action)
{
    for (size_t i = 0; i < json_array_size(facts->history); i++) {
        const json_t *item = json_array_get(facts->history, i);
        if (had_effect(item) && strcmp(text(item, "action"), action) == 0 &&
            facts_is(facts, text(item, "class")))
            return 1;
    }
    return 0;
}

void attempts_add(const struct facts *facts, struct strbuf *out)
{
    for (size_t i = 0; i < json_array_size(facts->tried); i++) {
        const json_t *item = json_array_get(facts->tried, i);
        const char *detail = text(item, "detail");
        strbuf_printf(out, "\n- lap %lld: %s, %s%s%s", json_integer_at(item, "lap", (long long)i + 1),
                      text(item, "action"), text(item, "result"), *detail ? ": " : "", detail);
    }
}
