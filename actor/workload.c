/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/workload.h"

#include <string.h>

#include "actor/guard.h"
#include "common/base/alloc.h"

#define API_VERSION "apps/v1"
#define API "/apis/" API_VERSION

static const struct kind {
    const char *kind, *resource;
} kinds[] = {{"Deployment", "deployments"}, {"StatefulSet", "statefulsets"}, {"DaemonSet", "daemonsets"}};

static const char *resource_of(const struct order *order)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(order->kind, kinds[i].kind) == 0 && order->api_version &&
            strcmp(order->api_version, API_VERSION) == 0)
            return kinds[i].resource;
    return NULL;
}

int workload_is_known(const struct order *order)
{
    return resource_of(order) != NULL;
}

char *workload_path(const struct order *order)
{
    return kube_path(API, order->ns, resource_of(order), order->name, NULL);
}

char *workload_words(const struct order *order)
{
    return xasprintf("%s %s/%s", order->kind, order->ns, order->name);
}

int workload_refusal(struct error *err, struct outcome *outcome)
{
    if (err->status == 403)
        err->kind = ERROR_RETRY;
    if (err->kind != ERROR_REJECT)
        return -1;
    return outcome_settle(outcome, RESULT_FAILED, "the API server refuses: %s", err->text);
}

static int is_marked(const json_t *object, const struct order *order)
{
    const json_t *annotations = json_at(object, "metadata.annotations");
    const char *mark = json_string_value(json_object_get(annotations, ACTION_MARK));
    return mark && strcmp(mark, order->id) == 0;
}

static int settle_marked(const struct order *order, struct outcome *outcome)
{
    AUTO_FREE char *words = order->action->words(order);
    return outcome_settle(outcome, RESULT_ALREADY,
                          "%s %s: an earlier try had done it, its mark is on the object", order->action->did,
                          words);
}

int workload_read(struct kube *kube, const struct order *order, json_t **out, struct outcome *outcome,
                  struct error *err)
{
    AUTO_FREE char *words = workload_words(order);
    AUTO_JSON *object = NULL;
    if (!workload_is_known(order))
        return outcome_settle(outcome, RESULT_REFUSED,
                              "%s is of a kind whose template AegiOps does not patch", words);
    AUTO_FREE char *path = workload_path(order);
    int found = kube_get(kube, path, &object, err);
    if (found < 0)
        return workload_refusal(err, outcome);
    if (!found)
        return outcome_settle(outcome, RESULT_FAILED, "%s is gone", words);
    if (is_marked(object, order))
        return settle_marked(order, outcome);
    if (guard_object(object, order->uid, words, outcome))
        return 1;
    *out = STEAL(object);
    return 0;
}
