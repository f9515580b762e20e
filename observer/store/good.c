/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/good.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"

struct good {
    const char *hash; /* shared */
    int64_t longest_ms;
    int64_t since_ms; /* of the spell that is on */
    int is_on;
};

/* Whether the controller says that its newest template runs everywhere, and has for all it wants. */
static int is_complete(const struct controller_facts *controller)
{
    return !controller->deleted_ms && controller->observed_generation >= controller->generation &&
           controller->replicas > 0 && controller->status_replicas == controller->replicas &&
           controller->updated == controller->replicas && controller->available == controller->replicas;
}

/* The template that all pods run and are ready with, or NULL. */
static const char *common_hash(const struct groups *groups, const struct group *group)
{
    const char *hash = "";
    uint32_t live = 0;
    for (size_t i = 0; i < group->pods.count; i++) {
        const struct pod_facts *pod =
            &item_facts(groups->texts, STORE_PODS, group->pods.items[i], groups->arena)->pod;
        if (pod->deleted_ms || strcmp(pod->phase, "Failed") == 0)
            continue;
        if (!pod->ready || (live > 0 && hash != pod->template_hash)) /* shared texts: equal pointers */
            return NULL;
        hash = pod->template_hash;
        live++;
    }
    return live == group->wanted && *hash ? hash : NULL;
}

uint32_t good_wanted(enum store_kind kind, const union facts *facts)
{
    int has_templates = kind == STORE_DEPLOYMENTS || kind == STORE_STATEFUL_SETS || kind == STORE_DAEMON_SETS;
    return has_templates && is_complete(&facts->controller) ? (uint32_t)facts->controller.replicas : 0;
}

/* Both the controller and the pods must say so: the two come by different watches, and either may be behind. */
static const char *complete_hash(const struct groups *groups, const struct group *group)
{
    return group->wanted && group->serving == group->wanted ? common_hash(groups, group) : NULL;
}

static int64_t spell_ms(const struct good *good, int64_t now_ms)
{
    int64_t ms = good->is_on ? now_ms - good->since_ms : 0;
    return ms > good->longest_ms ? ms : good->longest_ms;
}

/* The place of a template in the group's list: where it is, else the end, for which the last has to go when the list is full. */
static size_t place_of(struct texts *texts, struct group *group, const char *hash)
{
    size_t i = 0;
    while (i < group->good_count && group->good[i].hash != hash)
        i++;
    if (i < group->good_count)
        return i;
    if (i == STORE_GOOD_TEMPLATES)
        texts_drop(texts, group->good[--i].hash);
    else
        group->good = xrealloc(group->good, ++group->good_count * sizeof(*group->good));
    group->good[i] = (struct good){.hash = texts_share(texts, hash)};
    return i;
}

/* Begins a spell, and puts the template first. */
static void begin(struct texts *texts, struct group *group, const char *hash, int64_t now_ms)
{
    size_t place = place_of(texts, group, hash);
    struct good good = group->good[place];
    memmove(group->good + 1, group->good, place * sizeof(good));
    good.since_ms = now_ms;
    good.is_on = 1;
    group->good[0] = good;
}

void good_note(struct groups *groups, struct group *group)
{
    const char *hash = complete_hash(groups, group);
    struct good *newest = group->good; /* only the newest can be on */
    int64_t now_ms = clock_monotonic_ms();
    if (newest && newest->is_on && newest->hash != hash) {
        newest->longest_ms = spell_ms(newest, now_ms);
        newest->is_on = 0;
    }
    if (hash && !(newest && newest->is_on))
        begin(groups->texts, group, hash, now_ms);
}

void good_clear(struct texts *texts, struct group *group)
{
    for (size_t i = 0; i < group->good_count; i++)
        texts_drop(texts, group->good[i].hash);
    free(group->good);
    group->good = NULL;
    group->good_count = 0;
}

int64_t good_for_ms(const struct group *group, const char *template_hash)
{
    for (size_t i = 0; i < group->good_count; i++)
        if (strcmp(group->good[i].hash, template_hash) == 0) {
            int64_t ms = spell_ms(&group->good[i], clock_monotonic_ms());
            return ms > 0 ? ms : 1;
        }
    return 0;
}
