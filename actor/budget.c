/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/budget.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/id.h"

/* An action that was done, or is in hand. */
struct entry {
    char action_id[ID_SIZE];
    char *key; /* of the workload: cluster/namespace/kind/name */
    char *ns;
    int64_t at_ms;
    int in_hand;
};

struct budget {
    pthread_mutex_t lock;
    const char *cluster;
    struct entry *entries; /* in no order */
    size_t count, capacity;
};

static const struct {
    const char *key, *of;
} scopes[BUDGET_SCOPES] = {
    [BUDGET_WORKLOAD] = {"policy.max_per_hour.workload", "this workload"},
    [BUDGET_NAMESPACE] = {"policy.max_per_hour.namespace", "this namespace"},
    [BUDGET_CLUSTER] = {"policy.max_per_hour.cluster", "the cluster"},
};

struct budget *budget_new(const char *cluster)
{
    struct budget *budget = xcalloc(1, sizeof *budget);
    pthread_mutex_init(&budget->lock, NULL);
    budget->cluster = cluster;
    return budget;
}

static void drop(struct budget *budget, size_t index)
{
    free(budget->entries[index].key);
    free(budget->entries[index].ns);
    budget->entries[index] = budget->entries[--budget->count];
}

void budget_free(struct budget *budget)
{
    if (!budget)
        return;
    while (budget->count)
        drop(budget, budget->count - 1);
    free(budget->entries);
    pthread_mutex_destroy(&budget->lock);
    free(budget);
}

static void forget_old(struct budget *budget, int64_t now_ms)
{
    for (size_t i = budget->count; i-- > 0;)
        if (!budget->entries[i].in_hand && budget->entries[i].at_ms <= now_ms - BUDGET_WINDOW_MS)
            drop(budget, i);
}

static struct entry *find(struct budget *budget, const char *action_id)
{
    for (size_t i = 0; i < budget->count; i++)
        if (strcmp(budget->entries[i].action_id, action_id) == 0)
            return &budget->entries[i];
    return NULL;
}

static void add(struct budget *budget, const struct entry *entry)
{
    if (budget->count == BUDGET_ENTRIES)
        return;
    if (budget->count == budget->capacity) {
        budget->capacity = budget->capacity ? budget->capacity * 2 : 64;
        budget->entries = xrealloc(budget->entries, budget->capacity * sizeof *budget->entries);
    }
    struct entry *made = &budget->entries[budget->count++];
    *made = *entry;
    made->key = xstrdup(entry->key);
    made->ns = xstrdup(entry->ns);
}

static int is_of_cluster(const struct budget *budget, const char *key)
{
    size_t len = strlen(budget->cluster);
    return strncmp(key, budget->cluster, len) == 0 && key[len] == '/';
}

static int was_done(const struct incident *incident)
{
    return result_from(json_string_at(incident->acted, "result")) == RESULT_DONE;
}

/* A stamp of the future, by a clock that is wrong, counts as of now. */
static int64_t time_of(const struct incident *incident, int64_t now_ms)
{
    int64_t at_ms = clock_parse_rfc3339(json_string_at(incident->acted, "at"));
    return at_ms < 0 || at_ms > now_ms ? now_ms : at_ms;
}

void budget_note(struct budget *budget, const char *bytes, size_t len)
{
    AUTO_INCIDENT incident = {0};
    struct error unreadable;
    if (incident_read(bytes, len, &incident, &unreadable) || !was_done(&incident) ||
        !is_of_cluster(budget, incident.key))
        return;
    const char *id = json_string_at(incident.acted, "action_id");
    const char *kind = json_string_at(incident.observed, "target.kind");
    const char *field = kind && strcmp(kind, "Namespace") == 0 ? "target.name" : "target.namespace";
    const char *ns = json_string_at(incident.observed, field);
    int64_t now_ms = clock_now_ms();
    struct entry entry = {.key = (char *)(uintptr_t)incident.key,
                          .ns = (char *)(uintptr_t)(ns ? ns : ""),
                          .at_ms = time_of(&incident, now_ms)};
    if (!id || strlen(id) >= sizeof entry.action_id || entry.at_ms <= now_ms - BUDGET_WINDOW_MS)
        return;
    memcpy(entry.action_id, id, strlen(id) + 1);
    pthread_mutex_lock(&budget->lock);
    forget_old(budget, now_ms);
    struct entry *known = find(budget, id);
    if (known)
        known->in_hand = 0; /* whoever has it in hand here will find it done */
    else
        add(budget, &entry);
    pthread_mutex_unlock(&budget->lock);
}

static int is_within(const struct entry *entry, const struct entry *asked, enum budget_scope scope)
{
    return scope == BUDGET_CLUSTER || (scope == BUDGET_NAMESPACE && strcmp(entry->ns, asked->ns) == 0) ||
           (scope == BUDGET_WORKLOAD && strcmp(entry->key, asked->key) == 0);
}

static int compare(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

/* When there is room again for one more, at most `most` within an hour; 0 = now. */
static int64_t free_at(const struct budget *budget, const struct entry *asked, enum budget_scope scope,
                       long most)
{
    size_t count = 0, room = (size_t)most;
    AUTO_FREE int64_t *times = xcalloc(budget->count + 1, sizeof *times);
    for (size_t i = 0; i < budget->count; i++)
        if (is_within(&budget->entries[i], asked, scope))
            times[count++] = budget->entries[i].at_ms;
    qsort(times, count, sizeof *times, compare);
    return count < room ? 0 : times[count - room] + BUDGET_WINDOW_MS;
}

static int defer(const struct policy *policy, enum budget_scope scope, int64_t until_ms,
                 struct outcome *outcome)
{
    char until[CLOCK_RFC3339_SIZE];
    const char *key = scopes[scope].key;
    return outcome_settle(
        outcome, RESULT_DEFERRED,
        "the budget of %s is used up: %ld actions within an hour (%s, %s); from %s on there is "
        "room again",
        scopes[scope].of, policy->max_per_hour[scope], key, policy_origin(policy, key),
        clock_rfc3339(until_ms, until));
}

/* Lock held. */
static int take(struct budget *budget, const struct policy *policy, const struct entry *asked,
                struct outcome *outcome)
{
    forget_old(budget, asked->at_ms);
    if (find(budget, asked->action_id))
        return 0;
    for (enum budget_scope scope = BUDGET_WORKLOAD; scope < BUDGET_SCOPES; scope++) {
        int64_t until_ms = free_at(budget, asked, scope, policy->max_per_hour[scope]);
        if (until_ms)
            return defer(policy, scope, until_ms, outcome);
    }
    add(budget, asked);
    return 0;
}

int budget_take(struct budget *budget, const struct policy *policy, const struct order *order,
                struct outcome *outcome)
{
    struct entry asked = {.key = (char *)(uintptr_t)order->incident->key,
                          .ns = (char *)(uintptr_t)policy_namespace(order),
                          .at_ms = clock_now_ms(),
                          .in_hand = 1};
    memcpy(asked.action_id, order->id, strlen(order->id) + 1); /* checked to be a derived one */
    pthread_mutex_lock(&budget->lock);
    int settled = take(budget, policy, &asked, outcome);
    pthread_mutex_unlock(&budget->lock);
    return settled;
}

void budget_settle(struct budget *budget, const char *action_id, int done)
{
    pthread_mutex_lock(&budget->lock);
    struct entry *entry = find(budget, action_id);
    if (entry && entry->in_hand && !done)
        drop(budget, (size_t)(entry - budget->entries));
    else if (entry)
        entry->in_hand = 0;
    pthread_mutex_unlock(&budget->lock);
}
