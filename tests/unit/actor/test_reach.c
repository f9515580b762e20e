/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/reach.h"

#include "common/base/clock.h"
#include "tests/unit/unit.h"

#define BEGIN_MS 1795000000000

static const struct error refused = {.kind = ERROR_RETRY, .text = "connection refused"};

static void assert_settled(struct reach *reach, int64_t at_ms, int expected)
{
    clock_fix(BEGIN_MS + at_ms);
    assert_int_equal(reach_is_settled(reach), expected);
}

/* One that was there before us is taken as it is: what it forbids, it forbids. */
static void test_one_that_was_never_seen_away_is_settled(void **state)
{
    (void)state;
    struct reach *reach = reach_new(NULL);
    assert_settled(reach, 0, 0);
    reach_note(reach, &refused);
    assert_settled(reach, 0, 0);
    reach_note(reach, NULL);
    assert_settled(reach, 0, 1);
    reach_free(reach);
    clock_fix(-1);
}

static void test_one_that_came_back_is_settled_after_a_while(void **state)
{
    (void)state;
    struct reach *reach = reach_new(NULL);
    clock_fix(BEGIN_MS);
    reach_note(reach, NULL);
    reach_note(reach, &refused);
    assert_settled(reach, 1000, 0);
    reach_note(reach, NULL);
    assert_settled(reach, 1000, 0);
    reach_note(reach, NULL);
    assert_settled(reach, 15999, 0);
    assert_settled(reach, 16000, 1);
    reach_free(reach);
    clock_fix(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_that_was_never_seen_away_is_settled),
        cmocka_unit_test(test_one_that_came_back_is_settled_after_a_while),
    };
    return cmocka_run_group_tests_name("actor/reach", tests, NULL, NULL);
}
