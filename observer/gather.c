/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/schema/limits.h"
#include "observer/gather/evidence.h"
#include "observer/gather/revisions.h"
#include "observer/gather/template_diff.h"

#define FORBIDDEN 403 /* what an API server that has just started says to everybody for a moment */

/* One gathering: what was read for it. */
struct visit {
    const struct gatherer *gatherer;
    const struct sighting *sighting;
    const struct finding *finding; /* may be NULL */
    struct evidence *evidence;
    json_t *object;       /* the Deployment, else the first sampled pod; NULL = not to be had */
    json_t *replica_sets; /* NULL = none, or not to be had */
    struct revisions revisions;
    struct error missing; /* why something was not to be had */
    int away;             /* the API server is: nothing more is asked */
    int later;            /* there may be more to be had another time */
};

static void visit_free(struct visit *visit)
{
    evidence_free(visit->evidence);
    json_decref(visit->object);
    json_decref(visit->replica_sets);
}

#define AUTO_VISIT __attribute__((cleanup(visit_free))) struct visit

static void miss(struct visit *visit, const char *kind, const char *what, const struct error *why)
{
    visit->missing = *why;
    visit->away |= why->kind == ERROR_RETRY;
    visit->later |= why->kind == ERROR_RETRY || why->status == FORBIDDEN;
    evidence_miss(visit->evidence, kind, what, why);
}

/* The pod that stands for all that fail; NULL = it is not pods that fail. */
static const struct sick_pod *sample_of(const struct visit *visit)
{
    return visit->finding && visit->finding->sample_count ? &visit->finding->samples[0] : NULL;
}

static void read_object(struct visit *visit)
{
    struct error err;
    const struct sighting *sighting = visit->sighting;
    struct kube_read *reader = visit->gatherer->reader;
    if (kube_read_knows(sighting->kind))
        visit->object = kube_read_object(reader, sighting->kind, sighting->ns, sighting->name, &err);
    else if (sample_of(visit))
        visit->object = kube_read_object(reader, "Pod", sighting->ns, sample_of(visit)->pod.name, &err);
    else
        return;
    AUTO_FREE char *what = xasprintf("the %s", kube_read_knows(sighting->kind) ? sighting->kind : "Pod");
    if (!visit->object)
        miss(visit, "spec", what, &err);
}

static void read_replica_sets(struct visit *visit)
{
    struct error err;
    const struct sighting *sighting = visit->sighting;
    const json_t *selector = json_at(visit->object, "spec.selector");
    if (!visit->finding || strcmp(sighting->kind, "Deployment") != 0 || !selector || visit->away)
        return;
    visit->replica_sets =
        kube_read_replica_sets(visit->gatherer->reader, sighting->ns, selector, sighting->uid, &err);
    if (!visit->replica_sets)
        miss(visit, "diff", "the ReplicaSets", &err);
    revisions_judge(visit->replica_sets, visit->finding->first.pod.template_hash, sighting,
                    visit->gatherer->gaze, visit->gatherer->good_after_ms, &visit->revisions);
}

/* The container of this name in a pod, or in the template of what makes pods; NULL = none. */
static const json_t *container_in(const json_t *maker, const char *name)
{
    static const char *const lists[] = {"spec.template.spec.containers", "spec.template.spec.initContainers",
                                        "spec.containers", "spec.initContainers"};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        size_t index;
        json_t *item;
        json_array_foreach(json_at(maker, lists[i]), index, item)
        {
            const char *its_name = json_string_at(item, "name");
            if (its_name && strcmp(its_name, name) == 0)
                return item;
        }
    }
    return NULL;
}

static void add_spec(struct visit *visit)
{
    const json_t *maker = visit->revisions.failing ? visit->revisions.failing : visit->object;
    if (sample_of(visit))
        evidence_add_spec(visit->evidence, container_in(maker, sample_of(visit)->container.name));
}

