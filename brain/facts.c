/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/facts.h"

#include <string.h>

#include "brain/symptoms.h"
#include "common/schema/intent.h"

#define NAME_CHARACTERS                                                                                      \
    "abcdefghijklmnopqrstuvwxyz"                                                                             \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                                                             \
    "0123456789.-"

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

/* A name that Kubernetes would not have given is as good as none. */
static const char *spelled(const json_t *object, const char *key, const char *characters)
{
    const char *value = text(object, key);
    return *value != '-' && !value[strspn(value, characters)] ? value : "";
}

static const char *name(const json_t *object, const char *key)
{
    return spelled(object, key, NAME_CHARACTERS);
}

const char *facts_container(const json_t *field)
{
    return name(field, "container");
}

const char *facts_variable(const json_t *field)
{
    return spelled(field, "variable", NAME_CHARACTERS "_");
}

static long long number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

static const json_t *array(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_array(value) ? value : NULL;
}

static const json_t *object(const json_t *parent, const char *key)
{
    const json_t *value = json_object_get(parent, key);
    return json_is_object(value) ? value : NULL;
}

int facts_vouches(const json_t *item, const char *kind)
{
    return strcmp(text(item, "trust"), "K") == 0 && strcmp(text(item, "kind"), kind) == 0;
}

static int is_vouched_for(const json_t *evidence)
{
    for (size_t i = 0; i < json_array_size(evidence); i++)
        if (facts_vouches(json_array_get(evidence, i), "status"))
            return 1;
    return 0;
}

static void read_target(struct facts *out, const json_t *observed)
{
    out->target = object(observed, "target");
    out->kind = name(out->target, "kind");
    out->ns = name(out->target, "namespace");
    out->name = name(out->target, "name");
    out->uid = name(out->target, "uid");
}

void facts_read_pod(struct facts *out, const json_t *pod)
{
    out->pod_name = name(pod, "name");
    out->pod_uid = name(pod, "uid");
    out->container = name(pod, "container");
    out->reason = name(pod, "reason");
    out->exit_code = number(pod, "exit_code");
    out->restarts = number(pod, "restarts");
}

static void read_counts(struct facts *out, const json_t *observed)
{
    out->affected = number(observed, "affected");
    out->replicas = number(observed, "replicas");
    out->available = number(observed, "available");
}

static void read_onset(struct facts *out, const json_t *observed)
{
    const json_t *onset = object(observed, "onset");
    const json_t *good = object(onset, "good");
    out->new_revision = json_is_true(json_object_get(onset, "new_revision"));
    out->template_hash = name(onset, "template_hash");
    out->revision = name(onset, "revision");
    out->good_hash = name(good, "template_hash");
    out->good_revision = name(good, "revision");
    out->good_set = name(good, "replica_set");
    out->changed = array(onset, "changed");
}

static void read_before(struct facts *out, const json_t *observed)
{
    const json_t *before = object(observed, "before");
    out->limited_container = name(before, "container");
    out->memory_limit = name(before, "memory_limit");
    out->memory_request = name(before, "memory_request");
    out->probes = object(before, "probes");
    out->is_managed = json_is_string(json_object_get(observed, "managed_by"));
}

void facts_read(struct facts *out, const struct incident *incident)
{
    const json_t *observed = incident->observed;
    *out = (struct facts){.incident = incident, .class = name(observed, "class")};
    read_target(out, observed);
    facts_read_pod(out, json_array_get(json_object_get(observed, "pods"), 0));
    read_counts(out, observed);
    read_onset(out, observed);
    read_before(out, observed);
    out->verdict = verdict_from(json_string_value(json_object_get(observed, "verdict")));
    out->verified = text(observed, "verified");
    out->request = object(observed, "request");
    out->tried = array(observed, "tried");
    out->history = array(observed, "history");
    out->evidence = array(observed, "evidence");
    out->vouched = *out->kind && *out->name && *out->uid && is_vouched_for(out->evidence);
    out->actionable = out->vouched && *out->ns;
}

int facts_is(const struct facts *facts, const char *class)
{
    return strcmp(facts->class, class) == 0;
}

int facts_of_kind(const struct facts *facts, const char *kind)
{
    return strcmp(facts->kind, kind) == 0;
}

int facts_have_template(const struct facts *facts)
{
    return facts_of_kind(facts, "Deployment") || facts_of_kind(facts, "StatefulSet") ||
           facts_of_kind(facts, "DaemonSet");
}

void facts_add_subject(const struct facts *facts, struct strbuf *out)
{
    if (*facts->kind && *facts->name)
        strbuf_printf(out, "%s %s%s%s", facts->kind, facts->ns, *facts->ns ? "/" : "", facts->name);
    else
        strbuf_puts(out, facts->incident->key);
}

void facts_add_symptom(const struct facts *facts, struct strbuf *out)
{
    if (facts->affected > 0 && *facts->pod_name)
        strbuf_printf(out, "%lld %s of ", facts->affected, facts->affected == 1 ? "pod" : "pods");
    facts_add_subject(facts, out);
    const struct symptom *symptom = symptom_of(facts);
    strbuf_printf(out, " %s", facts->affected <= 1 || !*facts->pod_name ? symptom->one : symptom->many);
    if (*facts->container)
        strbuf_printf(out, " (container %s", facts->container);
    if (*facts->container && facts->exit_code >= 0)
        strbuf_printf(out, ", exit code %lld", facts->exit_code);
    if (*facts->container && facts->restarts > 0)
        strbuf_printf(out, ", restarts: %lld", facts->restarts);
    strbuf_puts(out, *facts->container ? ")" : "");
}
