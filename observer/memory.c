/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/memory.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/schema/incident.h"
#include "common/schema/intent.h"
#include "common/schema/limits.h"
#include "observer/episode.h"

struct memory {
    char *prefix;          /* "<cluster>/" */
    struct chart **charts; /* sorted by key */
    size_t count;
};

struct memory *memory_new(const char *cluster)
{
    struct memory *memory = xcalloc(1, sizeof *memory);
    memory->prefix = xasprintf("%s/", cluster);
    return memory;
}

static void chart_free(struct chart *chart)
{
    for (size_t i = 0; i < chart->episode_count; i++)
        episode_free(chart->episodes[i]);
    free(chart->episodes);
    free(chart->key);
    free(chart->ns);
    free(chart);
}

void memory_free(struct memory *memory)
{
    if (!memory)
        return;
    for (size_t i = 0; i < memory->count; i++)
        chart_free(memory->charts[i]);
    free(memory->charts);
    free(memory->prefix);
    free(memory);
}

/* The place of the key among the charts: where it is, or where it would be. */
static size_t place_of(const struct memory *memory, const char *key)
{
    size_t low = 0, high = memory->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(memory->charts[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int is_at(const struct memory *memory, size_t place, const char *key)
{
    return place < memory->count && strcmp(memory->charts[place]->key, key) == 0;
}

/* Takes "namespace/kind/name" apart in a copy that ns owns. 0, or -1 when it is not of that form. */
static int split(struct chart *chart, const char *rest)
{
    chart->ns = xstrdup(rest);
    chart->kind = strchr(chart->ns, '/');
    chart->name = chart->kind ? strchr(chart->kind + 1, '/') : NULL;
    if (!chart->name)
        return -1;
    *chart->kind++ = '\0';
    *chart->name++ = '\0';
    return 0;
}

/* The chart of this key, begun where there is none; NULL = the key is none of ours, or there are too many
 * charts. */
static struct chart *chart_of(struct memory *memory, const char *key)
{
    if (strncmp(key, memory->prefix, strlen(memory->prefix)) != 0)
        return NULL;
    size_t place = place_of(memory, key);
    if (is_at(memory, place, key))
        return memory->charts[place];
    if (memory->count == MEMORY_WORKLOADS)
        return NULL;
    struct chart *chart = xcalloc(1, sizeof *chart);
    chart->key = xstrdup(key);
    if (split(chart, key + strlen(memory->prefix))) {
        chart_free(chart);
        return NULL;
    }
    memory->charts = xrealloc(memory->charts, (memory->count + 1) * sizeof(struct chart *));
    memmove(&memory->charts[place + 1], &memory->charts[place],
            (memory->count - place) * sizeof(struct chart *));
    memory->count++;
    return memory->charts[place] = chart;
}

static char *key_of(const struct memory *memory, const char *ns, const char *kind, const char *name)
{
    return xasprintf("%s%s/%s/%s", memory->prefix, ns, kind, name);
}

struct chart *memory_chart(struct memory *memory, const char *ns, const char *kind, const char *name)
{
    AUTO_FREE char *key = key_of(memory, ns, kind, name);
    return chart_of(memory, key);
}

struct chart *memory_find(struct memory *memory, const char *ns, const char *kind, const char *name)
{
    AUTO_FREE char *key = key_of(memory, ns, kind, name);
    size_t place = place_of(memory, key);
    return is_at(memory, place, key) ? memory->charts[place] : NULL;
}

size_t memory_count(const struct memory *memory)
{
    return memory->count;
}

struct chart *memory_at(struct memory *memory, size_t index)
{
    return memory->charts[index];
}

/* The episode that the document is about, begun where there is none, in order of opening. RFC 3339 stamps of
 * one form sort as text. */
static struct episode *episode_of(struct chart *chart, const struct incident *incident)
{
    size_t place = chart->episode_count;
    for (size_t i = 0; i < chart->episode_count; i++)
        if (strcmp(chart->episodes[i]->id, incident->id) == 0)
            return chart->episodes[i];
    while (place > 0 && strcmp(chart->episodes[place - 1]->opened_at, incident->opened_at) > 0)
        place--;
    chart->episodes = xrealloc(chart->episodes, (chart->episode_count + 1) * sizeof(struct episode *));
    memmove(&chart->episodes[place + 1], &chart->episodes[place],
            (chart->episode_count - place) * sizeof(struct episode *));
    chart->episode_count++;
    return chart->episodes[place] = episode_new(incident);
}

int memory_note(struct memory *memory, const char *bytes, size_t len, const char *traceparent,
                struct error *err)
{
    AUTO_INCIDENT incident = {0};
    if (incident_read(bytes, len, &incident, err))
        return -1;
    if (!json_string_at(incident.observed, "target.uid"))
        return 0; /* a request */
    if (clock_parse_rfc3339(incident.opened_at) < 0)
        return fail(err, ERROR_REJECT, "\"opened_at\" is missing or no RFC 3339 time");
    struct chart *chart = chart_of(memory, incident.key);
    if (chart)
        episode_note(episode_of(chart, &incident), &incident, traceparent);
    return 0;
}

static void drop_episode(struct chart *chart, size_t index)
{
    episode_free(chart->episodes[index]);
    chart->episode_count--;
    memmove(&chart->episodes[index], &chart->episodes[index + 1],
            (chart->episode_count - index) * sizeof(struct episode *));
}

/* All but the newest are over, whether or not their end was seen. */
static void forget_episodes(struct chart *chart, int64_t now_ms)
{
    while (chart->episode_count > LIMIT_HISTORY_ITEMS + 1)
        drop_episode(chart, 0);
    for (size_t i = chart->episode_count; i-- > 0;)
        if (chart->episodes[i] != chart_open(chart) &&
            now_ms - chart->episodes[i]->since_ms > LIMIT_MEMORY_MS)
            drop_episode(chart, i);
}

void memory_forget(struct memory *memory, int64_t now_ms)
{
    size_t left = 0;
    for (size_t i = 0; i < memory->count; i++) {
        struct chart *chart = memory->charts[i];
        forget_episodes(chart, now_ms);
        if (chart->episode_count || !settle_is_calm(chart->spells))
            memory->charts[left++] = chart;
        else
            chart_free(chart);
    }
    memory->count = left;
}

struct episode *chart_open(const struct chart *chart)
{
    struct episode *newest = chart->episode_count ? chart->episodes[chart->episode_count - 1] : NULL;
    return newest && newest->phase != PHASE_CLOSED ? newest : NULL;
}

const char *chart_last_id(const struct chart *chart)
{
    for (size_t i = chart->episode_count; i-- > 0;)
        if (chart->episodes[i] != chart_open(chart))
            return chart->episodes[i]->id;
    return "";
}

json_t *chart_history(const struct chart *chart)
{
    json_t *history = json_array();
    for (size_t i = chart->episode_count; i-- > 0 && json_array_size(history) < LIMIT_HISTORY_ITEMS;)
        if (chart->episodes[i] != chart_open(chart))
            json_array_append_new(history, episode_history(chart->episodes[i]));
    return history;
}
