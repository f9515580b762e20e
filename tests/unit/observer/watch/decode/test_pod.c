/* SPDX-License-Identifier: Apache-2.0 */
/* What a pod says beside the state of its containers, which test_decode.c reads. */
#include <string.h>

#include "observer/watch/decode.h"
#include "tests/unit/observer/wire.h"
#include "tests/unit/unit.h"

#define T0 INT64_C(1764000000000)

static struct pod_facts pod;
static struct decoder decoder;

static int close_decoder(void **state)
{
    (void)state;
    decoder_free(&decoder);
    return 0;
}

static const char *owner_kind = "";

static void add_owner(struct strbuf *meta)
{
    struct strbuf owner = {0};
    wire_text(&owner, 1, owner_kind);
    wire_text(&owner, 3, "node-1");
    wire_text(&owner, 4, "uid-of-owner");
    wire_text(&owner, 5, "v1");
    wire_number(&owner, 6, 1); /* controller */
    wire_message(meta, 13, &owner);
}

/* A pod with this spec and status, which are emptied. */
static void read(struct strbuf *spec, struct strbuf *status)
{
    AUTO_STRBUF bytes = {0};
    struct strbuf meta = {0};
    struct error err;
    wire_text(&meta, 1, "web-1");
    wire_text(&meta, 5, "uid-1");
    wire_pair(&meta, 12, "kubernetes.io/config.mirror", "digest");
    if (*owner_kind)
        add_owner(&meta);
    wire_text(&meta, 14, "example.com/hold");
    wire_text(&meta, 14, "example.com/too");
    wire_message(&bytes, 1, &meta);
    wire_message(&bytes, 2, spec);
    wire_message(&bytes, 3, status);
    if (decode(&decoder, STORE_PODS, bytes.data, bytes.len, &pod, &err))
        fail_msg("%s", err.text);
}

static void add_condition(struct strbuf *status, const char *type, const char *is, const char *reason)
{
    struct strbuf condition = {0};
    wire_text(&condition, 1, type);
    wire_text(&condition, 2, is);
    wire_time(&condition, 4, T0 + 5000);
    wire_text(&condition, 5, reason);
    wire_text(&condition, 6, "so it says");
    wire_message(status, 2, &condition);
}

static void reads_its_conditions(void **state)
{
    (void)state;
    struct strbuf spec = {0}, status = {0};
    add_condition(&status, "PodScheduled", "False", "Unschedulable");
    add_condition(&status, "DisruptionTarget", "True", "PreemptionByScheduler");
    add_condition(&status, "PodResizePending", "True", "Infeasible");
    wire_text(&status, 3, "Preempted in order to admit critical pod");
    wire_time(&status, 7, T0 + 1000);
    read(&spec, &status);
    assert_string_equal(pod.unscheduled.reason, "Unschedulable");
    assert_string_equal(pod.unscheduled.message, "so it says");
    assert_true(pod.unscheduled.since_ms == T0 + 5000);
    assert_string_equal(pod.disruption, "PreemptionByScheduler");
    assert_string_equal(pod.resize.reason, "Infeasible");
    assert_string_equal(pod.message, "Preempted in order to admit critical pod");
    assert_true(pod.started_ms == T0 + 1000);
    assert_true(pod.mirror);
    assert_int_equal(pod.finalizers, 2);
}

static void conditions_that_hold_complain_of_nothing(void **state)
{
    (void)state;
    struct strbuf spec = {0}, status = {0};
    add_condition(&status, "PodScheduled", "True", "");
    add_condition(&status, "DisruptionTarget", "False", "PreemptionByScheduler");
    add_condition(&status, "PodResizePending", "False", "Infeasible");
    add_condition(&status, "PodResizeInProgress", "True", ""); /* it goes on, and nothing is wrong */
    read(&spec, &status);
    assert_string_equal(pod.unscheduled.reason, "");
    assert_string_equal(pod.disruption, "");
    assert_string_equal(pod.resize.reason, "");
}

static void a_static_pod_belongs_to_nobody(void **state)
{
    (void)state;
    struct strbuf spec = {0}, status = {0};
    owner_kind = "DaemonSet";
    read(&spec, &status);
    assert_string_equal(pod.owner.kind, "DaemonSet");
    owner_kind = "Node";
    read(&spec, &status);
    owner_kind = "";
    assert_string_equal(pod.owner.kind, "");
    assert_string_equal(pod.owner.name, "");
    assert_string_equal(pod.owner.uid, "");
}

static void that_it_is_assembled_counts_until_it_runs(void **state)
{
    (void)state;
    struct strbuf spec = {0}, status = {0};
    wire_text(&status, 1, "Pending");
    add_condition(&status, "PodReadyToStartContainers", "False", "");
    read(&spec, &status);
    assert_false(pod.assembled);
    wire_text(&status, 1, "Pending");
    add_condition(&status, "PodReadyToStartContainers", "True", "");
    read(&spec, &status);
    assert_true(pod.assembled);
    wire_text(&status, 1, "Running");
    add_condition(&status, "PodReadyToStartContainers", "True", "");
    read(&spec, &status);
    assert_false(pod.assembled);
}

