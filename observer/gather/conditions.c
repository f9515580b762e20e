/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "observer/gather/parts.h"

static const char *text_at(const json_t *condition, const char *name)
{
    const char *text = json_string_at(condition, name);
    return text ? text : "";
}

static void put_condition(const json_t *condition, struct strbuf *out, struct strbuf *messages)
{
    const char *type = text_at(condition, "type"), *reason = text_at(condition, "reason"),
               *since = text_at(condition, "lastTransitionTime"), *message = text_at(condition, "message");
    strbuf_printf(out, "%s %s%s%s", type, text_at(condition, "status"), *reason ? ", " : "", reason);
    strbuf_printf(out, "%s%s\n", *since ? ", since " : "", since);
    if (*message)
        strbuf_printf(messages, "%s: %s\n", type, message);
}

/* Of what makes pods, the facts say as much. */
void gather_conditions(struct visit *visit)
{
    AUTO_STRBUF out = {0}, messages = {0};
    size_t i;
    const json_t *condition;
    if (visit->sighting->has_controller)
        return;
    json_array_foreach(json_at(visit->object, "status.conditions"), i, condition)
        put_condition(condition, &out, &messages);
    evidence_add(visit->evidence, "status", "K", &out);
    evidence_add(visit->evidence, "status", "W", &messages);
}
