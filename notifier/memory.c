/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/runtime/health.h"
#include "common/runtime/kafka.h"
#include "common/schema/limits.h"

#define POLL_MS 200 /* how soon the thread sees that the process stops */

static struct {
    pthread_mutex_t lock;
    struct said {
        char incident[ID_SIZE]; /* "" = free */
        long lap;               /* the newest one that people know of … */
        char answer[ID_SIZE];   /* … and the newest answer to it; "" = none */
    } said[LIMIT_SAID_INCIDENTS];
    size_t next; /* the place of the oldest, which the next incident takes */
    int read;    /* all that was there at the start is in */
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

static int has_read(void)
{
    pthread_mutex_lock(&memory.lock);
    int read = memory.read;
    pthread_mutex_unlock(&memory.lock);
    return read;
}

static void set_read(void)
{
    pthread_mutex_lock(&memory.lock);
    memory.read = 1;
    pthread_mutex_unlock(&memory.lock);
    health_ready("notices");
}

static int follow(struct kafka_consumer *consumer, struct error *err)
{
    while (!process_stopping()) {
        struct record record;
        int got = kafka_poll(consumer, POLL_MS, &record, err);
        if (got < 0)
            return -1;
        if (got) {
            memory_learn(record.key, record.id ? record.id : "");
            kafka_record_free(&record);
        }
        if (!has_read() && kafka_caught_up(consumer))
            set_read();
    }
    return 0;
}

static int read_notices(void *context, struct error *err)
{
    static const enum topic inputs[] = {TOPIC_NOTICES};
    struct kafka_consumer *consumer = kafka_tail(context, inputs, COUNT_OF(inputs), 0, err);
    if (!consumer)
        return process_stopping() ? 0 : -1;
    int failed = follow(consumer, err);
    kafka_consumer_close(consumer);
    return failed;
}

void memory_start(struct common_options *options)
{
    health_not_ready("notices", "reading what people were told already");
    process_spawn("notices", read_notices, options);
}

void memory_wait(void)
{
    while (!has_read() && !process_stopping())
        clock_sleep_ms(POLL_MS);
}
