/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/good.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"

struct good {
    const char *hash; /* shared; NULL = this and all that follow are free */
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

static int has_templates(const struct group *group)
{
    return group->object && (group->kept_as == STORE_DEPLOYMENTS || group->kept_as == STORE_STATEFUL_SETS ||
                             group->kept_as == STORE_DAEMON_SETS);
}

/* The template that all pods run and are ready with, or NULL. */
static const char *common_hash(const struct groups *groups, const struct group *group, int replicas)
{
    const char *hash = "";
    int live = 0;
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
    return live == replicas && *hash ? hash : NULL;
}

/* Both the controller and the pods must say so: the two come by different watches, and either may be behind. */
static const char *complete_hash(const struct groups *groups, const struct group *group)
{
    if (!has_templates(group) || group->serving == 0)
        return NULL;
    const struct controller_facts *controller =
        &item_facts(groups->texts, group->kept_as, group->object, groups->arena)->controller;
    if (!is_complete(controller) || group->serving != (size_t)controller->replicas)
        return NULL;
    return common_hash(groups, group, controller->replicas);
}

static int64_t spell_ms(const struct good *good, int64_t now_ms)
{
    int64_t ms = good->is_on ? now_ms - good->since_ms : 0;
    return ms > good->longest_ms ? ms : good->longest_ms;
}

/* The place of a template in the group's list: where it is, else the last, whose old content goes. */
static size_t place_of(struct texts *texts, struct group *group, const char *hash)
{
    size_t i = 0;
    while (i < STORE_GOOD_TEMPLATES - 1 && group->good[i].hash && group->good[i].hash != hash)
        i++;
    struct good *good = &group->good[i];
    if (good->hash == hash)
        return i;
    if (good->hash)
        texts_drop(texts, good->hash);
    *good = (struct good){.hash = texts_share(texts, hash)};
    return i;
}

/* Begins a spell, and puts the template first. */
static void begin(struct texts *texts, struct group *group, const char *hash, int64_t now_ms)
{
    if (!group->good)
        group->good = xcalloc(STORE_GOOD_TEMPLATES, sizeof(*group->good));
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
    for (size_t i = 0; group->good && i < STORE_GOOD_TEMPLATES && group->good[i].hash; i++)
        texts_drop(texts, group->good[i].hash);
    free(group->good);
    group->good = NULL;
}

int64_t good_for_ms(const struct group *group, const char *template_hash)
{
    for (size_t i = 0; group->good && i < STORE_GOOD_TEMPLATES && group->good[i].hash; i++)
        if (strcmp(group->good[i].hash, template_hash) == 0) {
            int64_t ms = spell_ms(&group->good[i], clock_monotonic_ms());
            return ms > 0 ? ms : 1;
        }
    return 0;
}
