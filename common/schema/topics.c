/* SPDX-License-Identifier: Apache-2.0 */
#include "common/schema/topics.h"

#include <stddef.h>

#define DAYS_7 "604800000"
#define DAYS_30 "2592000000"
#define DAYS_90 "7776000000"

const struct topic_spec topics[TOPIC_COUNT] = {
    [TOPIC_INTAKE] = {"intake", 0, "delete", DAYS_7, NULL},
    [TOPIC_INCIDENTS] = {"incidents", 0, "delete", DAYS_30, "aegiops.incident.v1"},
    [TOPIC_QUESTIONS] = {"questions", 0, "delete", DAYS_7, "aegiops.incident.v1"},
    [TOPIC_DECISIONS] = {"decisions", 0, "delete", DAYS_30, "aegiops.decision.v1"},
    [TOPIC_OUTCOMES] = {"outcomes", 0, "delete", DAYS_30, "aegiops.outcome.v1"},
    [TOPIC_APPROVALS] = {"approvals", 0, "delete", DAYS_30, "aegiops.approval.v1"},
    [TOPIC_NOTICES] = {"notices", 0, "compact", NULL, "aegiops.notice.v1"},
    [TOPIC_CONTROL] = {"control", 1, "compact", NULL, "aegiops.control.v1"},
    [TOPIC_SAMPLES] = {"samples", 0, "compact", NULL, "aegiops.sample.v1"},
    [TOPIC_REJECTED] = {"rejected", 0, "delete", DAYS_90, NULL},
};
