/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/breaker.h"

#define KEY "policy.breaker.percent"

int breaker_stops(const struct policy *policy, const struct incident *incident, struct outcome *outcome)
{
    long long workloads = json_integer_at(incident->observed, "cluster.workloads", 0);
    long long failing = json_integer_at(incident->observed, "cluster.failing", 0);
    if (workloads <= 0 || failing < policy->breaker_workloads ||
        (double)failing * 100 <= (double)workloads * (double)policy->breaker_percent)
        return 0;
    return outcome_settle(outcome, RESULT_DEFERRED,
                          "%lld of %lld workloads fail, more than %ld %% (" KEY
                          ", %s): the cause is larger than this one, and nothing is changed while so many do",
                          failing, workloads, policy->breaker_percent, policy_origin(policy, KEY));
}
