/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/limits.h"
#include "observer/gather/managed_by.h"
#include "observer/gather/parts.h"

static void put_link(const struct owner *owner, struct strbuf *out)
{
    strbuf_printf(out, " ← %s %s", owner->kind, owner->name);
    if (!kube_read_knows(owner->api_version, owner->kind))
        strbuf_printf(out, " (%s, a kind that AegiOps does not know)", owner->api_version);
}

static int is_subject(const struct visit *visit, const struct owner *owner)
{
    return visit_is_about(visit, owner->kind) && strcmp(owner->name, visit->sighting->name) == 0;
}

/* What was read of its revisions says whose they are; a Job is in the store. */
static int owner_from_memory(struct visit *visit, struct owner *owner)
{
    size_t i;
    const json_t *revision;
    struct store *store = visit->gatherer->gaze->store;
    json_array_foreach(visit->history, i, revision)
    {
        const char *uid = json_string_at(revision, "metadata.uid");
        if (uid && strcmp(uid, owner->uid) == 0)
            return kube_read_owner(json_object_get(revision, "metadata"), owner);
    }
    store_lock(store);
    const union facts *job = store_object(store, STORE_JOBS, owner->uid);
    int is_owned = job && *job->controller.owner.kind;
    if (is_owned)
        visit_keep_owner(visit, &job->controller.owner, owner);
    store_unlock(store);
    return is_owned;
}

static int owner_from_server(struct visit *visit, struct owner *owner)
{
    struct error err;
    struct owner next;
    if (visit->away)
        return 0;
    AUTO_JSON *object = kube_read_metadata(visit->gatherer->reader, owner->api_version, owner->kind,
                                           visit_ns(visit), owner->name, &err);
    AUTO_FREE char *what = xasprintf("the %s", owner->kind);
    if (!object)
        visit_miss(visit, "owner", what, &err);
    if (!kube_read_owner(json_object_get(object, "metadata"), &next))
        return 0;
    visit_keep_owner(visit, &next, owner);
    return 1;
}

/* From the pod up to the subject. */
static void put_owners_of_pod(struct visit *visit, struct strbuf *out)
{
    struct owner owner = visit->witness->pod.owner;
    int steps = *owner.kind ? LIMIT_OWNERS : 0;
    strbuf_printf(out, "Pod %s%s", visit->witness->pod.name, steps ? "" : ": nobody owns it");
    for (int i = 0; i < steps; i++) {
        put_link(&owner, out);
        if (is_subject(visit, &owner) ||
            (!owner_from_memory(visit, &owner) && !owner_from_server(visit, &owner)))
            return;
    }
}

static void put_chain(struct visit *visit, struct strbuf *out)
{
    struct owner owner;
    int is_owned = kube_read_owner(visit_metadata(visit), &owner) && !visit_is_about(visit, "Pod");
    if (visit->witness)
        put_owners_of_pod(visit, out);
    else if (is_owned)
        strbuf_printf(out, "%s %s", visit->sighting->kind, visit->sighting->name);
    if (is_owned)
        put_link(&owner, out);
    strbuf_putc(out, '\n');
}

/* A controller keeps what it owns as it wants it, as a tool does. */
static void find_manager(struct visit *visit, struct strbuf *out)
{
    AUTO_STRBUF mark = {0};
    struct owner owner;
    const char *tool = managed_by(visit_metadata(visit), &mark);
    if (tool)
        visit->managed_by = xstrdup(tool);
    else if (kube_read_owner(visit_metadata(visit), &owner))
        visit->managed_by = xasprintf("%s %s", owner.kind, owner.name);
    if (visit->managed_by)
        strbuf_printf(out, "%s keeps %s %s as it is", visit->managed_by, visit->sighting->kind,
                      visit->sighting->name);
    if (tool)
        strbuf_printf(out, ": %s", mark.data);
}

/* Of a kind that nobody told us of: that it may not be read is no reason to wait. */
static void read_metadata(struct visit *visit)
{
    struct error err;
    const struct sighting *sighting = visit->sighting;
    if (sighting->gone || visit->away || kube_read_knows(sighting->api_version, sighting->kind) ||
        visit_is_about(visit, STORE_REGISTRY))
        return;
    AUTO_FREE char *what = xasprintf("the %s", sighting->kind);
    visit->metadata = kube_read_metadata(visit->gatherer->reader, sighting->api_version, sighting->kind,
                                         sighting->ns, sighting->name, &err);
    if (!visit->metadata)
        visit_miss(visit, "owner", what, &err);
}

void gather_owners(struct visit *visit)
{
    AUTO_STRBUF out = {0};
    read_metadata(visit);
    if (visit->finding)
        put_chain(visit, &out);
    find_manager(visit, &out);
    evidence_add(visit->evidence, "owner", "K", &out);
}
