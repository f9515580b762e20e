/* SPDX-License-Identifier: Apache-2.0 */
/* apps/v1 Deployment, StatefulSet and DaemonSet, batch/v1 Job and CronJob */
#include <string.h>

#include "observer/watch/decode/kinds.h"

static struct controller_facts *controller_of(void *decoding)
{
    return &((struct decoding *)decoding)->facts.controller;
}

static void read_pod_template(struct scratch *scratch, const struct proto_field *field, void *out)
{
    read_template(scratch, field, ((struct decoding *)out)->decoder);
}

/* What all five have; members lead to the rest. */
static int read_controller(struct decoding *decoding, const char *kind, const struct member *members)
{
    struct controller_facts *controller = &decoding->facts.controller;
    const struct object_meta *meta = &decoding->meta;
    struct decoder *decoder = decoding->decoder;
    strbuf_clear(&decoder->labels);
    strbuf_clear(&decoder->references);
    controller->kind = kind;
    if (decoding_read(decoding, members))
        return -1;
    controller->ns = meta->ns;
    controller->name = meta->name;
    controller->uid = meta->uid;
    controller->resource_version = meta->resource_version;
    controller->owner = meta->owner;
    controller->created_ms = meta->created_ms;
    controller->deleted_ms = meta->deleted_ms;
    controller->generation = meta->generation;
    controller->ignored = meta->ignored;
    controller->labels = strbuf_text(&decoder->labels);
    controller->references = strbuf_text(&decoder->references);
    return 0;
}

/* ---- Deployment ---- */

/* lastTransitionTime is field 7 here. */
static void read_deployment_condition(struct scratch *scratch, const struct proto_field *field, void *out)
{
    static const struct member members[] = {MEMBER(1, "type", TEXT, condition, type),
                                            MEMBER(2, "status", TEXT, condition, status),
                                            MEMBER(7, "lastTransitionTime", TIME, condition, transition_ms),
                                            MEMBER(4, "reason", TEXT, condition, reason),
                                            MEMBER(5, "message", MESSAGE, condition, message),
                                            MEMBER_END};
    struct controller_facts *deployment = controller_of(out);
    struct condition condition = condition_read(scratch, field, members);
    if (strcmp(condition.type, "Progressing") == 0) {
        deployment->progressing_reason = condition.reason;
        deployment->progressing_ms = condition.transition_ms;
    } else if (condition_is(&condition, "ReplicaFailure", "True")) {
        deployment->failure = condition_complaint(&condition);
    }
}

static const struct member deployment_spec_members[] = {
    MEMBER(1, "replicas", INT, decoding, facts.controller.replicas),
    MEMBER_BY(3, "template", read_pod_template),
    MEMBER(7, "paused", BOOL, decoding, facts.controller.paused),
    MEMBER_END,
};

static const struct member deployment_status_members[] = {
    MEMBER(1, "observedGeneration", INT64, decoding, facts.controller.observed_generation),
    MEMBER(2, "replicas", INT, decoding, facts.controller.status_replicas),
    MEMBER(3, "updatedReplicas", INT, decoding, facts.controller.updated),
    MEMBER(4, "availableReplicas", INT, decoding, facts.controller.available),
    MEMBER_BY(6, "conditions", read_deployment_condition),
    MEMBER(7, "readyReplicas", INT, decoding, facts.controller.ready),
    MEMBER_END,
};

int decode_deployment(struct decoding *decoding)
{
    static const struct member members[] = {MEMBER_MESSAGE_AT(1, "metadata", meta_members, decoding, meta),
                                            MEMBER_INTO(2, "spec", deployment_spec_members),
                                            MEMBER_INTO(3, "status", deployment_status_members), MEMBER_END};
    decoding->facts.controller.replicas = 1; /* the default of an absent spec.replicas */
    if (read_controller(decoding, "Deployment", members))
        return -1;
    decoding->facts.controller.revision = decoding->meta.revision;
    return 0;
}

/* ---- StatefulSet ---- */

static const struct member stateful_set_spec_members[] = {
    MEMBER(1, "replicas", INT, decoding, facts.controller.replicas),
    MEMBER_BY(3, "template", read_pod_template),
    MEMBER_END,
};

static const struct member stateful_set_status_members[] = {
    MEMBER(1, "observedGeneration", INT64, decoding, facts.controller.observed_generation),
    MEMBER(2, "replicas", INT, decoding, facts.controller.status_replicas),
    MEMBER(3, "readyReplicas", INT, decoding, facts.controller.ready),
    MEMBER(5, "updatedReplicas", INT, decoding, facts.controller.updated),
    MEMBER(7, "updateRevision", TEXT, decoding, facts.controller.revision),
    MEMBER(11, "availableReplicas", INT, decoding, facts.controller.available),
    MEMBER_END,
};

