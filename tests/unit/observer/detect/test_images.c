/* SPDX-License-Identifier: Apache-2.0 */
/* image_name, image_never_pull, registry_unavailable, image_pull: an image that cannot be had, and why. */
#include "common/schema/classes.h"
#include "tests/unit/observer/workload.h"

static struct test_workload test;

static int open_three(void **state)
{
    (void)state;
    test_workload_open(&test, 3);
    break_image(&test, 0);
    return 0;
}

/* Each reason that a kubelet gives, and what nobody else would call it. */
static void each_reason_has_its_class(void **state)
{
    (void)state;
    static const struct {
        const char *reason, *unreachable, *class;
    } cases[] = {
        {"InvalidImageName", "", CLASS_IMAGE_NAME},
        {"ErrImageNeverPull", "", CLASS_IMAGE_NEVER_PULL},
        {"ErrImagePull", "", CLASS_IMAGE_PULL},
        {"ImagePullBackOff", "", CLASS_IMAGE_PULL},
        {"ImageInspectError", "", CLASS_IMAGE_PULL},
        {"SignatureValidationFailed", "", CLASS_IMAGE_PULL},
        {"ErrImagePull", "docker.io", CLASS_REGISTRY},
        {"ImagePullBackOff", "docker.io", CLASS_REGISTRY},
        {"RegistryUnavailable", "docker.io", CLASS_REGISTRY},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        test.containers[0].reason = cases[i].reason;
        test.containers[0].unreachable = cases[i].unreachable;
        assert_seen(&test, cases[i].class, CONDITION_FAILING);
    }
}

static void a_container_that_is_being_made_does_not_fail(void **state)
{
    (void)state;
    static const char *const reasons[] = {"ContainerCreating", "PodInitializing", "", "ImagePull"};
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        test.containers[0].reason = reasons[i];
        assert_seen(&test, NULL, CONDITION_WELL);
    }
}

/* A container that runs is no longer waiting, whatever is left of that in its facts. */
static void only_a_container_that_waits_has_no_image(void **state)
{
    (void)state;
    static const char *const reasons[] = {"InvalidImageName", "ErrImageNeverPull", "ErrImagePull"};
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        test.containers[0].reason = reasons[i];
        test.containers[0].state = CONTAINER_RUNNING;
        assert_seen(&test, NULL, CONDITION_WELL);
    }
}

static void init_containers_and_sidecars_have_images_too(void **state)
{
    (void)state;
    test.containers[0].init = 1;
    assert_seen(&test, CLASS_IMAGE_PULL, CONDITION_FAILING);
    test.containers[0].sidecar = 1;
    assert_seen(&test, CLASS_IMAGE_PULL, CONDITION_FAILING);
}

/* No further try of a Job will cure a name, and it is not tried at all: the pod only waits. */
static void a_job_is_told_of_too(void **state)
{
    (void)state;
    test.pods[0].owner.kind = "Job";
    test.pods[0].restart_policy = "Never";
    assert_seen(&test, CLASS_IMAGE_PULL, CONDITION_FAILING);
}

static void a_rollout_under_way_does_not_excuse_it(void **state)
{
    (void)state;
    test.deployment.updated = 1;
    test.deployment.observed_generation = 1;
    assert_seen(&test, CLASS_IMAGE_PULL, CONDITION_FAILING);
}

static void each_is_described(void **state)
{
    (void)state;
    assert_described(&test, "pull image \"nginx:1.99\"");
    test.containers[0].unreachable = "docker.io";
    assert_described(&test, "pull image \"nginx:1.99\": registry docker.io is not available");
    test.containers[0].unreachable = "";
    test.containers[0].reason = "ErrImageNeverPull";
    assert_described(&test, "have image \"nginx:1.99\": it is not on the node, and the pull policy is Never");
    test.containers[0].reason = "InvalidImageName";
    test.containers[0].image = "Nginx:::1";
    assert_described(&test, "pull image \"Nginx:::1\": that is not the name of an image");
}

#define TEST(name) cmocka_unit_test_setup(name, open_three)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_reason_has_its_class),
        TEST(a_container_that_is_being_made_does_not_fail),
        TEST(only_a_container_that_waits_has_no_image),
        TEST(init_containers_and_sidecars_have_images_too),
        TEST(a_job_is_told_of_too),
        TEST(a_rollout_under_way_does_not_excuse_it),
        TEST(each_is_described),
    };
    return cmocka_run_group_tests_name("observer/detect/images", tests, NULL, NULL);
}