static void add_diff(struct visit *visit)
{
    AUTO_STRBUF lines = {0}, text = {0};
    const struct revisions *revisions = &visit->revisions;
    if (!revisions->failing || !revisions->previous)
        return;
    template_diff(json_at(revisions->previous, "spec.template"), json_at(revisions->failing, "spec.template"),
                  &lines);
    if (lines.len == 0)
        return;
    strbuf_printf(&text, "pod template, revision %s → revision %s:\n%s", revision_number(revisions->previous),
                  revision_number(revisions->failing), lines.data);
    evidence_add(visit->evidence, "diff", "K", &text);
}

static void add_log(struct visit *visit, int previous)
{
    struct error err;
    AUTO_STRBUF log = {0};
    const struct sick_pod *sick = sample_of(visit);
    if (visit->away)
        return;
    AUTO_FREE char *head = xasprintf("log of container %s in pod %s, %s:", sick->container.name,
                                     sick->pod.name, previous ? "the run before" : "the present run");
    if (kube_read_log(visit->gatherer->reader, sick->pod.ns, sick->pod.name, sick->container.name, previous,
                      LIMIT_LOG_TAIL_LINES, &log, &err))
        miss(visit, "log", "the log", &err);
    else
        evidence_add_log(visit->evidence, head, &log);
}

/* While a container waits for its next run there is only the run before. */
static void add_logs(struct visit *visit)
{
    const struct container_facts *container = sample_of(visit) ? &sample_of(visit)->container : NULL;
    if (!container || !*container->name)
        return;
    if (*container->last.reason)
        add_log(visit, 1);
    if (*container->now.reason || container->state == CONTAINER_RUNNING)
        add_log(visit, 0);
}

static json_t *target(const struct visit *visit)
{
    const struct sighting *sighting = visit->sighting;
    const char *version = NULL, *uid = json_string_at(visit->object, "metadata.uid");
    if (uid && strcmp(uid, sighting->uid) == 0)
        version = json_string_at(visit->object, "metadata.resourceVersion");
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?}", "api_version", sighting->api_version, "kind",
                     sighting->kind, "namespace", sighting->ns, "name", sighting->name, "uid", sighting->uid,
                     "resource_version", version);
}

static json_t *pod_item(const struct sick_pod *sick)
{
    const struct container_facts *container = &sick->container;
    const struct termination *end = *container->now.reason ? &container->now : &container->last;
    const char *reason = container->state == CONTAINER_WAITING ? container->reason : end->reason;
    json_t *exit_code = *end->reason ? json_integer(end->exit_code) : json_null();
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:i}", "name", sick->pod.name, "uid", sick->pod.uid,
                     "node", sick->pod.node, "container", container->name, "reason", reason, "exit_code",
                     exit_code, "restarts", container->restarts);
}

