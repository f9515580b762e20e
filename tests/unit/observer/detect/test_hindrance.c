/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes and sandboxes. */
#include "observer/detect/hindrance.h"

#include "tests/unit/observer/detect/pods.h"

#define MOUNT_FAILED "MountVolume.SetUp failed for volume \"v\" : configmap \"missing\" not found"
#define NO_SANDBOX "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network"

/* Pod 0 was given to a node so long ago, and its container waits for this reason. */
static void wait_for(const char *reason, int64_t since_ms)
{
    test.containers[0] =
        (struct container_facts){.name = "app", .state = CONTAINER_WAITING, .reason = reason};
    facts_fill(STORE_PODS, &test.pods[0]);
    test.pods[0].phase = "Pending";
    test.pods[0].ready = 0;
    test.pods[0].created_ms = test.pods[0].started_ms = test.pods[0].ready_since_ms = since_ms;
}

static void a_volume_that_cannot_be_mounted_fails_after_a_while(void **state)
{
    (void)state;
    wait_for("ContainerCreating", T0 - MINUTE_MS);
    warn_again(&test, 0, "FailedMount", MOUNT_FAILED, 7, T0 - SECOND_MS);
    assert_quiet();
    assert_fails_from(T0 + MINUTE_MS, CLASS_VOLUME);
    wait_for("PodInitializing", T0 - 3 * MINUTE_MS);
    assert_told(CLASS_VOLUME, "mount a volume", T0 - 3 * MINUTE_MS);
}

static void a_volume_that_another_node_has_is_told_apart(void **state)
{
    (void)state;
    wait_for("ContainerCreating", T0 - 3 * MINUTE_MS);
    warn_again(
        &test, 0, "FailedAttachVolume",
        "Multi-Attach error for volume \"pvc-1\" Volume is already exclusively attached to one node and "
        "can't be "
        "attached to another",
        1, T0 - SECOND_MS);
    assert_told(CLASS_VOLUME, "attach a volume that another node still has", T0 - 3 * MINUTE_MS);
    warn_again(&test, 0, "FailedAttachVolume",
               "AttachVolume.Attach failed for volume \"pvc-1\" : Multi-Attach is off", 2, T0);
    assert_told(CLASS_VOLUME, "attach a volume", T0 - 3 * MINUTE_MS);
}

static void a_sandbox_that_cannot_be_made_fails_after_a_while(void **state)
{
    (void)state;
    wait_for("ContainerCreating", T0 - PENDING_MS + 1);
    warn_again(&test, 0, "FailedCreatePodSandBox", NO_SANDBOX, 9, T0 - 5 * SECOND_MS);
    assert_quiet();
    assert_fails_from(T0 + 1, CLASS_SANDBOX);
    wait_for("ContainerCreating", T0 - 3 * MINUTE_MS);
    assert_told(CLASS_SANDBOX, "be made: node node-1 cannot make a sandbox", T0 - 3 * MINUTE_MS);
    warn_again(&test, 0, "NetworkNotReady", "network is not ready: container runtime network not ready", 3,
               T0);
    assert_told(CLASS_SANDBOX, "be made: node node-1 has no network", T0 - 3 * MINUTE_MS);
}

/* The volumes come before the sandbox, so what is heard last is where it stands. */
static void the_newest_event_tells_at_which_step_it_stands(void **state)
{
    (void)state;
    wait_for("ContainerCreating", T0 - 3 * MINUTE_MS);
    warn_again(&test, 0, "FailedMount", MOUNT_FAILED, 3, T0 - MINUTE_MS);
    warn_again(&test, 0, "FailedCreatePodSandBox", NO_SANDBOX, 2, T0 - SECOND_MS);
    assert_int_equal(condition_of(&test, CLASS_SANDBOX), CONDITION_FAILING);
    assert_int_equal(condition_of(&test, CLASS_VOLUME), CONDITION_WELL);
}

static void waiting_alone_is_no_failure(void **state)
{
    (void)state;
    wait_for("ContainerCreating", T0 - 10 * MINUTE_MS); /* a large image, say */
    assert_quiet();
    warn_again(&test, 0, "FailedScheduling", "0/3 nodes are available", 1, T0 - 9 * MINUTE_MS);
    assert_quiet();
}

