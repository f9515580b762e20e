/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/decode.h"

#include "common/base/json.h"
#include "observer/watch/meta.h"
#include "tests/unit/mangle.h"
#include "tests/unit/observer/wire.h"
#include "tests/unit/unit.h"

#define T0 INT64_C(1764000000000)

static void add_owner(struct strbuf *meta, const char *kind, const char *name, int controller)
{
    struct strbuf owner = {0};
    wire_text(&owner, 1, kind);
    wire_text(&owner, 3, name);
    wire_text(&owner, 4, "uid-of-owner");
    wire_text(&owner, 5, "apps/v1");
    if (controller)
        wire_number(&owner, 6, 1);
    wire_number(&owner, 7, 1);
    wire_message(meta, 13, &owner);
}

static void add_meta(struct strbuf *out, const char *name, const char *uid)
{
    struct strbuf meta = {0}, managed = {0};
    wire_text(&meta, 1, name);
    wire_text(&meta, 3, "shop");
    wire_text(&meta, 5, uid);
    wire_text(&meta, 6, "4711");
    wire_number(&meta, 7, 3);
    wire_time(&meta, 8, T0);
    wire_pair(&meta, 11, "app", "web");
    wire_pair(&meta, 11, "pod-template-hash", "5d8");
    wire_pair(&meta, 12, "aegiops.io/ignore", "true");
    wire_pair(&meta, 12, "deployment.kubernetes.io/revision", "7");
    add_owner(&meta, "ConfigMap", "not-the-controller", 0);
    add_owner(&meta, "ReplicaSet", "web-5d8", 1);
    wire_text(&managed, 1, "kubelet");
    wire_message(&meta, 17, &managed);
    wire_message(out, 1, &meta);
}

/* ContainerStatus of the given state: field 1 waiting, 2 running, 3 terminated of ContainerState. */
static void add_container(struct strbuf *status, uint32_t field, const char *name, uint32_t state_field,
                          struct strbuf *state)
{
    struct strbuf container = {0}, states = {0}, last = {0}, ended = {0};
    wire_text(&container, 1, name);
    wire_message(&states, state_field, state);
    wire_message(&container, 2, &states);
    wire_number(&ended, 1, 137);
    wire_text(&ended, 3, "OOMKilled");
    wire_time(&ended, 6, T0 + 5000);
    wire_message(&last, 3, &ended);
    wire_message(&container, 3, &last);
    wire_number(&container, 4, state_field == 2);
    wire_number(&container, 5, 4);
    wire_text(&container, 6, "registry/web:1");
    wire_text(&container, 7, "sha256:unread");
    wire_message(status, field, &container);
}

static void add_condition(struct strbuf *status, uint32_t field, const char *type, const char *value)
{
    struct strbuf condition = {0};
    wire_text(&condition, 1, type);
    wire_text(&condition, 2, value);
    wire_time(&condition, 4, T0 + 9000);
    wire_text(&condition, 5, "ignored");
    wire_message(status, field, &condition);
}

static void build_pod(struct strbuf *out)
{
    struct strbuf spec = {0}, status = {0}, state = {0};
    add_meta(out, "web-5d8-x", "uid-1");
    wire_text(&spec, 3, "Always");
    wire_text(&spec, 10, "node-a");
    wire_message(out, 2, &spec);
    wire_text(&status, 1, "Running");
    add_condition(&status, 2, "PodScheduled", "True");
    add_condition(&status, 2, "Ready", "False");
    wire_text(&status, 4, "Evicted");
    wire_text(&state, 1, "CrashLoopBackOff");
    wire_text(&state, 2, "back-off 10s restarting failed container");
    add_container(&status, 8, "main", 1, &state);
    wire_time(&state, 1, T0 + 1000);
    add_container(&status, 8, "side", 2, &state);
    wire_number(&state, 1, 3);
    wire_text(&state, 3, "Completed");
    wire_time(&state, 6, T0 + 2000);
    add_container(&status, 10, "init", 3, &state); /* on the wire behind the containers */
    wire_message(out, 3, &status);
}

