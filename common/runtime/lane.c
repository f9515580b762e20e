/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/lane.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/base/log.h"
#include "common/runtime/metrics.h"
#include "common/runtime/process.h"
#include "common/runtime/seen.h"
#include "common/schema/limits.h"

#define IDLE_WAIT_MS 500
#define REOPEN_WINDOW_MS 60000
#define REOPEN_PAUSE_MS 2000 /* whoever took over may have to ask twice, half a second apart */

/* What happened to a record, for the counters. */
enum fate { FATE_DONE, FATE_REPEATED, FATE_REJECTED, FATE_COUNT };

struct lane {
    const struct common_options *options;
    const struct stage *stage;
    char *name; /* "decide-0" */
    void *context;
    struct kafka_consumer *consumer;
    struct kafka_producer *producer;
    struct seen *seen;
    struct outbox *outbox;
    struct record
        pending[LIMIT_BATCH_RECORDS]; /* read, not yet committed; the first `worked` of them are done */
    size_t count, worked;
    unsigned generation; /* in which they were read */
    int64_t reopened_ms;
    struct metric *fates[FATE_COUNT], *retries, *transactions;
};

struct start {
    const struct common_options *options;
    const struct stage *stage;
    void *shared;
    char *name;
};

static void drop_pending(struct lane *lane)
{
    for (size_t i = 0; i < lane->count; i++)
        kafka_record_free(&lane->pending[i]);
    lane->count = lane->worked = 0;
    outbox_clear(lane->outbox);
}

static void leave(struct lane *lane)
{
    drop_pending(lane);
    kafka_consumer_close(lane->consumer);
    lane->consumer = NULL;
}

static void disconnect(struct lane *lane)
{
    leave(lane);
    kafka_producer_close(lane->producer);
    lane->producer = NULL;
}

/* Opens what is not open. */
static int connect(struct lane *lane, struct error *err)
{
    const struct stage *stage = lane->stage;
    if (!lane->producer)
        lane->producer = kafka_producer_open(lane->options, stage->process, lane->name, err);
    if (!lane->producer)
        return -1;
    lane->consumer = kafka_join(lane->options, stage->group ? stage->group : stage->process, stage->inputs,
                                stage->input_count, err);
    if (!lane->consumer)
        return -1;
    lane->generation = kafka_generation(lane->consumer);
    return 0;
}

/* Takes what is ready: waits for a first record, then a moment for those right behind it. A rebalance voids
 * what was taken before it. Polls at least once, since that is what keeps the membership alive. */
static int gather(struct lane *lane, struct error *err)
{
    int64_t until = 0;
    int wait = lane->count ? 0 : IDLE_WAIT_MS;
    while (lane->count < LIMIT_BATCH_RECORDS) {
        struct record record;
        int got = kafka_poll(lane->consumer, wait, &record, err);
        if (got < 0)
            return -1;
        if (kafka_generation(lane->consumer) != lane->generation) {
            lane->generation = kafka_generation(lane->consumer);
            drop_pending(lane);
        }
        if (!got)
            return 0;
        lane->pending[lane->count++] = record;
        int64_t now = clock_monotonic_ms();
        until = until ? until : now + LIMIT_BATCH_WAIT_MS;
        wait = until > now ? (int)(until - now) : 0;
        if (until <= now)
            return 0;
    }
    return 0;
}

/* What any desk demands of a record before it looks inside. Topics that people write to are free of form. */
static int check_envelope(const struct record *record, struct error *err)
{
    const char *type = topics[record->topic].ce_type;
    if (!type)
        return 0;
    if (!record->id || !record->type)
        return fail(err, ERROR_REJECT, "the headers " HEADER_ID " and " HEADER_TYPE " are missing");
    if (strcmp(record->type, type) != 0)
        return fail(err, ERROR_REJECT, "type \"%.100s\" is not \"%s\", the one this program reads",
                    record->type, type);
    if (!record->value)
        return fail(err, ERROR_REJECT, "the record has no value");
    return 0;
}

