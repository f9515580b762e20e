/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/subjects.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "observer/store.h"

/* What is asked of an event most often; reason is its shared text. */
struct heard {
    struct item *item;
    const char *reason;
    int64_t last_ms;
    int count, streak;
};

struct subject {
    struct table_node node;
    const char *object_uid; /* the shared text of its events */
    struct heard
        events[STORE_EVENTS_PER_OBJECT + 1]; /* oldest first; one too many until the next look for excess */
    size_t count;
    struct subject *older, *newer;
};

static struct subject *subject_at(struct table_node *node)
{
    return (struct subject *)((char *)node - offsetof(struct subject, node));
}

static uint32_t hash_of(const char *uid)
{
    return table_hash(TABLE_HASH, uid, strlen(uid));
}

static struct subject *find(const struct subjects *subjects, const char *object_uid)
{
    struct table_node *node = table_first(&subjects->table, hash_of(object_uid));
    while (node && strcmp(subject_at(node)->object_uid, object_uid) != 0)
        node = table_next(node);
    return node ? subject_at(node) : NULL;
}

/* ---- By age ---- */

static void unlink_subject(struct subjects *subjects, struct subject *subject)
{
    *(subject->older ? &subject->older->newer : &subjects->oldest) = subject->newer;
    *(subject->newer ? &subject->newer->older : &subjects->newest) = subject->older;
}

static void link_newest(struct subjects *subjects, struct subject *subject)
{
    subject->older = subjects->newest;
    subject->newer = NULL;
    *(subjects->newest ? &subjects->newest->newer : &subjects->oldest) = subject;
    subjects->newest = subject;
}

/* ---- Changes ---- */

static void take_out(struct subjects *subjects, struct item *item)
{
    struct subject *subject = item->place;
    size_t i = 0;
    while (subject->events[i].item != item)
        i++;
    subject->count--;
    subjects->event_count--;
    memmove(subject->events + i, subject->events + i + 1, (subject->count - i) * sizeof(struct heard));
    if (subject->count > 0)
        return;
    unlink_subject(subjects, subject);
    table_remove(&subjects->table, &subject->node);
    free(subject);
}

static struct subject *subject_of(struct subjects *subjects, const char *object_uid)
{
    struct subject *subject = find(subjects, object_uid);
    if (subject) {
        unlink_subject(subjects, subject);
    } else {
        subject = xcalloc(1, sizeof(*subject));
        subject->object_uid = object_uid;
        table_add(&subjects->table, &subject->node, hash_of(object_uid));
    }
    link_newest(subjects, subject);
    return subject;
}

/* What an event, which was heard before as old (NULL = never), has come to without a pause. */
static int streak_of(const struct item *old, const struct event_facts *event)
{
    const struct subject *subject = old ? old->place : NULL;
    for (size_t i = 0; subject && i < subject->count; i++) {
        const struct heard *heard = &subject->events[i];
        if (heard->item == old && event->last_ms - heard->last_ms <= EVENT_PAUSE_MS)
            return heard->streak + (event->count > heard->count ? event->count - heard->count : 0);
    }
    return 1;
}

static void put_in(struct subjects *subjects, const struct item *old, struct item *item)
{
    const struct event_facts *event =
        &item_facts(subjects->texts, STORE_EVENTS, item, subjects->arena)->event;
    struct subject *subject = subject_of(subjects, event->object_uid);
    size_t place = subject->count;
    while (place > 0 && subject->events[place - 1].last_ms > event->last_ms)
        place--;
    memmove(subject->events + place + 1, subject->events + place,
            (subject->count - place) * sizeof(struct heard));
    subject->events[place] =
        (struct heard){item, event->reason, event->last_ms, event->count, streak_of(old, event)};
    subject->count++;
    subjects->event_count++;
    item->place = subject;
}

/* The new one first: the subject's texts live as long as an event of it does. */
void subjects_change(struct subjects *subjects, struct item *old, struct item *new)
{
    if (new)
        put_in(subjects, old, new);
    if (old)
        take_out(subjects, old);
}

/* ---- Limits ---- */

static int is_repeated(const struct subject *subject, size_t index)
{
    for (size_t i = index + 1; i < subject->count; i++)
        if (subject->events[i].reason == subject->events[index].reason) /* shared texts: equal pointers */
            return 1;
    return 0;
}

/* The oldest whose reason comes again later, else the oldest. */
static struct item *least_telling(const struct subject *subject)
{
    for (size_t i = 0; i < subject->count; i++)
        if (is_repeated(subject, i))
            return subject->events[i].item;
    return subject->events[0].item;
}

static int is_expired(const struct heard *event, int64_t now_ms)
{
    return event->last_ms < now_ms - STORE_EVENT_TTL_MS;
}

struct item *subjects_excess(const struct subjects *subjects, int64_t now_ms)
{
    const struct subject *newest = subjects->newest, *oldest = subjects->oldest;
    if (!newest)
        return NULL;
    if (newest->count > STORE_EVENTS_PER_OBJECT)
        return least_telling(newest);
    if (is_expired(&newest->events[0], now_ms))
        return newest->events[0].item;
    if (subjects->event_count > STORE_EVENTS_MAX || is_expired(&oldest->events[0], now_ms))
        return oldest->events[0].item;
    return NULL;
}

size_t subjects_events(const struct subjects *subjects, const char *object_uid, int64_t now_ms,
                       const struct event_facts **out, size_t max)
{
    const struct subject *subject = find(subjects, object_uid);
    size_t count = 0;
    for (size_t i = subject ? subject->count : 0; i > 0 && count < max; i--) {
        const struct heard *heard = &subject->events[i - 1];
        if (is_expired(heard, now_ms))
            continue;
        union facts *facts = item_facts(subjects->texts, STORE_EVENTS, heard->item, subjects->arena);
        facts->event.streak = heard->streak;
        out[count++] = &facts->event;
    }
    return count;
}

void subjects_free(struct subjects *subjects)
{
    assert(subjects->table.count == 0);
    table_free(&subjects->table);
}