static void reads_a_pod(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    AUTO_STRBUF bytes = {0};
    struct pod_facts pod;
    struct error err;
    build_pod(&bytes);
    assert_int_equal(decode(&decoder, STORE_PODS, bytes.data, bytes.len, &pod, &err), 0);
    assert_string_equal(pod.ns, "shop");
    assert_string_equal(pod.name, "web-5d8-x");
    assert_string_equal(pod.uid, "uid-1");
    assert_string_equal(pod.node, "node-a");
    assert_string_equal(pod.phase, "Running");
    assert_string_equal(pod.reason, "Evicted");
    assert_string_equal(pod.owner.kind, "ReplicaSet");
    assert_string_equal(pod.owner.name, "web-5d8");
    assert_string_equal(pod.owner.uid, "uid-of-owner");
    assert_string_equal(pod.owner.api_version, "apps/v1");
    assert_string_equal(pod.template_hash, "5d8");
    assert_true(pod.created_ms == T0 && pod.deleted_ms == 0);
    assert_true(!pod.ready && pod.ready_since_ms == T0 + 9000 && pod.ignored);
    assert_int_equal(pod.container_count, 3);
}

static void reads_containers_init_first(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    AUTO_STRBUF bytes = {0};
    struct pod_facts pod;
    struct error err;
    build_pod(&bytes);
    assert_int_equal(decode(&decoder, STORE_PODS, bytes.data, bytes.len, &pod, &err), 0);
    const struct container_facts *init = &pod.containers[0], *main = &pod.containers[1],
                                 *side = &pod.containers[2];
    assert_string_equal(init->name, "init");
    assert_true(init->init && init->state == CONTAINER_TERMINATED && init->now.exit_code == 3);
    assert_string_equal(init->now.reason, "Completed");
    assert_true(init->now.finished_ms == T0 + 2000);
    assert_string_equal(main->name, "main");
    assert_true(!main->init && main->state == CONTAINER_WAITING && main->restarts == 4 && !main->ready);
    assert_string_equal(main->reason, "CrashLoopBackOff");
    assert_string_equal(main->message, "back-off 10s restarting failed container");
    assert_string_equal(main->image, "registry/web:1");
    assert_string_equal(main->now.reason, "");
    assert_string_equal(main->last.reason, "OOMKilled");
    assert_true(main->last.exit_code == 137 && main->last.finished_ms == T0 + 5000);
    assert_string_equal(side->name, "side");
    assert_true(side->state == CONTAINER_RUNNING && side->started_ms == T0 + 1000 && side->ready);
    assert_string_equal(side->reason, "");
}

static void reads_a_deployment(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    AUTO_STRBUF bytes = {0};
    struct strbuf spec = {0}, status = {0}, condition = {0};
    struct controller_facts deployment;
    struct error err;
    add_meta(&bytes, "web", "uid-2");
    wire_number(&spec, 1, 5);
    wire_number(&spec, 7, 1);
    wire_message(&bytes, 2, &spec);
    wire_number(&status, 1, 2);
    wire_number(&status, 2, 6);
    wire_number(&status, 3, 1);
    wire_number(&status, 4, 3);
    wire_number(&status, 7, 4);
    add_condition(&status, 6, "Available", "True");
    wire_text(&condition, 1, "Progressing");
    wire_text(&condition, 4, "ProgressDeadlineExceeded");
    wire_message(&status, 6, &condition);
    wire_message(&bytes, 3, &status);
    assert_int_equal(decode(&decoder, STORE_DEPLOYMENTS, bytes.data, bytes.len, &deployment, &err), 0);
    assert_string_equal(deployment.ns, "shop");
    assert_string_equal(deployment.name, "web");
    assert_string_equal(deployment.uid, "uid-2");
    assert_string_equal(deployment.resource_version, "4711");
    assert_string_equal(deployment.revision, "7");
    assert_string_equal(deployment.progressing_reason, "ProgressDeadlineExceeded");
    assert_true(deployment.generation == 3 && deployment.observed_generation == 2 &&
                deployment.created_ms == T0);
    assert_true(deployment.replicas == 5 && deployment.status_replicas == 6 && deployment.updated == 1);
    assert_true(deployment.available == 3 && deployment.ready == 4);
    assert_true(deployment.paused && deployment.ignored);
}

