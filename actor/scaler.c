/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/scaler.h"

#include <string.h>

#include "actor/kube_write.h"
#include "actor/workload.h"
#include "common/base/alloc.h"

static const struct scaler {
    const char *kind, *api, *resource;
} scalers_known[] = {
    {"HorizontalPodAutoscaler", "/apis/autoscaling/v2", "horizontalpodautoscalers"},
    {"ScaledObject", "/apis/keda.sh/v1alpha1", "scaledobjects"},
};

/* A ScaledObject that names no kind means a Deployment. */
static void add(json_t *out, const struct scaler *scaler, const json_t *object)
{
    const char *own_name = json_string_at(object, "metadata.name");
    const char *kind = json_string_at(object, "spec.scaleTargetRef.kind");
    AUTO_FREE char *words = xasprintf("%s %s", scaler->kind, own_name ? own_name : "");
    json_array_append_new(out,
                          json_pack("{s:s, s:s, s:s*}", "words", words, "kind", kind ? kind : "Deployment",
                                    "name", json_string_at(object, "spec.scaleTargetRef.name")));
}

/* Where there is no such kind, nothing of it scales. */
static int add_all(struct kube *kube, const char *ns, const struct scaler *scaler, json_t *out,
                   struct error *err)
{
    AUTO_JSON *list = NULL;
    AUTO_FREE char *path = kube_path(scaler->api, ns, scaler->resource, NULL, NULL);
    int found = kube_list(kube, path, &list, err);
    for (size_t i = 0; i < json_array_size(list); i++)
        add(out, scaler, json_array_get(list, i));
    return found < 0 ? -1 : 0;
}

int scaler_read(struct kube *kube, const char *ns, json_t **out, struct outcome *outcome, struct error *err)
{
    AUTO_JSON *all = json_array();
    for (size_t i = 0; i < COUNT_OF(scalers_known); i++)
        if (add_all(kube, ns, &scalers_known[i], all, err))
            return workload_refusal(err, outcome);
    *out = STEAL(all);
    return 0;
}

const char *scaler_of(const json_t *scalers, const char *kind, const char *name)
{
    for (size_t i = 0; i < json_array_size(scalers); i++) {
        const json_t *one = json_array_get(scalers, i);
        const char *of_kind = json_string_at(one, "kind"), *of_name = json_string_at(one, "name");
        if (of_kind && of_name && strcmp(of_kind, kind) == 0 && strcmp(of_name, name) == 0)
            return json_string_at(one, "words");
    }
    return NULL;
}