/* Runs the stage until it settles or its tries are used up. */
static int run_stage(struct lane *lane, const struct record *record, struct error *err)
{
    size_t before = outbox_count(lane->outbox);
    int64_t give_up_ms = clock_monotonic_ms() + LIMIT_RETRY_TOTAL_MS;
    long pause_ms = LIMIT_RETRY_FIRST_MS;
    for (int tries = 1;; tries++, pause_ms *= 2) {
        if (lane->stage->run(lane->context, record, lane->outbox, err) == 0)
            return 0;
        outbox_truncate(lane->outbox, before);
        if (err->kind != ERROR_RETRY || tries == LIMIT_RETRIES || process_stopping())
            return -1;
        long wait_ms = pause_ms / 2 + id_random((uint32_t)pause_ms);
        wait_ms = err->retry_after_ms > wait_ms ? err->retry_after_ms : wait_ms;
        if (clock_monotonic_ms() + wait_ms > give_up_ms)
            return -1;
        metric_add(lane->retries, 1);
        log_info("trying again", "error", err->text, NULL);
        clock_sleep_ms(wait_ms);
    }
}

/* The record will not work here: it is kept byte for byte, and people hear of it where the stage can tell
 * them. What ran out of tries was readable, so the stage's own account of it is enough. */
static void give_up(struct lane *lane, const struct record *record, const struct error *why)
{
    const struct stage *stage = lane->stage;
    log_error("giving up on a record", "topic", topics[record->topic].name, "kind",
              error_kind_name(why->kind), "error", why->text, NULL);
    if (why->kind != ERROR_RETRY || !stage->give_up)
        outbox_reject(lane->outbox, record, stage->name, why);
    if (stage->give_up)
        stage->give_up(lane->context, record, why, lane->outbox);
    metric_add(lane->fates[FATE_REJECTED], 1);
}

/* 0, or -1 when the process must end (ERROR_FATAL) or was asked to stop before the record was settled. */
static int work_on(struct lane *lane, const struct record *record, struct error *err)
{
    if (check_envelope(record, err)) {
        give_up(lane, record, err);
        return 0;
    }
    if (record->id && seen_has(lane->seen, record->id)) {
        metric_add(lane->fates[FATE_REPEATED], 1);
        log_debug("repeat dropped", "id", record->id, NULL);
        return 0;
    }
    if (run_stage(lane, record, err) == 0) {
        metric_add(lane->fates[FATE_DONE], 1);
        return 0;
    }
    if (err->kind == ERROR_FATAL || (err->kind == ERROR_RETRY && process_stopping()))
        return -1;
    give_up(lane, record, err);
    return 0;
}

/* Works until the batch is done or has taken long enough. Ids of this batch count as seen at once: a batch
 * that is not committed is dropped together with them. */
static int work(struct lane *lane, struct error *err)
{
    int64_t until = clock_monotonic_ms() + LIMIT_BATCH_WORK_MS;
    while (lane->worked < lane->count && clock_monotonic_ms() < until) {
        struct record *record = &lane->pending[lane->worked];
        log_context(NULL, lane->stage->name);
        if (work_on(lane, record, err))
            return -1;
        if (record->id)
            seen_add(lane->seen, record->id);
        lane->worked++;
    }
    log_context(NULL, lane->stage->name);
    return 0;
}

static void forget_committed(struct lane *lane)
{
    for (size_t i = 0; i < lane->worked; i++)
        kafka_record_free(&lane->pending[i]);
    lane->count -= lane->worked;
    memmove(lane->pending, lane->pending + lane->worked, lane->count * sizeof *lane->pending);
    lane->worked = 0;
    outbox_clear(lane->outbox);
}

/* What was worked on becomes visible all at once. A batch that is dropped here is read again, and must not be
 * taken for a repeat then. */
static int commit(struct lane *lane, struct error *err)
{
    struct position positions[LIMIT_BATCH_RECORDS];
    for (size_t i = 0; i < lane->worked; i++)
        positions[i] =
            (struct position){lane->pending[i].topic, lane->pending[i].partition, lane->pending[i].offset};
    while (kafka_commit(lane->producer, lane->consumer, lane->outbox, positions, lane->worked, err)) {
        if (err->kind != ERROR_RETRY || process_stopping())
            return -1;
        log_warn("transaction failed: once more", "error", err->text, NULL);
        clock_sleep_ms(LIMIT_RETRY_FIRST_MS);
    }
    metric_add(lane->transactions, 1);
    forget_committed(lane);
    return 0;
}

