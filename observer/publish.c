/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/publish.h"

#include <stdlib.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/runtime/health.h"
#include "common/runtime/process.h"
#include "common/schema/incident.h"
#include "common/schema/limits.h"

#define WAIT_MS 1000

/* Takes in what is there, waiting at most wait_ms for the first. What cannot be read is none of ours to
 * reject: the brain reads the same. */
int publisher_remember(struct publisher *publisher, int wait_ms, struct error *err)
{
    struct record record;
    int got;
    while ((got = kafka_poll(publisher->tail, wait_ms, &record, err)) > 0) {
        struct error why;
        if (record.value &&
            memory_note(publisher->memory, record.value, record.len, record.traceparent, &why))
            log_debug("not remembered", "error", why.text, NULL);
        kafka_record_free(&record);
        wait_ms = 0;
    }
    return got;
}

void publisher_close(struct publisher *publisher)
{
    kafka_consumer_close(publisher->tail);
    kafka_producer_close(publisher->producer);
    publisher->tail = NULL;
    publisher->producer = NULL;
}

/* The producer first: it ends the transaction that a predecessor may have left open, which would hide all
 * later records from the tail. */
int publisher_open(struct publisher *publisher, struct error *err)
{
    static const enum topic topics_read[] = {TOPIC_INCIDENTS, TOPIC_OUTCOMES};
    health_not_ready(PUBLISHER_HEALTH, "reading which incidents are open");
    publisher->producer = kafka_producer_open(publisher->common, "observer", "observe", err);
    if (!publisher->producer)
        return -1;
    publisher->tail = kafka_tail(publisher->common, topics_read, COUNT_OF(topics_read),
                                 clock_now_ms() - LIMIT_TAIL_MS, err);
    if (!publisher->tail)
        return -1;
    while (!kafka_caught_up(publisher->tail) && !process_stopping()) {
        if (publisher_remember(publisher, WAIT_MS, err))
            return -1;
        memory_forget(publisher->memory, clock_now_ms());
    }
    health_ready(PUBLISHER_HEALTH);
    return 0;
}

/* One transaction of one document; then, and only then, it is remembered as any reader of the topic would. */
int publish(struct publisher *publisher, const struct notice *notice, json_t *take_observed,
            struct error *err)
{
    struct error why;
    AUTO_STRBUF document = {0};
    AUTO_FREE char *event_id = incident_event_id(notice->id, notice->lap);
    struct outbox *outbox = outbox_new();
    incident_write(&document, notice->id, notice->key, notice->opened_at, notice->lap, notice->follows,
                   take_observed);
    outbox_add(outbox, TOPIC_INCIDENTS, notice->key, event_id, notice->traceparent, document.data,
               document.len);
    crash_point("observe.gathered");
    int failed;
    while ((failed = kafka_commit(publisher->producer, NULL, outbox, NULL, 0, err)) &&
           err->kind == ERROR_RETRY && !process_stopping()) {
        log_warn("transaction failed: once more", "error", err->text, NULL);
        clock_sleep_ms(LIMIT_RETRY_FIRST_MS);
    }
    outbox_free(outbox);
    if (failed)
        return -1;
    crash_point("observe.published");
    if (memory_note(publisher->memory, document.data, document.len, notice->traceparent, &why))
        log_error("cannot remember a document of my own", "error", why.text, NULL);
    return 0;
}
