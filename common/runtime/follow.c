/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/follow.h"

#include "common/base/clock.h"
#include "common/runtime/health.h"
#include "common/runtime/process.h"

#define POLL_MS 200 /* how soon the thread sees that the process stops */

static void set_read(struct follower *follower)
{
    atomic_store(&follower->is_read, 1);
    health_ready(follower->part);
}

static int read_on(struct follower *follower, struct kafka_consumer *consumer, struct error *err)
{
    while (!process_stopping()) {
        struct record record;
        int got = kafka_poll(consumer, POLL_MS, &record, err);
        if (got < 0)
            return -1;
        if (got) {
            follower->take(follower->context, &record);
            kafka_record_free(&record);
        }
        if (!atomic_load(&follower->is_read) && kafka_caught_up(consumer))
            set_read(follower);
    }
    return 0;
}

static int run(void *context, struct error *err)
{
    struct follower *follower = context;
    int64_t since_ms = follower->window_ms ? clock_now_ms() - follower->window_ms : 0;
    struct kafka_consumer *consumer = kafka_tail(follower->options, &follower->topic, 1, since_ms, err);
    if (!consumer)
        return process_stopping() ? 0 : -1;
    int failed = read_on(follower, consumer, err);
    kafka_consumer_close(consumer);
    return failed;
}

void follow_start(struct follower *follower)
{
    health_not_ready(follower->part, follower->doing);
    process_spawn(follower->part, run, follower);
}

void follow_wait(const struct follower *follower)
{
    while (!atomic_load(&follower->is_read) && !process_stopping())
        clock_sleep_ms(POLL_MS);
}
