/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/schema/limits.h"
#include "observer/gather/changed.h"
#include "observer/gather/parts.h"
#include "observer/gather/template_references.h"

static void read_object(struct visit *visit)
{
    struct error err;
    const struct sighting *sighting = visit->sighting;
    int is_known = kube_read_knows(sighting->api_version, sighting->kind);
    const char *kind = is_known ? sighting->kind : "Pod", *name = is_known         ? sighting->name
                                                                  : visit->witness ? visit->witness->pod.name
                                                                                   : NULL;
    if (!name)
        return;
    AUTO_FREE char *what = xasprintf("the %s", kind);
    visit->object = kube_read_object(visit->gatherer->reader, kind, is_known ? sighting->ns : visit_ns(visit),
                                     name, &err);
    if (!visit->object)
        visit_miss(visit, "spec", what, &err);
}

static int keeps_templates(const char *kind)
{
    return strcmp(kind, "Deployment") == 0 || strcmp(kind, "StatefulSet") == 0 ||
           strcmp(kind, "DaemonSet") == 0;
}

/* Where pods cannot be made, or not be made ready, none need be there to tell the template. */
static const char *failing_hash(const struct visit *visit)
{
    static const char *const of_newest[] = {CLASS_FAILED_CREATE, CLASS_ROLLOUT, NULL};
    const char *hash = visit->finding->first.pod.template_hash;
    if (!*hash && visit->witness)
        hash = visit->witness->pod.template_hash;
    if (!*hash && visit_is(visit, of_newest))
        hash = revision_hash(json_array_get(visit->history, 0));
    return hash;
}

static void read_history(struct visit *visit)
{
    struct error err;
    const struct sighting *sighting = visit->sighting;
    const json_t *selector = json_at(visit->object, "spec.selector");
    if (!visit->finding || !keeps_templates(sighting->kind) || !selector || visit->away)
        return;
    visit->history = kube_read_revisions(visit->gatherer->reader, sighting->kind, sighting->ns, selector,
                                         sighting->uid, &err);
    if (!visit->history)
        visit_miss(visit, "diff", "the earlier revisions", &err);
    revisions_judge(visit->history, failing_hash(visit), sighting, visit->gatherer->gaze,
                    visit->gatherer->good_after_ms, &visit->revisions);
}

static json_t *target(const struct visit *visit)
{
    const struct sighting *sighting = visit->sighting;
    const char *version = json_string_at(visit_metadata(visit), "resourceVersion");
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

static json_t *revision_item(const json_t *revision)
{
    char number[REVISION_NUMBER_SIZE];
    if (!revision)
        return json_null();
    return json_pack("{s:s, s:s, s:s?}", "template_hash", revision_hash(revision), "revision",
                     revision_number(revision, number), "replica_set",
                     json_string_at(revision, "metadata.name"));
}

static int is_new_revision(const struct visit *visit)
{
    return visit->revisions.failing_is_newest && !visit->revisions.failing_was_good &&
           json_array_size(visit->history) > 1;
}

static json_t *onset(const struct visit *visit)
{
    char since[CLOCK_RFC3339_SIZE], number[REVISION_NUMBER_SIZE];
    const struct finding *finding = visit->finding;
    const struct revisions *revisions = &visit->revisions;
    if (!finding)
        return json_null();
    return json_pack(
        "{s:s?, s:s?, s:s, s:b, s:o, s:o}", "template_hash", or_null(failing_hash(visit)), "revision",
        revisions->failing ? or_null(revision_number(revisions->failing, number)) : NULL, "since",
        clock_rfc3339(finding->since_ms ? finding->since_ms : visit->sighting->at_ms, since), "new_revision",
        is_new_revision(visit), "good", revision_item(revisions->good), "changed",
        changed_fields(template_in(revisions->good), template_in(visit->object)));
}

/* The numbers of a container's probes, as they are set. */
static json_t *probes(const json_t *container)
{
    static const char *const fields[] = {"initialDelaySeconds", "periodSeconds", "timeoutSeconds",
                                         "failureThreshold"};
    static const char *const names[][2] = {
        {"liveness", "livenessProbe"}, {"readiness", "readinessProbe"}, {"startup", "startupProbe"}};
    json_t *all = json_object();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const json_t *probe = json_object_get(container, names[i][1]);
        AUTO_JSON *numbers = json_object();
        for (size_t k = 0; k < COUNT_OF(fields); k++)
            if (json_is_integer(json_object_get(probe, fields[k])))
                json_object_set(numbers, fields[k], json_object_get(probe, fields[k]));
        if (json_object_size(numbers))
            json_object_set(all, names[i][0], numbers);
    }
    return all;
}

/* As they are now: of the workload itself, whichever of its revisions fails. */
static json_t *before(const struct visit *visit)
{
    const char *name = visit->witness ? visit->witness->container.name : "";
    const json_t *template = template_in(visit->object), *container = container_in(template, name),
                 *replicas = json_at(visit->object, "spec.replicas");
    if (!template)
        return json_null();
    return json_pack("{s:s?, s:s?, s:s?, s:s?, s:o, s:O?, s:o}", "container", container ? name : NULL,
                     "memory_limit", json_string_at(container, "resources.limits.memory"), "memory_request",
                     json_string_at(container, "resources.requests.memory"), "image",
                     json_string_at(container, "image"), "probes", probes(container), "replicas", replicas,
                     "revision", revision_item(json_array_get(visit->history, 0)));
}

static json_t *summary(const struct visit *visit)
{
    AUTO_STRBUF text = {0};
    char number[REVISION_NUMBER_SIZE];
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
    if (total == 0) /* all have ended or are going */
        total = finding->affected;
    sighting_name_pods(sighting, finding->affected, finding->detector->of_object ? 0 : total, &text);
    strbuf_puts(&text, " cannot ");
    finding->detector->describe(finding, &text);
    if (is_new_revision(visit))
        strbuf_printf(&text, " since revision %s", revision_number(visit->revisions.failing, number));
    return json_text(text.data, text.len, LIMIT_EVIDENCE_TEXT_BYTES);
}

/* In the order of their use to a reader. */
static void add_evidence(struct visit *visit)
{
    static void (*const parts[])(struct visit * visit) = {
        gather_conditions, gather_spec,     gather_diff,  gather_events, gather_logs,   gather_references,
        gather_claim,      gather_services, gather_nodes, gather_quota,  gather_owners, gather_policy,
    };
    visit->claims =
        visit->witness ? claims_of(visit_template(visit), visit->object, visit->witness->pod.name) : NULL;
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        parts[i](visit);
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
    json_t *section = json_pack("{s:s, s:s?, s:o, s:o, s:o, s:o, s:I, s:i, s:I, s:o, s:o, s:s?}", "at", at,
                                "class", finding ? finding->detector->class : NULL, "detail", detail(finding),
                                "summary", summary(visit), "target", target(visit), "pods", pods(finding),
                                "affected", (json_int_t)(finding ? finding->affected : 0), "replicas",
                                sighting->wanted, "available", (json_int_t)sighting->available, "onset",
                                onset(visit), "before", before(visit), "managed_by", visit->managed_by);
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
    visit_choose_witness(&visit);
    gather_status(&visit);
    if (!sighting->gone)
        read_object(&visit);
    read_history(&visit);
    if (visit.later && !insist) {
        *err = visit.missing;
        err->kind = ERROR_RETRY;
        return NULL;
    }
    if (finding)
        add_evidence(&visit);
    else
        gather_owners(&visit);
    return observed(&visit);
}
