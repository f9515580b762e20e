/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/adopt.h"

#include <string.h>

#include "common/schema/limits.h"

#define FORBIDDEN 403   /* what an API server that has just started says to everybody for a moment */
#define SIBLINGS_MAX 20 /* asked for at once: the others have their turn when this is asked for again */

/* What nobody has asked for yet, as an array of owners' texts. */
struct strays {
    const struct sighting *sighting;
    int siblings;
    json_t *found;
};

static int note_stray(void *context, const struct owner *stray)
{
    struct strays *strays = context;
    const struct sighting *sighting = strays->sighting;
    int is_seen = strcmp(stray->kind, sighting->kind) == 0 && strcmp(stray->name, sighting->name) == 0;
    if (is_seen || strays->siblings)
        json_array_append_new(strays->found, json_pack("[s, s, s, s]", stray->api_version, stray->kind,
                                                       stray->name, stray->uid));
    return json_array_size(strays->found) == SIBLINGS_MAX;
}

static struct owner owner_from(const json_t *texts)
{
    const char *text[4];
    for (size_t i = 0; i < 4; i++)
        text[i] = json_string_value(json_array_get(texts, i));
    return (struct owner){text[0], text[1], text[2], text[3]};
}

/* One step upwards: 1, 0 = there is no further one, -1 = not known yet. Kinds that nobody told us of may well be
 * forbidden. */
static int step(struct kube_read *reader, const char *ns, struct owner *owner, json_t *alive, int insist,
                struct error *err)
{
    json_t *object = kube_read_metadata(reader, owner->api_version, owner->kind, ns, owner->name, err);
    if (!object) {
        int is_odd = err->status == FORBIDDEN && kube_read_knows(owner->api_version, owner->kind) && !insist;
        if (err->kind != ERROR_RETRY && !is_odd)
            return 0;
        err->kind = ERROR_RETRY;
        return -1;
    }
    json_array_append_new(alive, object);
    const char *uid = json_string_at(object, "metadata.uid");
    if (!uid || strcmp(uid, owner->uid) != 0) /* the owner is gone; this is a namesake */
        return 0;
    return kube_read_owner(json_object_get(object, "metadata"), owner);
}

static int adopt_one(struct kube_read *reader, struct store *store, const char *ns, const struct owner *stray,
                     int insist, struct error *err)
{
    static const struct owner nobody = {"", "", "", ""};
    struct owner top = *stray;
    int went = 1;
    AUTO_JSON *alive = json_array();
    for (int i = 0; i < LIMIT_OWNERS && went > 0 && !store_watches(top.kind); i++)
        went = step(reader, ns, &top, alive, insist, err);
    if (went < 0)
        return -1;
    int is_own = strcmp(top.kind, stray->kind) == 0 && strcmp(top.name, stray->name) == 0;
    store_adopt(store, ns, stray->kind, stray->name, is_own ? &nobody : &top);
    return 0;
}

int adopt(struct kube_read *reader, struct store *store, const struct sighting *sighting, int siblings,
          int insist, struct error *err)
{
    size_t i;
    const json_t *texts;
    AUTO_JSON *found = json_array();
    if (store_watches(sighting->kind))
        return 0;
    store_lock(store);
    store_each_stray(store, sighting->ns, note_stray, &(struct strays){sighting, siblings, found});
    store_unlock(store);
    json_array_foreach(found, i, texts)
    {
        struct owner stray = owner_from(texts);
        if (adopt_one(reader, store, sighting->ns, &stray, insist, err))
            return -1;
    }
    return (int)json_array_size(found);
}