static void an_absent_number_of_replicas_is_one(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    AUTO_STRBUF bytes = {0}, scaled = {0};
    struct strbuf spec = {0};
    struct controller_facts deployment;
    struct error err;
    add_meta(&bytes, "web", "uid-2");
    strbuf_add(&scaled, bytes.data, bytes.len);
    assert_int_equal(decode(&decoder, STORE_DEPLOYMENTS, bytes.data, bytes.len, &deployment, &err), 0);
    assert_int_equal(deployment.replicas, 1);
    wire_number(&spec, 1, 0);
    wire_message(&scaled, 2, &spec);
    assert_int_equal(decode(&decoder, STORE_DEPLOYMENTS, scaled.data, scaled.len, &deployment, &err), 0);
    assert_int_equal(deployment.replicas, 0);
}

static void reads_a_namespace(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    AUTO_STRBUF bytes = {0};
    struct strbuf status = {0};
    struct namespace_facts ns;
    struct error err;
    add_meta(&bytes, "shop", "uid-3");
    wire_text(&status, 1, "Terminating");
    wire_message(&bytes, 3, &status);
    assert_int_equal(decode(&decoder, STORE_NAMESPACES, bytes.data, bytes.len, &ns, &err), 0);
    assert_string_equal(ns.name, "shop");
    assert_string_equal(ns.phase, "Terminating");
    assert_true(ns.created_ms == T0 && ns.ignored);
}

struct event_times {
    int64_t last_timestamp, event_time, series;
    int count, series_count;
    int64_t wanted_ms;
    int wanted_count;
};

static void build_event(struct strbuf *out, const struct event_times *times)
{
    struct strbuf involved = {0}, series = {0};
    add_meta(out, "web.17", "uid-4");
    wire_text(&involved, 1, "Pod");
    wire_text(&involved, 2, "shop");
    wire_text(&involved, 3, "web-5d8-x");
    wire_text(&involved, 4, "uid-1");
    wire_message(out, 2, &involved);
    wire_text(out, 3, "BackOff");
    wire_text(out, 4, "Back-off pulling image");
    if (times->last_timestamp)
        wire_time(out, 7, times->last_timestamp);
    wire_number(out, 8, times->count);
    wire_text(out, 9, "Warning");
    if (times->event_time)
        wire_time(out, 10, times->event_time);
    if (!times->series)
        return;
    wire_number(&series, 1, times->series_count);
    wire_time(&series, 2, times->series);
    wire_message(out, 11, &series);
}

static void reads_events_of_old_and_new_style(void **state)
{
    (void)state;
    static const struct event_times cases[] = {
        {.count = 0, .wanted_ms = T0, .wanted_count = 1},
        {.last_timestamp = T0 + 7, .count = 12, .wanted_ms = T0 + 7, .wanted_count = 12},
        {.event_time = T0 + 3, .count = 0, .wanted_ms = T0 + 3, .wanted_count = 1},
        {.event_time = T0 + 3, .series = T0 + 9, .series_count = 40, .wanted_ms = T0 + 9, .wanted_count = 40},
    };
    AUTO_DECODER decoder = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_STRBUF bytes = {0};
        struct event_facts event;
        struct error err;
        build_event(&bytes, &cases[i]);
        assert_int_equal(decode(&decoder, STORE_EVENTS, bytes.data, bytes.len, &event, &err), 0);
        assert_string_equal(event.uid, "uid-4");
        assert_string_equal(event.ns, "shop");
        assert_string_equal(event.object_kind, "Pod");
        assert_string_equal(event.object_name, "web-5d8-x");
        assert_string_equal(event.object_uid, "uid-1");
        assert_string_equal(event.type, "Warning");
        assert_string_equal(event.reason, "BackOff");
        assert_string_equal(event.message, "Back-off pulling image");
        assert_int_equal(event.count, cases[i].wanted_count);
        assert_true(event.last_ms == cases[i].wanted_ms);
    }
}

