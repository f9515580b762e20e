/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/candidate.h"

#include "actor/workload.h"

void candidate_free(struct candidate *candidate)
{
    json_decref(candidate->workload);
    revision_free(&candidate->revision);
}

int candidate_read(struct kube *kube, const struct order *order, struct candidate *out,
                   struct outcome *outcome, struct error *err)
{
    const char *name = order_text(order, "container");
    int settled = workload_read_for_patch(kube, order, &out->workload, outcome, err);
    if (settled == 0)
        settled = workload_container(order, out->workload, &out->now, outcome);
    if (settled == 0)
        settled = revision_check_present(kube, order, out->workload, outcome, err);
    if (settled == 0)
        settled = revision_read(kube, order, &out->revision, outcome, err);
    if (settled)
        return settled;
    if (!template_container(out->revision.template, name, &out->then))
        return outcome_settle(outcome, RESULT_REFUSED, "%s %s has no container %s", revision_kind(order),
                              order_text(order, "to.replica_set"), name);
    return 0;
}

json_t *candidate_present(const struct order *order)
{
    json_t *present = revision_present(order);
    json_object_del(present, "revision");
    return present;
}
