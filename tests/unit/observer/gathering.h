/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of gathering share: a workload in a store, an API server, and ways to look at the evidence. */
#pragma once

#include "common/schema/incident.h"
#include "observer/gather.h"
#include "observer/settle.h"
#include "tests/unit/observer/stand_in.h"
#include "tests/unit/observer/workload.h"

#define GOOD_AFTER_MS 60000

static struct stand_in *server;
static struct kube_config *config;
static struct store *store;
static struct gatherer gatherer;
static struct test_workload test;
static struct gaze gaze;

/* ---- The API server ---- */

/* JSON with ' for ", which makes tests readable. */
static inline void fill_body(struct answer *answer, const char *body)
{
    strbuf_puts(&answer->body, body);
    for (size_t i = 0; i < answer->body.len; i++)
        if (answer->body.data[i] == '\'')
            answer->body.data[i] = '"';
}

/* Its next answer, whatever it is asked. */
static inline void say(int status, const char *body)
{
    fill_body(stand_in_answer(server, status), body);
}

/* Its answer to all requests whose target holds this. */
static inline void serve(const char *target, int status, const char *body)
{
    struct answer *answer = stand_in_answer(server, status);
    fill_body(answer, body);
    answer->target = target;
}

static inline void serve_refusal(const char *target, int status)
{
    AUTO_FREE char *body = xasprintf("{'kind':'Status','message':'no: %d','code':%d}", status, status);
    serve(target, status, body);
}

/* A Kubernetes object in protobuf: runtime.Unknown around an empty metadata and what is given as map entries "key\0value",
 * each under this field number. Short ones only: a length is one byte. */
static inline void serve_map(const char *target, uint8_t field, const char *const entries[][2])
{
    AUTO_STRBUF object = {0};
    for (size_t i = 0; entries[i][0]; i++) {
        size_t key = strlen(entries[i][0]), value = strlen(entries[i][1]);
        const char head[] = {(char)(field << 3 | 2), (char)(key + value + 4), 1 << 3 | 2, (char)key};
        strbuf_add(&object, head, sizeof(head));
        strbuf_puts(&object, entries[i][0]);
        const char middle[] = {2 << 3 | 2, (char)value};
        strbuf_add(&object, middle, sizeof(middle));
        strbuf_puts(&object, entries[i][1]);
    }
    struct answer *answer = stand_in_answer(server, 200);
    answer->target = target;
    strbuf_add(&answer->body, "k8s", 4);
    strbuf_putc(&answer->body, 2 << 3 | 2);
    assert_true(object.len < 128);
    strbuf_putc(&answer->body, (char)object.len);
    strbuf_add(&answer->body, object.data, object.len);
}

static inline void assert_asked(const char *part, int is_asked)
{
    AUTO_FREE char *asked = stand_in_asked(server);
    if ((strstr(asked, part) != NULL) != is_asked)
        fail_msg("%s is %sin %s", part, is_asked ? "not " : "", asked);
}

/* ---- Around each test ---- */

static inline int open_all(void **state)
{
    (void)state;
    clock_fix(T0);
    server = stand_in_open();
    config = stand_in_config(server);
    store = store_new();
    gaze = (struct gaze){store, {2 * MINUTE_MS, 5 * MINUTE_MS}, {"", "", 0}};
    gatherer = (struct gatherer){&gaze, kube_read_open(config), GOOD_AFTER_MS};
    test_workload_open(&test, 3);
    serve("/poddisruptionbudgets", 200, "{'items':[]}");
    return 0;
}

static inline int close_all(void **state)
{
    (void)state;
    kube_read_close(gatherer.reader);
    kube_config_free(config);
    stand_in_close(server);
    store_free(store);
    clock_fix(-1);
    return 0;
}

/* ---- The store ---- */