int decode_stateful_set(struct decoding *decoding)
{
    static const struct member members[] = {MEMBER_MESSAGE_AT(1, "metadata", meta_members, decoding, meta),
                                            MEMBER_INTO(2, "spec", stateful_set_spec_members),
                                            MEMBER_INTO(3, "status", stateful_set_status_members),
                                            MEMBER_END};
    decoding->facts.controller.replicas = 1;
    return read_controller(decoding, "StatefulSet", members);
}

/* ---- DaemonSet ---- */

static const struct member daemon_set_spec_members[] = {MEMBER_BY(2, "template", read_pod_template),
                                                        MEMBER_END};

static const struct member daemon_set_status_members[] = {
    MEMBER(1, "currentNumberScheduled", INT, decoding, facts.controller.status_replicas),
    MEMBER(3, "desiredNumberScheduled", INT, decoding, facts.controller.replicas),
    MEMBER(4, "numberReady", INT, decoding, facts.controller.ready),
    MEMBER(5, "observedGeneration", INT64, decoding, facts.controller.observed_generation),
    MEMBER(6, "updatedNumberScheduled", INT, decoding, facts.controller.updated),
    MEMBER(7, "numberAvailable", INT, decoding, facts.controller.available),
    MEMBER_END,
};

int decode_daemon_set(struct decoding *decoding)
{
    static const struct member members[] = {MEMBER_MESSAGE_AT(1, "metadata", meta_members, decoding, meta),
                                            MEMBER_INTO(2, "spec", daemon_set_spec_members),
                                            MEMBER_INTO(3, "status", daemon_set_status_members), MEMBER_END};
    return read_controller(decoding, "DaemonSet", members);
}

/* ---- Job ---- */

static void read_job_condition(struct scratch *scratch, const struct proto_field *field, void *out)
{
    struct condition condition = condition_read(scratch, field, condition_members);
    if (condition_is(&condition, "Failed", "True"))
        controller_of(out)->failure = condition_complaint(&condition);
}

static const struct member job_spec_members[] = {
    MEMBER(1, "parallelism", INT, decoding, facts.controller.replicas),
    MEMBER_BY(6, "template", read_pod_template),
    MEMBER(10, "suspend", BOOL, decoding, facts.controller.paused),
    MEMBER_END,
};

static const struct member job_status_members[] = {
    MEMBER_BY(1, "conditions", read_job_condition),
    MEMBER(2, "startTime", TIME, decoding, facts.controller.started_ms),
    MEMBER(3, "completionTime", TIME, decoding, facts.controller.completed_ms),
    MEMBER(4, "active", INT, decoding, facts.controller.active),
    MEMBER(5, "succeeded", INT, decoding, facts.controller.succeeded),
    MEMBER(6, "failed", INT, decoding, facts.controller.failed),
    MEMBER_END,
};

int decode_job(struct decoding *decoding)
{
    static const struct member members[] = {MEMBER_MESSAGE_AT(1, "metadata", meta_members, decoding, meta),
                                            MEMBER_INTO(2, "spec", job_spec_members),
                                            MEMBER_INTO(3, "status", job_status_members), MEMBER_END};
    decoding->facts.controller.replicas = 1;
    return read_controller(decoding, "Job", members);
}

/* ---- CronJob ---- */

static void count_active(struct scratch *scratch, const struct proto_field *field, void *out)
{
    (void)scratch, (void)field;
    controller_of(out)->active++;
}

static const struct member job_of_template_members[] = {MEMBER_BY(6, "template", read_pod_template),
                                                        MEMBER_END};
static const struct member job_template_members[] = {MEMBER_INTO(2, "spec", job_of_template_members),
                                                     MEMBER_END};

static const struct member cron_job_spec_members[] = {
    MEMBER(4, "suspend", BOOL, decoding, facts.controller.paused),
    MEMBER_INTO(5, "jobTemplate", job_template_members), MEMBER_END};

static const struct member cron_job_status_members[] = {
    MEMBER_BY(1, "active", count_active),
    MEMBER(4, "lastScheduleTime", TIME, decoding, facts.controller.started_ms),
    MEMBER(5, "lastSuccessfulTime", TIME, decoding, facts.controller.completed_ms),
    MEMBER_END,
};

int decode_cron_job(struct decoding *decoding)
{
    static const struct member members[] = {MEMBER_MESSAGE_AT(1, "metadata", meta_members, decoding, meta),
                                            MEMBER_INTO(2, "spec", cron_job_spec_members),
                                            MEMBER_INTO(3, "status", cron_job_status_members), MEMBER_END};
    return read_controller(decoding, "CronJob", members);
}
