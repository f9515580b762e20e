/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/revision.h"

#include <stdlib.h>
#include <string.h>

#include "actor/guard.h"
#include "actor/template.h"
#include "actor/workload.h"
#include "common/base/alloc.h"

void revision_free(struct revision *revision)
{
    json_decref(revision->object);
    json_decref(revision->template);
}

static int is_kind(const struct order *order, const char *kind)
{
    return strcmp(order->kind, kind) == 0;
}

const char *revision_kind(const struct order *order)
{
    return is_kind(order, "Deployment") ? "ReplicaSet" : "ControllerRevision";
}

static const char *label(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(json_at(object, "metadata.labels"), name));
    return value ? value : "";
}

/* As its pods carry it: those of a StatefulSet have the whole name. */
static const char *hash_of(const struct order *order, const json_t *object)
{
    const char *name = json_string_at(object, "metadata.name");
    if (is_kind(order, "StatefulSet"))
        return name ? name : "";
    return label(object, is_kind(order, "Deployment") ? "pod-template-hash" : "controller-revision-hash");
}

static int belongs(const struct order *order, const json_t *object, const char *hash)
{
    const char *owner = json_string_at(guard_controller(object), "uid");
    return owner && strcmp(owner, order->uid) == 0 && strcmp(hash_of(order, object), hash) == 0;
}

/* A ControllerRevision is a patch of its workload, which replaces the template as a whole. */
static json_t *template_of(const json_t *object)
{
    json_t *data = json_at(object, "data.spec.template");
    const char *patch = json_string_at(data, "$patch");
    json_t *template = json_deep_copy(data ? data : json_at(object, "spec.template"));
    if (data && (!patch || strcmp(patch, "replace") != 0)) {
        json_decref(template);
        return NULL;
    }
    json_object_del(template, "$patch");
    json_object_del(json_at(template, "metadata.labels"), "pod-template-hash");
    return template;
}

static int read_one(struct kube *kube, const struct order *order, const char *name, const char *hash,
                    struct revision *out, struct outcome *outcome, struct error *err)
{
    const char *kind = revision_kind(order);
    AUTO_FREE char *path =
        kube_path("/apis/apps/v1", order->ns,
                  is_kind(order, "Deployment") ? "replicasets" : "controllerrevisions", name, NULL);
    int found = kube_get(kube, path, &out->object, err);
    if (found < 0)
        return workload_refusal(err, outcome);
    if (!found)
        return outcome_settle(outcome, RESULT_FAILED, "%s %s/%s is gone", kind, order->ns, name);
    if (!belongs(order, out->object, hash))
        return outcome_settle(outcome, RESULT_REFUSED, "%s %s/%s is not the one of %s %s with the hash %s",
                              kind, order->ns, name, order->kind, order->name, hash);
    out->template = template_of(out->object);
    if (!out->template)
        return outcome_settle(outcome, RESULT_REFUSED, "%s %s/%s keeps no whole template", kind, order->ns,
                              name);
    return 0;
}

int revision_read(struct kube *kube, const struct order *order, struct revision *out, struct outcome *outcome,
                  struct error *err)
{
    return read_one(kube, order, order_text(order, "to.replica_set"), order_text(order, "to.template_hash"),
                    out, outcome, err);
}

static char *present_name(const struct order *order)
{
    const char *hash = order_observed(order, "onset.template_hash");
    return is_kind(order, "StatefulSet") ? xstrdup(hash) : xasprintf("%s-%s", order->name, hash);
}

int revision_check_present(struct kube *kube, const struct order *order, const json_t *workload,
                           struct outcome *outcome, struct error *err)
{
    const char *hash = order_observed(order, "onset.template_hash");
    AUTO_REVISION present = {0};
    AUTO_FREE char *name = present_name(order), *words = workload_words(order);
    if (order->undoes)
        return 0;
    if (!*hash)
        return outcome_settle(outcome, RESULT_REFUSED, "the document does not say which template of %s fails",
                              words);
    int settled = read_one(kube, order, name, hash, &present, outcome, err);
    if (settled)
        return settled;
    if (!template_equal(json_at(workload, "spec.template"), present.template))
        return outcome_settle(
            outcome, RESULT_REFUSED,
            "the template of %s has been changed since it was observed; somebody is at work", words);
    return 0;
}

json_t *revision_present(const struct order *order)
{
    const char *revision = order_observed(order, "onset.revision");
    AUTO_FREE char *name = present_name(order);
    return json_pack("{s:s, s:s, s:s*}", "template_hash", order_observed(order, "onset.template_hash"),
                     "replica_set", name, "revision", *revision ? revision : NULL);
}