static json_t *pods(const struct finding *finding)
{
    json_t *list = json_array();
    for (size_t i = 0; finding && i < finding->sample_count; i++)
        json_array_append_new(list, pod_item(&finding->samples[i]));
    return list;
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static json_t *good(const json_t *set)
{
    if (!set)
        return json_null();
    return json_pack("{s:s, s:s, s:s?}", "template_hash", revision_hash(set), "revision",
                     revision_number(set), "replica_set", json_string_at(set, "metadata.name"));
}

static int is_new_revision(const struct visit *visit)
{
    return visit->revisions.failing_is_newest && json_array_size(visit->replica_sets) > 1;
}

static json_t *onset(const struct visit *visit)
{
    char since[CLOCK_RFC3339_SIZE];
    const struct finding *finding = visit->finding;
    const struct revisions *revisions = &visit->revisions;
    if (!finding)
        return json_null();
    return json_pack("{s:s?, s:s?, s:s, s:b, s:o}", "template_hash",
                     or_null(finding->first.pod.template_hash), "revision",
                     revisions->failing ? or_null(revision_number(revisions->failing)) : NULL, "since",
                     clock_rfc3339(finding->since_ms ? finding->since_ms : visit->sighting->at_ms, since),
                     "new_revision", is_new_revision(visit), "good", good(revisions->good));
}

/* As they are now: of the Deployment itself, whichever of its ReplicaSets fails. */
static json_t *before(const struct visit *visit)
{
    const char *name = sample_of(visit) ? sample_of(visit)->container.name : "";
    const json_t *container = container_in(visit->object, name);
    if (!container)
        return json_null();
    return json_pack("{s:s, s:s?, s:s?}", "container", name, "memory_limit",
                     json_string_at(container, "resources.limits.memory"), "memory_request",
                     json_string_at(container, "resources.requests.memory"));
}

static json_t *summary(const struct visit *visit)
{
    AUTO_STRBUF text = {0};
    const struct sighting *sighting = visit->sighting;
    const struct finding *finding = visit->finding;
    size_t wanted = (size_t)sighting->wanted; /* a rollout under way has more pods than that */
    if (!finding) {
        strbuf_puts(&text, "Nothing of ");
        sighting_name_pods(sighting, 0, 0, &text);
        strbuf_puts(&text, " fails");
        return json_text(text.data, text.len, LIMIT_EVIDENCE_TEXT_BYTES);
    }
    size_t total = finding->affected <= wanted ? wanted : sighting->pods;
    sighting_name_pods(sighting, finding->affected, finding->detector->of_object ? 0 : total, &text);
    strbuf_puts(&text, " cannot ");
    finding->detector->describe(finding, &text);
    if (is_new_revision(visit))
        strbuf_printf(&text, " since revision %s", revision_number(visit->revisions.failing));
    return json_text(text.data, text.len, LIMIT_EVIDENCE_TEXT_BYTES);
}

static void add_evidence(struct visit *visit)
{
    add_spec(visit);
    add_diff(visit);
    evidence_add_events(visit->evidence, visit->gatherer->gaze->store, visit->sighting, visit->finding);
    add_logs(visit);
}

static json_t *detail(const struct finding *finding)
{
    const char *text = finding ? finding->detail : NULL;
    return text ? json_text(text, strlen(text), LIMIT_EVIDENCE_TEXT_BYTES) : json_null();
}

static json_t *observed(const struct visit *visit)
{
    char at[CLOCK_RFC3339_SIZE];
    const struct sighting *sighting = visit->sighting;
    const struct finding *finding = visit->finding;
    clock_rfc3339(sighting->at_ms, at);
    json_t *section =
        json_pack("{s:s, s:s?, s:o, s:o, s:o, s:o, s:I, s:i, s:I, s:o, s:o}", "at", at, "class",
                  finding ? finding->detector->class : NULL, "detail", detail(finding), "summary",
                  summary(visit), "target", target(visit), "pods", pods(finding), "affected",
                  (json_int_t)(finding ? finding->affected : 0), "replicas", sighting->wanted, "available",
                  (json_int_t)sighting->available, "onset", onset(visit), "before", before(visit));
    AUTO_JSON *rest = json_pack("{s:n, s:n, s:n, s:[], s:[], s:o}", "request", "verdict", "verified", "tried",
                                "history", "evidence", evidence_items(visit->evidence));
    json_object_update(section, rest);
    return section;
}

json_t *gather(const struct gatherer *gatherer, const struct sighting *sighting,
               const struct finding *finding, int insist, struct error *err)
{
    AUTO_VISIT visit = {
        .gatherer = gatherer, .sighting = sighting, .finding = finding, .evidence = evidence_new()};
    evidence_add_status(visit.evidence, sighting, finding);
    if (!sighting->gone)
        read_object(&visit);
    read_replica_sets(&visit);
    if (visit.later && !insist) {
        *err = visit.missing;
        err->kind = ERROR_RETRY;
        return NULL;
    }
    add_evidence(&visit);
    return observed(&visit);
}