static void an_event_may_be_about_one_container(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"spec.containers{app}", "app"},
        {"spec.initContainers{prepare}", "prepare"},
        {"spec.ephemeralContainers{shell}", ""},
        {"spec.containers{", ""},
        {"spec.containers[0]", ""},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_DECODER decoder = {0};
        AUTO_STRBUF bytes = {0};
        struct strbuf involved = {0};
        struct event_facts event;
        struct error err;
        add_meta(&bytes, "web.17", "uid-4");
        wire_text(&involved, 7, cases[i][0]);
        wire_message(&bytes, 2, &involved);
        assert_int_equal(decode(&decoder, STORE_EVENTS, bytes.data, bytes.len, &event, &err), 0);
        assert_string_equal(event.container, cases[i][1]);
    }
}

static void reads_that_all_containers_are_restarted(void **state)
{
    (void)state;
    static const char *const values[] = {"True", "False"};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        AUTO_DECODER decoder = {0};
        AUTO_STRBUF bytes = {0};
        struct strbuf status = {0};
        struct pod_facts pod;
        struct error err;
        add_meta(&bytes, "web", "uid-1");
        add_condition(&status, 2, "AllContainersRestarting", values[i]);
        wire_message(&bytes, 3, &status);
        assert_int_equal(decode(&decoder, STORE_PODS, bytes.data, bytes.len, &pod, &err), 0);
        assert_int_equal(pod.restarting, i == 0);
    }
}

static void reads_the_bookmark_that_ends_a_list(void **state)
{
    (void)state;
    struct scratch scratch = {0};
    AUTO_STRBUF bytes = {0};
    struct strbuf meta = {0};
    struct object_meta out;
    struct error err;
    wire_text(&meta, 6, "99");
    wire_pair(&meta, 12, "k8s.io/initial-events-end", "true");
    wire_message(&bytes, 1, &meta);
    assert_int_equal(meta_read(&scratch, bytes.data, bytes.len, &out, &err), 0);
    assert_string_equal(out.resource_version, "99");
    assert_string_equal(out.uid, "");
    assert_true(out.initial_events_end);
    scratch_free(&scratch);
}

static void cuts_long_messages_in_their_middle_and_between_characters(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    AUTO_STRBUF bytes = {0}, message = {0};
    struct event_facts event;
    struct error err;
    strbuf_puts(&message, "Back-off: x");
    for (int i = 0; i < 400; i++)
        strbuf_puts(&message, "é"); /* two bytes: both cuts fall inside one */
    strbuf_puts(&message, ": no such host");
    add_meta(&bytes, "e", "u");
    wire_bytes(&bytes, 4, message.data, message.len);
    assert_int_equal(decode(&decoder, STORE_EVENTS, bytes.data, bytes.len, &event, &err), 0);
    size_t len = strlen(event.message);
    AUTO_JSON *valid = json_stringn(event.message, len);
    assert_non_null(valid);
    assert_in_range(len, MEMBER_MESSAGE_BYTES - 10, MEMBER_MESSAGE_BYTES);
    assert_memory_equal(event.message, "Back-off: xé", 13);
    assert_non_null(strstr(event.message, "é … é"));
    assert_string_equal(event.message + len - 14, ": no such host");
}

/* Half a secret would not be seen as one. */
static void cuts_long_messages_between_words(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    AUTO_STRBUF bytes = {0}, message = {0};
    struct event_facts event;
    struct error err;
    while (message.len < 2 * MEMBER_MESSAGE_BYTES)
        strbuf_puts(&message, "postgres://shop:hunter2@db is down, ");
    add_meta(&bytes, "e", "u");
    wire_bytes(&bytes, 4, message.data, message.len);
    assert_int_equal(decode(&decoder, STORE_EVENTS, bytes.data, bytes.len, &event, &err), 0);
    const char *middle = strstr(event.message, " … ");
    assert_non_null(middle);
    for (const char *at = event.message; (at = strstr(at, "hunter2")); at++)
        assert_true(at - event.message > 15 && memcmp(at - 16, "postgres://shop:", 16) == 0 && at[7] == '@');
    assert_in_range(strlen(event.message), MEMBER_MESSAGE_BYTES - 80, MEMBER_MESSAGE_BYTES);
}

static void texts_are_well_formed(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    AUTO_STRBUF bytes = {0};
    struct event_facts event;
    struct error err;
    add_meta(&bytes, "e", "u");
    wire_text(&bytes, 3, "Back\xFFOff");
    wire_text(&bytes, 4, "é\xC3 it\xE2\x82");
    assert_int_equal(decode(&decoder, STORE_EVENTS, bytes.data, bytes.len, &event, &err), 0);
    assert_string_equal(event.reason, "Back?Off");
    assert_string_equal(event.message, "é? it??");
}

