/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/breaker.h"

#include "tests/unit/unit.h"

static void some_failures_in_a_row_open_it(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    for (int i = 1; i < BREAKER_FAILURES; i++)
        breaker_failed(&breaker, 100);
    assert_true(breaker_may(&breaker, 100));
    breaker_ok(&breaker);
    for (int i = 1; i < BREAKER_FAILURES; i++)
        breaker_failed(&breaker, 100);
    assert_true(breaker_may(&breaker, 100));
    breaker_failed(&breaker, 100);
    assert_false(breaker_may(&breaker, 100));
    assert_false(breaker_may(&breaker, 100 + BREAKER_FIRST_MS - 1));
    assert_true(breaker_may(&breaker, 100 + BREAKER_FIRST_MS));
}

static void then_one_tries(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    breaker_open(&breaker, 0);
    breaker_take(&breaker, BREAKER_FIRST_MS);
    assert_false(breaker_may(&breaker, BREAKER_FIRST_MS));
    breaker_leave(&breaker);
    assert_true(breaker_may(&breaker, BREAKER_FIRST_MS));
    breaker_take(&breaker, BREAKER_FIRST_MS);
    breaker_failed(&breaker, BREAKER_FIRST_MS);
    assert_false(breaker_may(&breaker, 3 * BREAKER_FIRST_MS - 1));
    assert_true(breaker_may(&breaker, 3 * BREAKER_FIRST_MS));
    breaker_take(&breaker, 3 * BREAKER_FIRST_MS);
    breaker_ok(&breaker);
    assert_true(breaker_may(&breaker, 0));
}

static void the_pause_grows_to_five_minutes(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    int64_t now_ms = 0;
    for (int i = 0; i < 12; i++) {
        breaker_open(&breaker, now_ms);
        now_ms = breaker.until_ms;
        breaker_take(&breaker, now_ms);
    }
    assert_int_equal(breaker.pause_ms, BREAKER_MOST_MS);
}

/* Four lanes whose calls fail together are one outage. */
static void those_under_way_do_not_make_it_longer(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    breaker_open(&breaker, 0);
    breaker_open(&breaker, 10);
    breaker_failed(&breaker, 20);
    assert_true(breaker_may(&breaker, BREAKER_FIRST_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_failures_in_a_row_open_it),
        cmocka_unit_test(then_one_tries),
        cmocka_unit_test(the_pause_grows_to_five_minutes),
        cmocka_unit_test(those_under_way_do_not_make_it_longer),
    };
    return cmocka_run_group_tests_name("brain/model/breaker", tests, NULL, NULL);
}
