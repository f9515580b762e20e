/* SPDX-License-Identifier: Apache-2.0 */
/* Objects in JSON are the same facts as in protobuf: of each kind one that an API server gave out in both, as full as it can be
 * (tests/fuzz/capture.py), and what an API server would not say. */
#include <stdio.h>
#include <string.h>

#include "common/base/alloc.h"
#include "observer/watch/decode.h"
#include "observer/watch/meta.h"
#include "tests/unit/mangle.h"
#include "tests/unit/unit.h"

#define SEEDS "tests/fuzz/seeds/decode/twin-"

static const char *const twins[STORE_KINDS] = {"pod",           "event",
                                               "deployment",    "statefulset",
                                               "daemonset",     "job",
                                               "cronjob",       "node",
                                               "namespace",     "service",
                                               "endpointslice", "persistentvolumeclaim",
                                               "configmap",     "horizontalpodautoscaler"};

/* A seed without its first byte, which is the fuzzer's. */
static void load(const char *twin, const char *ending, struct strbuf *out)
{
    AUTO_FREE char *path = xasprintf(SEEDS "%s%s", twin, ending);
    char bytes[4096];
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s: not there", path);
    for (size_t len; (len = fread(bytes, 1, sizeof(bytes), file)) > 0;)
        strbuf_add(out, bytes, len);
    fclose(file);
    strbuf_drop(out, 1);
}

/* Facts as text, one a line; how many are there. */
static size_t show(const struct shape *shape, const void *facts, struct strbuf *out)
{
    size_t count = 0;
    for (size_t i = 0; i < shape->fact_count; i++) {
        const char *at = (const char *)facts + shape->facts[i].offset;
        long long number = 0;
        if (shape->facts[i].type == FACT_INT)
            number = *(const int *)at;
        else if (shape->facts[i].type == FACT_INT64)
            number = *(const int64_t *)at;
        else {
            strbuf_printf(out, "%zu: \"%s\"\n", i, *(const char *const *)at);
            count += **(const char *const *)at != '\0';
            continue;
        }
        strbuf_printf(out, "%zu: %lld\n", i, number);
        count += number != 0;
    }
    return count;
}

static size_t show_object(enum store_kind kind, const struct strbuf *bytes, struct strbuf *out)
{
    AUTO_DECODER decoder = {0};
    union facts facts;
    struct error err;
    if (decode(&decoder, kind, bytes->data, bytes->len, &facts, &err))
        fail_msg("%s: %s", twins[kind], err.text);
    size_t count = show(&shapes[kind], &facts, out);
    for (size_t i = 0; kind == STORE_PODS && i < facts.pod.container_count; i++)
        count += show(&container_shape, &facts.pod.containers[i], out);
    return count;
}

static void twins_are_the_same_facts(void **state)
{
    (void)state;
    static const size_t counts[STORE_KINDS] = {72, 11, 28, 21, 21, 20, 18, 12, 9, 9, 7, 10, 3, 5};
    for (enum store_kind kind = STORE_PODS; kind < STORE_KINDS; kind++) {
        AUTO_STRBUF protobuf = {0}, json = {0}, wanted = {0}, got = {0};
        load(twins[kind], "", &protobuf);
        load(twins[kind], ".json", &json);
        assert_true(protobuf.data[0] != '{' && json.data[0] == '{');
        size_t count = show_object(kind, &protobuf, &wanted);
        if (count != counts[kind])
            fail_msg("%s: %zu facts, not %zu", twins[kind], count, counts[kind]);
        assert_int_equal(show_object(kind, &json, &got), count);
        assert_string_equal(got.data, wanted.data);
    }
}

/* ---- what an API server would not say ---- */

static struct pod_facts pod;
static struct decoder decoder;

static int close_decoder(void **state)
{
    (void)state;
    decoder_free(&decoder);
    return 0;
}

#define META "{\"metadata\":{\"namespace\":\"shop\",\"name\":\"web\",\"uid\":\"u-1\"}"

static void read_pod(const char *text)
{
    struct error err;
    if (decode(&decoder, STORE_PODS, text, strlen(text), &pod, &err))
        fail_msg("%s", err.text);
}

#define NULS "\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000"