static void an_event_alone_is_no_failure(void **state)
{
    (void)state;
    warn_again(&test, 0, "FailedMount", MOUNT_FAILED, 1, T0 - SECOND_MS); /* of a pod that runs */
    warn_again(&test, 1, "FailedCreatePodSandBox", NO_SANDBOX, 1, T0 - SECOND_MS);
    assert_quiet();
}

static void what_has_passed_is_no_failure(void **state)
{
    (void)state;
    wait_for("ContainerCreating", T0 - 10 * MINUTE_MS);
    warn_again(&test, 0, "FailedMount", MOUNT_FAILED, 2, T0 - MINUTE_MS);
    test.pods[0].assembled = 1; /* it was late; now the image is pulled */
    assert_quiet();
    test.pods[0].assembled = 0; /* an old server does not tell, but a kubelet would have repeated it */
    warn_again(&test, 0, "FailedMount", MOUNT_FAILED, 2, T0 - EVENT_PAUSE_MS);
    assert_quiet();
    warn_again(&test, 0, "FailedMount", MOUNT_FAILED, 3, T0 - EVENT_PAUSE_MS + 1);
    assert_int_equal(condition_of(&test, CLASS_VOLUME), CONDITION_FAILING);
}

static void what_a_container_says_itself_is_more(void **state)
{
    (void)state;
    wait_for("ImagePullBackOff", T0 - 10 * MINUTE_MS);
    warn_again(&test, 0, "FailedMount", MOUNT_FAILED, 2, T0 - MINUTE_MS);
    assert_int_equal(condition_of(&test, CLASS_VOLUME), CONDITION_WELL);
    assert_int_equal(condition_of(&test, CLASS_IMAGE_PULL), CONDITION_FAILING);
}

static void an_init_container_that_runs_shows_that_the_pod_is_made(void **state)
{
    (void)state;
    struct container_facts two[] = {healthy_container(), {.name = "app", .state = CONTAINER_WAITING}};
    wait_for("PodInitializing", T0 - 10 * MINUTE_MS);
    two[0].init = 1;
    two[0].ready = 0;
    two[0].started_ms = T0 - MINUTE_MS;
    two[1].reason = "PodInitializing";
    test.pods[0].containers = two;
    test.pods[0].container_count = 2;
    facts_fill(STORE_PODS, &test.pods[0]);
    warn_again(&test, 0, "FailedMount", MOUNT_FAILED, 2, T0 - 2 * MINUTE_MS);
    assert_quiet();
}

static void what_is_going_is_left_alone(void **state)
{
    (void)state;
    wait_for("ContainerCreating", T0 - 10 * MINUTE_MS);
    warn_again(&test, 0, "FailedMount", MOUNT_FAILED, 2, T0 - MINUTE_MS);
    assert_int_equal(condition_of(&test, CLASS_VOLUME), CONDITION_FAILING);
    assert_quiet_when_it_goes(0);
}

/* A Job tries its program again, but no further try mends a volume. */
static void the_pods_of_a_job_count(void **state)
{
    (void)state;
    wait_for("ContainerCreating", T0 - 10 * MINUTE_MS);
    test.pods[0].owner.kind = "Job";
    warn_again(&test, 0, "FailedMount", MOUNT_FAILED, 2, T0 - MINUTE_MS);
    assert_int_equal(condition_of(&test, CLASS_VOLUME), CONDITION_FAILING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_volume_that_cannot_be_mounted_fails_after_a_while),
        TEST(a_volume_that_another_node_has_is_told_apart),
        TEST(a_sandbox_that_cannot_be_made_fails_after_a_while),
        TEST(the_newest_event_tells_at_which_step_it_stands),
        TEST(waiting_alone_is_no_failure),
        TEST(an_event_alone_is_no_failure),
        TEST(what_has_passed_is_no_failure),
        TEST(what_a_container_says_itself_is_more),
        TEST(an_init_container_that_runs_shows_that_the_pod_is_made),
        TEST(what_is_going_is_left_alone),
        TEST(the_pods_of_a_job_count),
    };
    return cmocka_run_group_tests_name("observer/detect/hindrance", tests, NULL, NULL);
}
