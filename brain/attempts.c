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

/* The last one that was not put off; NULL = there is none, or no lap is left for what it calls for. */
static const json_t *last(const struct facts *facts)
{
    size_t i = json_array_size(facts->tried);
    if (i >= LIMIT_LAPS)
        return NULL;
    while (i > 0 && result_of(json_array_get(facts->tried, i - 1)) == RESULT_DEFERRED)
        i--;
    return i > 0 ? json_array_get(facts->tried, i - 1) : NULL;
}

int attempts_ended_with(const struct facts *facts, const char *action)
{
    return had_effect(last(facts)) && strcmp(text(last(facts), "action"), action) == 0;
}

const char *attempts_to_undo(const struct facts *facts)
{
    int can_be = json_is_object(json_object_get(last(facts), "undo")) && had_effect(last(facts)) &&
                 !attempts_ended_with(facts, ACTION_UNDO);
    return can_be ? text(last(facts), "action_id") : "";
}

/* What came of raising the limit says how much more it takes; a third time, it is a leak. */
static int may_raise_again(const struct facts *facts, const json_t *item)
{
    return attempts_with_effect(facts) < 2 && facts_is(facts, CLASS_OOM_KILLED) &&
           facts->verdict == VERDICT_UNCHANGED && had_effect(item) &&
           strcmp(text(item, "action"), ACTION_SET_RESOURCES) == 0;
}

int attempts_are_used_up(const struct facts *facts)
{
    for (size_t i = 0; i < json_array_size(facts->tried); i++) {
        const json_t *item = json_array_get(facts->tried, i);
        if (result_of(item) != RESULT_DEFERRED && !may_raise_again(facts, item))
            return 1;
    }
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