static void forget_seen(struct lane *lane)
{
    seen_free(lane->seen);
    lane->seen = seen_new();
}

static void crash_here(const struct lane *lane, const char *where)
{
#ifdef AEGIOPS_CRASH_POINTS
    AUTO_FREE char *name = xasprintf("%s.%s", lane->stage->name, where);
    crash_point(name);
#else
    (void)lane, (void)where;
#endif
}

static int turn(struct lane *lane, struct error *err)
{
    if (gather(lane, err))
        return -1;
    if (!lane->count)
        return 0;
    if (work(lane, err))
        return -1;
    crash_here(lane, "worked");
    if (commit(lane, err))
        return -1;
    crash_here(lane, "committed");
    return 0;
}

/* The consumer starts again from what is really committed, whichever way the last transaction ended. The
 * producer is kept unless it broke: opening it fences whoever has the same id, and of two processes that share
 * one by mistake only the one that is fenced twice within a minute gives way. */
static int reopen(struct lane *lane, struct error *err)
{
    int64_t now = clock_monotonic_ms();
    int broken = err->kind == ERROR_FATAL;
    if (broken && lane->reopened_ms && now - lane->reopened_ms < REOPEN_WINDOW_MS)
        return -1;
    if (broken)
        lane->reopened_ms = now;
    log_warn("starting over from what is committed", "error", err->text, NULL);
    if (broken) {
        disconnect(lane);
        clock_sleep_ms(REOPEN_PAUSE_MS);
    } else {
        leave(lane);
    }
    forget_seen(lane);
    return connect(lane, err);
}

static int loop(struct lane *lane, struct error *err)
{
    while (!process_stopping())
        if (turn(lane, err) && !process_stopping() && reopen(lane, err) && !process_stopping())
            return -1;
    return 0;
}

static void count_as(struct lane *lane)
{
    static const char *const names[FATE_COUNT] = {"done", "repeated", "rejected"};
    for (int i = 0; i < FATE_COUNT; i++) {
        AUTO_FREE char *labels = xasprintf("stage=\"%s\",result=\"%s\"", lane->stage->name, names[i]);
        lane->fates[i] = metric_counter("aegiops_records_total", labels,
                                        "Records taken from Kafka, by what became of them.");
    }
    AUTO_FREE char *labels = xasprintf("stage=\"%s\"", lane->stage->name);
    lane->retries = metric_counter("aegiops_retries_total", labels, "Further tries at a record.");
    lane->transactions = metric_counter("aegiops_transactions_total", labels, "Committed transactions.");
}

static void lane_free(struct lane *lane)
{
    disconnect(lane);
    outbox_free(lane->outbox);
    seen_free(lane->seen);
    if (lane->stage->close && lane->context)
        lane->stage->close(lane->context);
    free(lane->name);
    free(lane);
}

static int run(void *context, struct error *err)
{
    struct start *start = context;
    struct lane *lane = xcalloc(1, sizeof *lane);
    lane->options = start->options;
    lane->stage = start->stage;
    lane->name = start->name;
    lane->outbox = outbox_new();
    lane->seen = seen_new();
    log_context(NULL, lane->stage->name);
    count_as(lane);
    lane->context = lane->stage->open ? lane->stage->open(start->shared, err) : start->shared;
    int failed = (lane->stage->open && !lane->context) || connect(lane, err) || loop(lane, err);
    lane_free(lane);
    free(start);
    return failed && !process_stopping() ? -1 : 0;
}

void lane_start(const struct common_options *options, const struct stage *stage, void *shared, long count)
{
    kafka_expect();
    for (long i = 0; i < count; i++) {
        struct start *start = xmalloc(sizeof *start);
        *start = (struct start){options, stage, shared, xasprintf("%s-%ld", stage->name, i)};
        process_spawn(start->name, run, start);
    }
}
