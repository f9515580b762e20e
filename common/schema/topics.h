/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place where topics and record headers are spelled. A record is a CloudEvent 1.0 in Kafka binary
 * mode (https://github.com/cloudevents/spec, Kafka protocol binding): attributes as ce_… headers, the
 * document as the value.
 */
#pragma once

enum topic {
    TOPIC_INTAKE,
    TOPIC_INCIDENTS,
    TOPIC_QUESTIONS,
    TOPIC_DECISIONS,
    TOPIC_OUTCOMES,
    TOPIC_APPROVALS,
    TOPIC_NOTICES,
    TOPIC_CONTROL,
    TOPIC_SAMPLES,
    TOPIC_REJECTED,
    TOPIC_COUNT,
};

struct topic_spec {
    const char *name;      /* without prefix: "incidents" */
    int partitions;        /* 0 = the configured default (12) */
    const char *cleanup;   /* "delete" or "compact" */
    const char *retention; /* retention.ms as text; NULL where compacted */
    const char
        *ce_type; /* "aegiops.incident.v1"; NULL where the value is not a document (intake, rejected) */
};

extern const struct topic_spec topics[TOPIC_COUNT];

#define HEADER_ID "ce_id"            /* "<incident id>.<lap>": the repeat of a record has the same */
#define HEADER_SOURCE "ce_source"    /* "/aegiops/<process>/<instance>" */
#define HEADER_SPEC "ce_specversion" /* "1.0" */
#define HEADER_TYPE "ce_type"
#define HEADER_SUBJECT "ce_subject" /* the record's key */
#define HEADER_TIME "ce_time"
#define HEADER_CONTENT_TYPE "content-type" /* "application/json" */
#define HEADER_TRACEPARENT "traceparent"

/* On rejected only: */
#define HEADER_REJECTED_STAGE "aegiops_stage"
#define HEADER_REJECTED_ERROR "aegiops_error"
#define HEADER_REJECTED_FROM "aegiops_from" /* "<topic>/<partition>/<offset>" */

#define SCHEMA_MAJOR 1 /* the "v" of a document and the ".v1" of its type; another major is rejected */