static void a_node_may_be_promised_to_it(void **state)
{
    (void)state;
    struct strbuf spec = {0}, status = {0};
    wire_text(&status, 11, "node-2");
    read(&spec, &status);
    assert_string_equal(pod.nominated, "node-2");
}

static void always_is_what_a_pod_restarts_by_itself(void **state)
{
    (void)state;
    struct strbuf spec = {0}, status = {0};
    wire_text(&spec, 3, "Always");
    read(&spec, &status);
    assert_string_equal(pod.restart_policy, "");
    wire_text(&spec, 3, "OnFailure");
    read(&spec, &status);
    assert_string_equal(pod.restart_policy, "OnFailure");
}

static void add_init(struct strbuf *spec, struct strbuf *status, const char *name, const char *policy)
{
    struct strbuf container = {0}, ended = {0}, state = {0}, report = {0};
    wire_text(&container, 1, name);
    if (policy)
        wire_text(&container, 24, policy);
    wire_message(spec, 20, &container);
    wire_text(&ended, 3, "Completed");
    wire_text(&ended, 4, "its last words");
    wire_time(&ended, 5, T0 + 1000);
    wire_time(&ended, 6, T0 + 4000);
    wire_message(&state, 3, &ended);
    wire_text(&report, 1, name);
    wire_message(&report, 2, &state);
    wire_message(status, 10, &report);
}

static void tells_sidecars_from_init_containers(void **state)
{
    (void)state;
    struct strbuf spec = {0}, status = {0}, report = {0};
    wire_text(&report, 1, "app");
    wire_message(&status, 8, &report);
    add_init(&spec, &status, "migrate", NULL);
    add_init(&spec, &status, "proxy", "Always");
    read(&spec, &status);
    assert_int_equal(pod.container_count, 3);
    assert_string_equal(pod.containers[0].name, "migrate");
    assert_true(pod.containers[0].init && !pod.containers[0].sidecar);
    assert_string_equal(pod.containers[1].name, "proxy");
    assert_true(pod.containers[1].init && pod.containers[1].sidecar);
    assert_string_equal(pod.containers[2].name, "app");
    assert_false(pod.containers[2].init);
}

static void a_run_that_ended_tells_when_it_began_and_its_last_words(void **state)
{
    (void)state;
    struct strbuf spec = {0}, status = {0};
    add_init(&spec, &status, "migrate", NULL);
    read(&spec, &status);
    assert_true(pod.containers[0].started_ms == T0 + 1000 && pod.containers[0].now.finished_ms == T0 + 4000);
    assert_string_equal(pod.containers[0].message, "its last words");
}

/* A container that waits and what it waits for; the run before ended with other words. */
static void add_waiting(struct strbuf *status, const char *image, const char *reason, const char *message)
{
    struct strbuf waiting = {0}, now = {0}, ended = {0}, before = {0}, report = {0};
    wire_text(&waiting, 1, reason);
    if (message)
        wire_text(&waiting, 2, message);
    wire_message(&now, 1, &waiting);
    wire_text(&ended, 3, "Error");
    wire_text(&ended, 4, "panic: no database");
    wire_message(&before, 3, &ended);
    wire_text(&report, 1, "app");
    wire_message(&report, 2, &now);
    wire_message(&report, 3, &before);
    wire_text(&report, 6, image);
    wire_message(status, 8, &report);
}

static void the_newest_words_of_a_container_count(void **state)
{
    (void)state;
    struct strbuf spec = {0}, status = {0};
    add_waiting(&status, "web:1", "CreateContainerError", "no such device");
    read(&spec, &status);
    assert_string_equal(pod.containers[0].message, "no such device");
    add_waiting(&status, "web:1", "CreateContainerError", NULL);
    read(&spec, &status);
    assert_string_equal(pod.containers[0].message, "panic: no database");
    add_waiting(&status, "web:1", "CrashLoopBackOff", "back-off 40s"); /* which says nothing new */
    read(&spec, &status);
    assert_string_equal(pod.containers[0].message, "panic: no database");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(reads_its_conditions, close_decoder),
        cmocka_unit_test_teardown(conditions_that_hold_complain_of_nothing, close_decoder),
        cmocka_unit_test_teardown(a_static_pod_belongs_to_nobody, close_decoder),
        cmocka_unit_test_teardown(that_it_is_assembled_counts_until_it_runs, close_decoder),
        cmocka_unit_test_teardown(a_node_may_be_promised_to_it, close_decoder),
        cmocka_unit_test_teardown(always_is_what_a_pod_restarts_by_itself, close_decoder),
        cmocka_unit_test_teardown(tells_sidecars_from_init_containers, close_decoder),
        cmocka_unit_test_teardown(a_run_that_ended_tells_when_it_began_and_its_last_words, close_decoder),
        cmocka_unit_test_teardown(the_newest_words_of_a_container_count, close_decoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
