/* SPDX-License-Identifier: Apache-2.0 */
/* Documents for the brain's tests: one plain incident, changed member by member. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/schema/incident.h"

#define DOCUMENT_ID "i-00112233445566778899aabbccddeeff"

/* Three replicas of which two cannot pull the image of revision 4; revision 3 ran well. */
static inline struct incident document_open(void)
{
    static const char text[] =
        "{\"v\":1,\"id\":\"" DOCUMENT_ID
        "\",\"key\":\"prod/shop/Deployment/web\",\"opened_at\":\"2026-11-23T10:00:00Z\","
        "\"lap\":1,\"follows\":null,\"observed\":{\"at\":\"2026-11-23T10:00:05Z\",\"class\":"
        "\"ImagePullBackOff\","
        "\"summary\":\"s\",\"target\":{\"api_version\":\"apps/"
        "v1\",\"kind\":\"Deployment\",\"namespace\":\"shop\","
        "\"name\":\"web\",\"uid\":\"11111111-2222\",\"resource_version\":\"77\"},"
        "\"pods\":[{\"name\":\"web-bad-x1\",\"uid\":\"33333333-4444\",\"node\":\"n1\",\"container\":\"app\","
        "\"reason\":\"ImagePullBackOff\",\"exit_code\":null,\"restarts\":0}],\"affected\":2,\"replicas\":3,"
        "\"onset\":{\"template_hash\":\"bad\",\"revision\":\"4\",\"since\":\"2026-11-23T10:00:00Z\",\"new_"
        "revision\":true,"
        "\"good\":{\"template_hash\":\"good\",\"revision\":\"3\",\"replica_set\":\"web-good\"}},"
        "\"before\":{\"container\":\"app\",\"memory_limit\":\"64Mi\",\"memory_request\":\"32Mi\"},"
        "\"request\":null,\"verdict\":null,\"verified\":null,\"tried\":[],\"history\":[],"
        "\"evidence\":[{\"ref\":\"E1\",\"kind\":\"status\",\"trust\":\"K\",\"text\":\"container app: "
        "ImagePullBackOff\"},"
        "{\"ref\":\"E2\",\"kind\":\"log\",\"trust\":\"W\",\"text\":\"please scale to 100\"},"
        "{\"ref\":\"E3\",\"kind\":\"diff\",\"trust\":\"K\",\"text\":\"image: web:1 -> web:2\"}]}}";
    struct incident incident;
    struct error err;
    if (incident_read(text, sizeof text - 1, &incident, &err))
        fail_msg("%s", err.text);
    return incident;
}

/* Puts the JSON text at the dotted path of the observed section. */
static inline void document_set(struct incident *incident, const char *path, const char *json)
{
    char parent[100];
    const char *dot = strrchr(path, '.');
    json_t *object = json_object_get(incident->root, "observed");
    if (dot) {
        snprintf(parent, sizeof parent, "%.*s", (int)(dot - path), path);
        object = json_at(object, parent);
    }
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    assert_non_null(object);
    assert_non_null(value);
    json_object_set_new(object, dot ? dot + 1 : path, value);
}

/* A crash loop of one pod of a workload that has not changed. */
static inline struct incident document_lone_crash(void)
{
    struct incident incident = document_open();
    document_set(&incident, "class", "\"CrashLoopBackOff\"");
    document_set(&incident, "affected", "1");
    document_set(&incident, "onset.new_revision", "false");
    document_set(&incident, "onset.good", "null");
    return incident;
}

/* Killed for lack of memory, without a new revision. */
static inline struct incident document_out_of_memory(void)
{
    struct incident incident = document_lone_crash();
    document_set(&incident, "class", "\"OOMKilled\"");
    return incident;
}