static void other_types_read_as_absent(void **state)
{
    (void)state;
    read_pod(
        META
        ",\"spec\":\"k8s\",\"status\":{\"phase\":{},\"reason\":7,\"message\":null,\"startTime\":12,"
        "\"conditions\":{\"type\":\"Ready\",\"status\":true},\"containerStatuses\":[[{\"name\":\"nested\"}],"
        "{\"name\":\"main\",\"ready\":\"yes\",\"restartCount\":1.5,\"state\":[],\"lastState\":false}]}}");
    assert_string_equal(pod.phase, "");
    assert_string_equal(pod.reason, "");
    assert_string_equal(pod.message, "");
    assert_true(pod.started_ms == 0 && !pod.ready);
    assert_int_equal(pod.container_count, 2);
    assert_string_equal(pod.containers[0].name, "");
    assert_string_equal(pod.containers[1].name, "main");
    assert_true(!pod.containers[1].ready && pod.containers[1].restarts == 0);
    read_pod(META ",\"spec\":\"" NULS NULS NULS NULS "\"}"); /* to jansson an object begins so */
    read_pod("{\"metadata\":{\"name\":\"web\",\"uid\":\"u-1\",\"labels\":[\"pod-template-hash\"],"
             "\"annotations\":\"x\","
             "\"ownerReferences\":{\"controller\":true,\"kind\":7,\"name\":\"one\"},\"finalizers\":null}}");
    assert_string_equal(pod.template_hash, "");
    assert_string_equal(pod.owner.name, "one");
    assert_true(pod.finalizers == 0 && *pod.owner.kind == '\0');
}

static void times_are_those_that_can_be(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } times[] = {{"2026-11-26T00:36:17Z", INT64_C(1795653377000)},
                 {"2026-11-26T02:36:17.123456+02:00", INT64_C(1795653377123)},
                 {"yesterday", 0},
                 {"1969-12-31T23:59:59Z", 0},
                 {"", 0}};
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        AUTO_FREE char *text = xasprintf(META ",\"status\":{\"startTime\":\"%s\"}}", times[i].text);
        read_pod(text);
        assert_true(pod.started_ms == times[i].ms);
    }
}

/* A log that is a termination message may hold anything. */
static void texts_end_at_a_nul_and_are_cut(void **state)
{
    (void)state;
    AUTO_STRBUF text = {0};
    strbuf_puts(&text, META ",\"status\":{\"reason\":\"a\\u0000b\",\"message\":\"begins ");
    for (int i = 0; i < 1000; i++)
        strbuf_puts(&text, "\\u00e9 ");
    strbuf_puts(&text, "ends\"}}");
    read_pod(text.data);
    assert_string_equal(pod.reason, "a");
    assert_in_range(strlen(pod.message), MEMBER_MESSAGE_BYTES / 2, MEMBER_MESSAGE_BYTES);
    assert_ptr_equal(strstr(pod.message, "begins \xc3\xa9"), pod.message);
    assert_string_equal(pod.message + strlen(pod.message) - 5, " ends");
}

static void what_is_no_json_is_left_out(void **state)
{
    (void)state;
    static const char *const bad[] = {META,
                                      META "}}",
                                      META ",}",
                                      META ",\"status\":{\"phase\":\"\xff\"}}",
                                      META ",\"generation\":1e999}",
                                      META ",\"a\":99999999999999999999}",
                                      "{"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct error err;
        assert_int_equal(decode(&decoder, STORE_PODS, bad[i], strlen(bad[i]), &pod, &err), -1);
        assert_int_equal(err.kind, ERROR_REJECT);
        assert_non_null(strstr(err.text, "is malformed"));
    }
    struct error err;
    assert_int_equal(decode(&decoder, STORE_PODS, "{}", 2, &pod, &err), -1);
    assert_non_null(strstr(err.text, "has no name"));
}

static void check_all_kinds(const char *bytes, size_t len)
{
    struct error err;
    union facts facts;
    struct scratch scratch = {0};
    struct object_meta meta;
    for (enum store_kind kind = STORE_PODS; kind < STORE_KINDS; kind++)
        if (decode(&decoder, kind, bytes, len, &facts, &err))
            assert_true(err.kind == ERROR_REJECT && *err.text);
    if (meta_read(&scratch, bytes, len, &meta, &err))
        assert_int_equal(err.kind, ERROR_REJECT);
    scratch_free(&scratch);
}

static void survives_mangled_objects(void **state)
{
    (void)state;
    for (enum store_kind kind = STORE_SERVICES; kind <= STORE_SLICES; kind++) {
        AUTO_STRBUF json = {0};
        load(twins[kind], ".json", &json);
        mangle(json.data, json.len, 300, check_all_kinds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twins_are_the_same_facts),
        cmocka_unit_test_teardown(other_types_read_as_absent, close_decoder),
        cmocka_unit_test_teardown(times_are_those_that_can_be, close_decoder),
        cmocka_unit_test_teardown(texts_end_at_a_nul_and_are_cut, close_decoder),
        cmocka_unit_test_teardown(what_is_no_json_is_left_out, close_decoder),
        cmocka_unit_test_teardown(survives_mangled_objects, close_decoder),
    };
    return cmocka_run_group_tests_name("observer/watch/json", tests, NULL, NULL);
}