static void skips_what_it_does_not_know(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    AUTO_STRBUF bytes = {0};
    struct strbuf status = {0};
    struct pod_facts pod;
    struct error err;
    wire_text(&bytes, 500, "a field of a later version");
    wire_number(&bytes, 2, 7); /* spec as a number: another wire type than any version has */
    add_meta(&bytes, "web", "uid-1");
    wire_text(&status, 77, "later too");
    wire_number(&status, 1, 9); /* phase as a number */
    wire_message(&bytes, 3, &status);
    assert_int_equal(decode(&decoder, STORE_PODS, bytes.data, bytes.len, &pod, &err), 0);
    assert_string_equal(pod.phase, "");
    assert_string_equal(pod.node, "");
    assert_int_equal(pod.container_count, 0);
}

static void impossible_times_are_absent(void **state)
{
    (void)state;
    static const int64_t seconds[] = {-1, INT64_MIN, INT64_MAX, 253402300800};
    for (size_t i = 0; i < COUNT_OF(seconds); i++) {
        AUTO_DECODER decoder = {0};
        AUTO_STRBUF bytes = {0};
        struct strbuf meta = {0}, time = {0};
        struct namespace_facts ns;
        struct error err;
        wire_text(&meta, 1, "shop");
        wire_text(&meta, 5, "uid");
        wire_number(&time, 1, seconds[i]);
        wire_message(&meta, 8, &time);
        wire_message(&bytes, 1, &meta);
        assert_int_equal(decode(&decoder, STORE_NAMESPACES, bytes.data, bytes.len, &ns, &err), 0);
        assert_true(ns.created_ms == 0);
    }
}

static void refuses_what_has_no_name_or_uid(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    AUTO_STRBUF no_name = {0}, no_uid = {0};
    struct pod_facts pod;
    struct error err;
    add_meta(&no_name, "", "uid-1");
    add_meta(&no_uid, "web", "");
    assert_int_equal(decode(&decoder, STORE_PODS, "", 0, &pod, &err), -1);
    assert_int_equal(decode(&decoder, STORE_PODS, no_name.data, no_name.len, &pod, &err), -1);
    assert_int_equal(err.kind, ERROR_REJECT);
    assert_int_equal(decode(&decoder, STORE_PODS, no_uid.data, no_uid.len, &pod, &err), -1);
}

static void refuses_nested_lengths_that_overflow(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    AUTO_STRBUF bytes = {0};
    struct pod_facts pod;
    struct error err;
    add_meta(&bytes, "web", "uid-1");
    strbuf_add(&bytes, "\x1a\x03\x0a\x7f\x41", 5); /* status of 3 bytes whose phase would have 127 */
    assert_int_equal(decode(&decoder, STORE_PODS, bytes.data, bytes.len, &pod, &err), -1);
    assert_int_equal(err.kind, ERROR_REJECT);
    assert_non_null(strstr(err.text, "shop/web"));
}

/* Reads every byte of every string, for the address sanitizer. */
static size_t touch(const struct pod_facts *pod)
{
    size_t len = strlen(pod->ns) + strlen(pod->name) + strlen(pod->uid) + strlen(pod->node) +
                 strlen(pod->phase) + strlen(pod->reason) + strlen(pod->owner.kind) +
                 strlen(pod->template_hash);
    for (size_t i = 0; i < pod->container_count; i++) {
        const struct container_facts *container = &pod->containers[i];
        len += strlen(container->name) + strlen(container->image) + strlen(container->reason) +
               strlen(container->message) + strlen(container->now.reason) + strlen(container->last.reason);
    }
    return len;
}

static int is_pod(const char *bytes, size_t len)
{
    AUTO_DECODER decoder = {0};
    struct pod_facts pod;
    struct error err;
    if (decode(&decoder, STORE_PODS, bytes, len, &pod, &err))
        return 0;
    assert_true(touch(&pod) <= len);
    return 1;
}

