/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/id.h"
#include "common/runtime/follow.h"
#include "common/schema/limits.h"

static struct {
    pthread_mutex_t lock;
    struct said {
        char incident[ID_SIZE]; /* "" = free */
        long lap;               /* the newest one that people know of … */
        char answer[ID_SIZE];   /* … and the newest answer to it; "" = none */
    } said[LIMIT_SAID_INCIDENTS];
    size_t next; /* the place of the oldest, which the next incident takes */
} memory = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* A walk over a few hundred kilobytes, for something that happens some times an hour. */
static struct said *find(const char *incident)
{
    for (size_t i = 0; i < LIMIT_SAID_INCIDENTS; i++)
        if (strcmp(memory.said[i].incident, incident) == 0)
            return &memory.said[i];
    return NULL;
}

/* The lap of the event, or 0; *answer is what follows it, or "". */
static long lap_of(const char *incident, const char *event, const char **answer)
{
    size_t len = strlen(incident);
    char *end = "";
    int is_of = strncmp(event, incident, len) == 0 && event[len] == '.';
    long lap = is_of ? strtol(event + len + 1, &end, 10) : 0;
    *answer = *end == '.' ? end + 1 : "";
    return lap;
}

void memory_learn(const char *incident, const char *event)
{
    size_t len = strlen(incident);
    const char *answer;
    long lap = lap_of(incident, event, &answer);
    if (len == 0 || len >= ID_SIZE || lap < 1)
        return;
    pthread_mutex_lock(&memory.lock);
    struct said *said = find(incident);
    if (!said) {
        said = &memory.said[memory.next];
        memory.next = (memory.next + 1) % LIMIT_SAID_INCIDENTS;
        *said = (struct said){.lap = lap};
        memcpy(said->incident, incident, len);
    }
    if (said->lap < lap || (said->lap == lap && *answer)) {
        said->lap = lap;
        snprintf(said->answer, sizeof said->answer, "%s", answer);
    }
    pthread_mutex_unlock(&memory.lock);
}

int memory_said(const char *incident, const char *event)
{
    const char *answer;
    long lap = lap_of(incident, event, &answer);
    pthread_mutex_lock(&memory.lock);
    const struct said *said = find(incident);
    int known =
        said && (said->lap > lap || (said->lap == lap && (!*answer || strcmp(said->answer, answer) == 0)));
    pthread_mutex_unlock(&memory.lock);
    return known;
}

static void take_notice(void *context, const struct record *record)
{
    (void)context;
    memory_learn(record->key, record->id ? record->id : "");
}

static struct follower notices = {.part = "notices",
                                  .doing = "reading what people were told already",
                                  .topic = TOPIC_NOTICES,
                                  .take = take_notice};

void memory_start(struct common_options *options)
{
    notices.options = options;
    follow_start(&notices);
}

void memory_wait(void)
{
    follow_wait(&notices);
}
