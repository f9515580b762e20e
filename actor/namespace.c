/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/namespace.h"

#include "actor/guard.h"
#include "actor/kube_write.h"
#include "actor/policy.h"
#include "actor/workload.h"
#include "common/base/alloc.h"

int namespace_read(struct kube *kube, const struct order *order, json_t **out, struct outcome *outcome,
                   struct error *err)
{
    const char *ns = policy_namespace(order);
    AUTO_JSON *object = NULL;
    AUTO_FREE char *path = kube_path("/api/v1", ns, NULL, NULL, NULL);
    int found = kube_get(kube, path, &object, err);
    if (found < 0) {
        wrap(err, "the namespace %s cannot be read, so its policy is not known", ns);
        return workload_refusal(err, outcome);
    }
    if (!found)
        return outcome_settle(outcome, RESULT_FAILED, "the namespace %s is gone", ns);
    if (guard_namespace(object, ns, outcome))
        return 1;
    *out = STEAL(object);
    return 0;
}