/* All that was set up, into the store. */
static inline void store_all(void)
{
    for (int kind = 0; kind < STORE_KINDS; kind++)
        store_list_begin(store, (enum store_kind)kind);
    store_put(store, STORE_NAMESPACES, &test.ns);
    if (test.workload.controller)
        store_put(store, STORE_DEPLOYMENTS, &test.deployment);
    for (size_t i = 0; i < test.workload.pod_count; i++)
        store_put(store, STORE_PODS, &test.pods[i]);
    for (int kind = 0; kind < STORE_KINDS; kind++)
        store_list_end(store, (enum store_kind)kind);
}

/* A warning about an object. */
static inline void put_event_about(const char *kind, const char *name, const char *object_uid,
                                   const char *uid, const char *reason, const char *message, int count)
{
    struct event_facts event = {.uid = uid,
                                .ns = "shop",
                                .object_kind = kind,
                                .object_name = name,
                                .object_uid = object_uid,
                                .type = "Warning",
                                .reason = reason,
                                .message = message,
                                .count = count,
                                .last_ms = T0 - count * SECOND_MS};
    store_put(store, STORE_EVENTS, &event);
}

/* ---- Gathering ---- */

/* The subject as it stands, kept. */
static inline void see(const char *ns, const char *kind, const char *name, struct sighting *out)
{
    struct workload workload;
    store_lock(store);
    if (!store_find(store, ns, kind, name, &workload))
        fail_msg("there is no %s %s/%s", kind, ns, name);
    detect(&gaze, &workload, clock_now_ms(), out);
    sighting_keep(out);
    store_unlock(store);
}

static inline json_t *try_to_gather(int insist, struct error *err)
{
    AUTO_SIGHTING sighting = {0};
    struct spell spells[DETECTORS_MAX] = {{0}};
    see("shop", test.workload.kind, test.workload.name, &sighting);
    settle_note(spells, &sighting);
    return gather(&gatherer, &sighting, sighting_worst(&sighting), insist, err);
}

static inline json_t *gather_now(void)
{
    struct error err;
    json_t *observed = try_to_gather(0, &err);
    if (!observed)
        fail_msg("%s", err.text);
    return observed;
}

static inline void describe_nothing(const struct finding *finding, struct strbuf *out)
{
    (void)finding;
    strbuf_puts(out, "go on");
}

/* As if this class had been found in a subject: in one of its pods (sample >= 0, of the test's), or in the object. What the
 * test does not serve does not exist. */
static inline json_t *gather_class(const char *class, const char *ns, const char *kind, const char *name,
                                   int sample)
{
    struct error err;
    AUTO_SIGHTING sighting = {0};
    struct detector detector = {.class = class, .describe = describe_nothing};
    struct finding finding = {.detector = &detector, .condition = CONDITION_FAILING, .affected = 1};
    serve_refusal("/", 404);
    see(ns, kind, name, &sighting);
    facts_fill(STORE_PODS, &finding.first.pod);
    facts_fill_container(&finding.first.container);
    if (sample >= 0) {
        finding.first.pod = test.pods[sample];
        finding.first.container = test.containers[sample];
        finding.samples[finding.sample_count++] = finding.first;
    }
    json_t *observed = gather(&gatherer, &sighting, &finding, 0, &err);
    if (!observed)
        fail_msg("%s", err.text);
    return observed;
}

/* ---- The evidence ---- */

/* The text of the evidence of this kind and trust, the n-th of them; "" = there is none. */
static inline const char *evidence(const json_t *observed, const char *kind, const char *trust, int n)
{
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(observed, "evidence"), index, item)
    {
        if (strcmp(json_string_at(item, "kind"), kind) == 0 &&
            strcmp(json_string_at(item, "trust"), trust) == 0 && n-- == 0)
            return json_string_at(item, "text");
    }
    return "";
}

static inline void assert_holds(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

/* An observed section as one text, to look for what must not be there. */
static inline void assert_nowhere(const json_t *observed, const char *secret)
{
    AUTO_STRBUF text = {0};
    json_write(observed, &text);
    if (strstr(text.data, secret))
        fail_msg("\"%s\" is in %s", secret, text.data);
}

#define GATHERING(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
