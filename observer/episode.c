/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/episode.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/schema/intent.h"
#include "common/schema/limits.h"

#define STAMP_GRAIN_MS 1000 /* creation times of objects have whole seconds */

struct episode *episode_new(const struct incident *incident)
{
    struct episode *episode = xcalloc(1, sizeof *episode);
    episode->id = xstrdup(incident->id);
    episode->opened_at = xstrdup(incident->opened_at);
    episode->class = xstrdup("");
    episode->detail = xstrdup("");
    episode->target = json_null();
    episode->onset = json_null();
    episode->tried = json_array();
    return episode;
}

void episode_free(struct episode *episode)
{
    free(episode->id);
    free(episode->opened_at);
    free(episode->class);
    free(episode->detail);
    free(episode->verdict);
    free(episode->traceparent);
    json_decref(episode->target);
    json_decref(episode->onset);
    json_decref(episode->tried);
    free(episode);
}

static void replace(char **text, const char *with)
{
    char *copy = with ? xstrdup(with) : NULL; /* first, as with may be the old text */
    free(*text);
    *text = copy;
}

/* A document's part is copied, lest it keep the whole document alive. */
static void replace_json(json_t **value, const json_t *with)
{
    json_decref(*value);
    *value = json_deep_copy(with);
}

/* Puts a try in its place among the others; the newer of two about one lap wins, as a proposal is followed by
 * its approval. */
static void add_try(json_t *tried, json_t *take_item, int is_newer)
{
    AUTO_JSON *item = take_item;
    long long lap = json_integer_at(item, "lap", 0);
    size_t place = json_array_size(tried);
    while (place > 0 && json_integer_at(json_array_get(tried, place - 1), "lap", 0) > lap)
        place--;
    if (place == 0 || json_integer_at(json_array_get(tried, place - 1), "lap", 0) != lap)
        json_array_insert(tried, place, item);
    else if (is_newer)
        json_array_set(tried, place - 1, item);
}

/* What the document says about earlier laps. */
static void note_earlier(struct episode *episode, const struct incident *incident)
{
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(incident->observed, "tried"), index, item)
    {
        if (json_is_object(item))
            add_try(episode->tried, json_deep_copy(item), 0);
    }
}

static int64_t time_at(const json_t *section)
{
    int64_t at_ms = clock_parse_rfc3339(json_string_at(section, "at"));
    return at_ms < 0 ? clock_now_ms() : at_ms;
}

static int is_recovered(const struct incident *incident)
{
    return verdict_from(json_string_at(incident->observed, "verdict")) == VERDICT_RECOVERED;
}

static void note_observed(struct episode *episode, const struct incident *incident)
{
    const json_t *observed = incident->observed, *onset = json_object_get(observed, "onset");
    const char *class = json_string_at(observed, "class"), *detail = json_string_at(observed, "detail");
    episode->lap = incident->lap;
    replace(&episode->class, class ? class : "");
    replace(&episode->detail, detail ? detail : "");
    replace_json(&episode->target, json_object_get(observed, "target"));
    replace(&episode->verdict, json_string_at(observed, "verdict"));
    episode->affected = json_integer_at(observed, "affected", 0);
    episode->available = json_integer_at(observed, "available", 0);
    if (json_is_object(onset))
        replace_json(&episode->onset, onset);
    episode->phase = is_recovered(incident) ? PHASE_CLOSING : PHASE_DECIDING;
    episode->since_ms = time_at(observed);
    episode->healthy_since_ms = 0;
}

/* Beyond the last lap nobody acts any more: what did not work out stays with people. */
static enum phase phase_after(const struct incident *incident)
{
    if (is_recovered(incident))
        return PHASE_CLOSED;
    int acts = incident->lap <= LIMIT_LAPS;
    switch (result_from(json_string_at(incident->acted, "result"))) {
    case RESULT_DONE:
    case RESULT_ALREADY:
        return acts ? PHASE_VERIFYING : PHASE_WATCHING;
    case RESULT_DEFERRED:
        return acts ? PHASE_DEFERRED : PHASE_WATCHING;
    case RESULT_FAILED:
        return acts ? PHASE_FAILED : PHASE_WATCHING;
    default:
        return PHASE_WATCHING;
    }
}

static json_t *try_of(const struct incident *incident)
{
    const json_t *acted = incident->acted;
    return json_pack("{s:i, s:s?, s:s?, s:s?, s:s?, s:s?, s:o?}", "lap", incident->lap, "status",
                     json_string_at(incident->decided, "status"), "action", json_string_at(acted, "action"),
                     "action_id", json_string_at(acted, "action_id"), "result",
                     json_string_at(acted, "result"), "detail", json_string_at(acted, "detail"), "undo",
                     json_deep_copy(json_object_get(acted, "undo")));
}

static void note_acted(struct episode *episode, const struct incident *incident)
{
    episode->phase = phase_after(incident);
    episode->since_ms = time_at(incident->acted);
    episode->acted_ms = 0;
    if (episode->phase == PHASE_VERIFYING)
        episode->acted_ms =
            episode->since_ms - json_integer_at(incident->acted, "took_ms", 0) - STAMP_GRAIN_MS;
    episode->healthy_since_ms = 0;
    episode->relapse = (struct spell){0};
}

void episode_note(struct episode *episode, const struct incident *incident, const char *traceparent)
{
    note_earlier(episode, incident);
    if (incident->acted && !is_recovered(incident)) /* nothing is tried once it has recovered */
        add_try(episode->tried, try_of(incident), 1);
    if (incident->lap > episode->lap)
        note_observed(episode, incident);
    else if (!incident->acted || incident->lap < episode->lap)
        return;
    if (incident->acted)
        note_acted(episode, incident);
    if (traceparent)
        replace(&episode->traceparent, traceparent);
}

/* The newest try that changed the cluster, or NULL. Borrowed. */
static const json_t *last_effect(const struct episode *episode)
{
    for (size_t i = json_array_size(episode->tried); i-- > 0;) {
        const json_t *item = json_array_get(episode->tried, i);
        int result = result_from(json_string_at(item, "result"));
        if (result == RESULT_DONE || result == RESULT_ALREADY)
            return item;
    }
    return NULL;
}

int episode_acted(const struct episode *episode)
{
    return last_effect(episode) != NULL;
}

json_t *episode_history(const struct episode *episode)
{
    char at[CLOCK_RFC3339_SIZE];
    const json_t *told = last_effect(episode);
    if (!told)
        told = json_array_get(episode->tried, json_array_size(episode->tried) - 1);
    return json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s}", "id", episode->id, "class", episode->class,
                     "action", json_string_at(told, "action"), "result", json_string_at(told, "result"),
                     "verdict", episode->verdict, "at", clock_rfc3339(episode->since_ms, at));
}