/* As every kind: what one skips, another reads. */
static void check_object(const char *bytes, size_t len)
{
    AUTO_DECODER decoder = {0};
    struct event_facts event;
    struct controller_facts deployment;
    struct namespace_facts ns;
    struct error err;
    is_pod(bytes, len);
    decode(&decoder, STORE_EVENTS, bytes, len, &event, &err);
    decode(&decoder, STORE_DEPLOYMENTS, bytes, len, &deployment, &err);
    decode(&decoder, STORE_NAMESPACES, bytes, len, &ns, &err);
}

static void refuses_pods_that_are_cut_off(void **state)
{
    (void)state;
    AUTO_STRBUF bytes = {0};
    int accepted = 0;
    build_pod(&bytes);
    assert_true(is_pod(bytes.data, bytes.len));
    for (size_t len = 0; len < bytes.len; len++)
        accepted += is_pod(bytes.data, len);
    assert_int_equal(accepted, 2); /* after metadata and after spec, where a message may end */
}

static void survives_mangled_bytes(void **state)
{
    (void)state;
    AUTO_STRBUF pod = {0}, event = {0};
    build_pod(&pod);
    mangle(pod.data, pod.len, 20000, check_object);
    build_event(&event, &(struct event_times){.series = T0, .event_time = T0, .last_timestamp = T0});
    mangle(event.data, event.len, 20000, check_object);
}

static void a_decoder_is_used_again(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    AUTO_STRBUF large = {0}, small = {0};
    struct pod_facts pod;
    struct error err;
    build_pod(&large);
    add_meta(&small, "other", "uid-9");
    assert_int_equal(decode(&decoder, STORE_PODS, large.data, large.len, &pod, &err), 0);
    assert_int_equal(decode(&decoder, STORE_PODS, large.data, large.len - 1, &pod, &err), -1);
    assert_int_equal(decode(&decoder, STORE_PODS, small.data, small.len, &pod, &err), 0);
    assert_string_equal(pod.name, "other");
    assert_string_equal(pod.phase, "");
    assert_int_equal(pod.container_count, 0);
}

static void makes_room_for_many_containers(void **state)
{
    (void)state;
    AUTO_DECODER decoder = {0};
    AUTO_STRBUF bytes = {0};
    struct strbuf status = {0}, running = {0};
    struct pod_facts pod;
    struct error err;
    add_meta(&bytes, "web", "uid-1");
    for (int i = 0; i < 100; i++) {
        AUTO_FREE char *name = xasprintf("c%d", i);
        add_container(&status, 8, name, 2, &running);
    }
    wire_message(&bytes, 3, &status);
    assert_int_equal(decode(&decoder, STORE_PODS, bytes.data, bytes.len, &pod, &err), 0);
    assert_int_equal(pod.container_count, 100);
    assert_string_equal(pod.containers[0].name, "c0");
    assert_string_equal(pod.containers[99].name, "c99");
    assert_true(pod.containers[99].state == CONTAINER_RUNNING); /* an empty message is a state too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_pod),
        cmocka_unit_test(reads_containers_init_first),
        cmocka_unit_test(reads_a_deployment),
        cmocka_unit_test(an_absent_number_of_replicas_is_one),
        cmocka_unit_test(reads_a_namespace),
        cmocka_unit_test(reads_events_of_old_and_new_style),
        cmocka_unit_test(an_event_may_be_about_one_container),
        cmocka_unit_test(reads_that_all_containers_are_restarted),
        cmocka_unit_test(reads_the_bookmark_that_ends_a_list),
        cmocka_unit_test(cuts_long_messages_in_their_middle_and_between_characters),
        cmocka_unit_test(cuts_long_messages_between_words),
        cmocka_unit_test(texts_are_well_formed),
        cmocka_unit_test(skips_what_it_does_not_know),
        cmocka_unit_test(impossible_times_are_absent),
        cmocka_unit_test(refuses_what_has_no_name_or_uid),
        cmocka_unit_test(refuses_nested_lengths_that_overflow),
        cmocka_unit_test(refuses_pods_that_are_cut_off),
        cmocka_unit_test(survives_mangled_bytes),
        cmocka_unit_test(a_decoder_is_used_again),
        cmocka_unit_test(makes_room_for_many_containers),
    };
    return cmocka_run_group_tests_name("observer/watch/decode", tests, NULL, NULL);
}
