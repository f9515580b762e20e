/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/policies.h"

#include <pthread.h>

#include "tests/unit/actor/decision.h"

#define TAKES 20000

static struct policies *policies;

static int read_from(const char *mode, struct error *err)
{
    decision_arguments.argv[1] = "--policy-mode";
    decision_arguments.argv[2] = mode;
    decision_arguments.argc = 3;
    return policies ? policies_renew(policies, err)
                    : !(policies = policies_open(NULL, decision_read_policy, err));
}

static int set_up(void **state)
{
    (void)state;
    struct error err;
    return read_from("auto", &err);
}

static int tear_down(void **state)
{
    (void)state;
    policies_free(policies);
    policies = NULL;
    return 0;
}

static enum mode mode_now(void)
{
    const struct policy *policy = policies_take(policies);
    enum mode mode = (enum mode)policy->mode;
    policies_release(policies, policy);
    return mode;
}

static void test_good_one_takes_the_place_of_the_old_one(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(mode_now(), MODE_AUTO);
    assert_int_equal(read_from("observe", &err), 0);
    assert_int_equal(mode_now(), MODE_OBSERVE);
}

static void test_bad_one_changes_nothing(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(read_from("Observe", &err), -1);
    assert_non_null(strstr(err.text, "policy.mode must be one of"));
    assert_int_equal(mode_now(), MODE_AUTO);
    assert_int_equal(read_from("review", &err), 0);
    assert_int_equal(mode_now(), MODE_REVIEW);
}

static void test_whoever_has_one_keeps_it(void **state)
{
    (void)state;
    struct error err;
    const struct policy *old = policies_take(policies), *again = policies_take(policies);
    assert_int_equal(read_from("observe", &err), 0);
    assert_int_equal(read_from("review", &err), 0);
    assert_int_equal(old->mode, MODE_AUTO);
    policies_release(policies, again);
    assert_string_equal(old->max_memory, "8Gi");
    policies_release(policies, old);
    assert_int_equal(mode_now(), MODE_REVIEW);
}

static void test_first_one_must_be_good(void **state)
{
    (void)state;
    struct error err;
    policies_free(policies);
    policies = NULL;
    assert_int_equal(read_from("Auto", &err), 1);
    assert_null(policies);
    assert_int_equal(err.kind, ERROR_FATAL);
}

static void *use(void *context)
{
    (void)context;
    size_t seen = 0;
    for (int i = 0; i < TAKES; i++) {
        const struct policy *policy = policies_take(policies);
        seen += strlen(policy->max_memory);
        policies_release(policies, policy);
    }
    return (void *)seen;
}

static void test_lanes_use_it_while_it_is_replaced(void **state)
{
    (void)state;
    pthread_t lanes[3];
    struct error err;
    for (size_t i = 0; i < COUNT_OF(lanes); i++)
        assert_int_equal(pthread_create(&lanes[i], NULL, use, NULL), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(read_from(i % 2 ? "auto" : "observe", &err), 0);
    for (size_t i = 0; i < COUNT_OF(lanes); i++) {
        void *seen;
        pthread_join(lanes[i], &seen);
        assert_int_equal((size_t)seen, TAKES * strlen("8Gi"));
    }
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_good_one_takes_the_place_of_the_old_one),
        TEST(test_bad_one_changes_nothing),
        TEST(test_whoever_has_one_keeps_it),
        TEST(test_first_one_must_be_good),
        TEST(test_lanes_use_it_while_it_is_replaced),
    };
    return cmocka_run_group_tests_name("actor/policies", tests, NULL, NULL);
}
