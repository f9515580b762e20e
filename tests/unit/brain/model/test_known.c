/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model/known.h"

#include "brain/model/call.h"
#include "common/base/clock.h"
#include "tests/unit/unit.h"

static void names_and_their_versions(void **state)
{
    (void)state;
    assert_true(known_same("gemini-3.8-flash", "gemini-3.8-flash"));
    assert_true(known_same("gemini-3.8-flash", "gemini-3.8-flash-001"));
    assert_true(known_same("gpt-x", "gpt-x-2026-08-06"));
    assert_false(known_same("gemini-3.5-flash", "gemini-3.5-flash-lite"));
    assert_false(known_same("gemini-3.5-flash", "gemini-3.5-flash-lite-001"));
    assert_false(known_same("gemini-3.5-flash-lite", "gemini-3.5-flash"));
    assert_false(known_same("gemini-2.5-flash", "gemini-3.5-flash-lite"));
    assert_false(known_same("gemini-3.8-flash", "gemini-3.8-flash8"));
    assert_false(known_same("gemini-flash-latest", "gemini-3.8-flash"));
}

static void what_it_costs(void **state)
{
    (void)state;
    int64_t december = clock_parse_rfc3339("2026-12-31T23:59:59Z"), january = december + 1000;
    assert_int_equal(known_cost("gemini-3.5-flash-lite", december, 8000, 0, 1000), 4900);
    assert_int_equal(known_cost("gemini-3.5-flash-lite-001", december, 8000, 0, 1000), 4900);
    assert_int_equal(known_cost("gemini-3.8-flash", december, 8000, 0, 1000), 9750);
    assert_int_equal(known_cost("gemini-3.8-flash", january, 8000, 0, 1000), 19500);
    assert_int_equal(known_cost("gemini-3.8-flash", december, 8000, 8000, 0), 600);
    assert_int_equal(known_cost("gemini-3.8-flash", december, 8000, 9000, 0), 600);
    assert_int_equal(known_cost("gemini-2.5-flash", december, 1000000, 0, 0), 300000);
    assert_int_equal(known_cost("llama", december, 8000, 0, 1000), 0);
    assert_int_equal(known_cost("", december, 8000, 0, 1000), 0);
    assert_int_equal(known_cost("gemini-3.5-flash-lite", december, 1000000000, 0, 1000000000), 2800000000);
}

static void how_little_it_thinks(void **state)
{
    (void)state;
    assert_int_equal(known_thinking("gemini-3.5-flash-lite", THINKING_MINIMAL), THINKING_MINIMAL);
    assert_int_equal(known_thinking("gemini-3.8-flash", THINKING_MINIMAL), THINKING_LOW);
    assert_int_equal(known_thinking("gemini-3.8-flash", THINKING_HIGH), THINKING_HIGH);
    assert_int_equal(known_thinking("gemini-2.5-flash", THINKING_HIGH), THINKING_OMITTED);
    assert_int_equal(known_thinking("llama", THINKING_MINIMAL), THINKING_MINIMAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_their_versions),
        cmocka_unit_test(what_it_costs),
        cmocka_unit_test(how_little_it_thinks),
    };
    return cmocka_run_group_tests_name("brain/model/known", tests, NULL, NULL);
}
