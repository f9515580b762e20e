/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/schema/limits.h"

static const char *id(int number)
{
    static char text[32];
    snprintf(text, sizeof text, "i-%d.1", number);
    return text;
}

static void test_remembers_and_tells_apart(void **state)
{
    (void)state;
    struct seen *seen = seen_new();
    assert_false(seen_has(seen, "i-1.1"));
    seen_add(seen, "i-1.1");
    assert_true(seen_has(seen, "i-1.1"));
    assert_false(seen_has(seen, "i-1.2"));
    assert_false(seen_has(seen, ""));
    seen_free(seen);
}

static void test_forgets_the_oldest_first(void **state)
{
    (void)state;
    struct seen *seen = seen_new();
    for (int i = 0; i < LIMIT_SEEN_IDS + 10; i++)
        seen_add(seen, id(i));
    for (int i = 0; i < 10; i++)
        assert_false(seen_has(seen, id(i)));
    for (int i = 10; i < LIMIT_SEEN_IDS + 10; i++)
        assert_true(seen_has(seen, id(i)));
    seen_free(seen);
}

static void test_the_same_id_twice_is_forgotten_twice(void **state)
{
    (void)state;
    struct seen *seen = seen_new();
    seen_add(seen, "again");
    seen_add(seen, "again");
    for (int i = 0; i < LIMIT_SEEN_IDS - 1; i++)
        seen_add(seen, id(i));
    assert_true(seen_has(seen, "again")); /* the second one is still there */
    seen_add(seen, "last");
    assert_false(seen_has(seen, "again"));
    seen_free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remembers_and_tells_apart),
        cmocka_unit_test(test_forgets_the_oldest_first),
        cmocka_unit_test(test_the_same_id_twice_is_forgotten_twice),
    };
    return cmocka_run_group_tests_name("common/runtime/seen", tests, NULL, NULL);
}
