/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/gone.h"

#include <stdlib.h>

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

static int open_gone(void **state)
{
    *state = gone_new();
    return 0;
}

static int close_gone(void **state)
{
    gone_free(*state);
    return 0;
}

static void remembers_what_went_and_when(void **state)
{
    struct gone *gone = *state;
    gone_note(gone, STORE_CONFIG_MAPS, "shop", "settings", 7);
    assert_int_equal(gone_ms(gone, STORE_CONFIG_MAPS, "shop", "settings"), 7);
    assert_int_equal(gone_ms(gone, STORE_SERVICES, "shop", "settings"), 0);
    assert_int_equal(gone_ms(gone, STORE_CONFIG_MAPS, "sho", "p/settings"), 0);
    assert_int_equal(gone_ms(gone, STORE_CONFIG_MAPS, "shop", "setting"), 0);
    gone_note(gone, STORE_CONFIG_MAPS, "shop", "settings", 9);
    assert_int_equal(gone_ms(gone, STORE_CONFIG_MAPS, "shop", "settings"), 9);
    gone_forget(gone, STORE_CONFIG_MAPS, "shop", "settings");
    assert_int_equal(gone_ms(gone, STORE_CONFIG_MAPS, "shop", "settings"), 0);
}

static void forgets_a_kind_that_can_no_longer_be_seen(void **state)
{
    struct gone *gone = *state;
    gone_note(gone, STORE_CONFIG_MAPS, "shop", "a", 7);
    gone_note(gone, STORE_SERVICES, "shop", "a", 8);
    gone_clear(gone, STORE_CONFIG_MAPS);
    assert_int_equal(gone_ms(gone, STORE_CONFIG_MAPS, "shop", "a"), 0);
    assert_int_equal(gone_ms(gone, STORE_SERVICES, "shop", "a"), 8);
}

static void the_oldest_makes_room(void **state)
{
    struct gone *gone = *state;
    for (int i = 0; i < GONE_MAX + 2; i++) {
        AUTO_FREE char *name = xasprintf("c%d", i);
        gone_note(gone, STORE_CONFIG_MAPS, "shop", name, 1000 + i);
    }
    assert_int_equal(gone_ms(gone, STORE_CONFIG_MAPS, "shop", "c0"), 0);
    assert_int_equal(gone_ms(gone, STORE_CONFIG_MAPS, "shop", "c1"), 0);
    assert_int_equal(gone_ms(gone, STORE_CONFIG_MAPS, "shop", "c2"), 1002);
    assert_int_equal(gone_ms(gone, STORE_CONFIG_MAPS, "shop", "c1025"), 2025);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(remembers_what_went_and_when, open_gone, close_gone),
        cmocka_unit_test_setup_teardown(forgets_a_kind_that_can_no_longer_be_seen, open_gone, close_gone),
        cmocka_unit_test_setup_teardown(the_oldest_makes_room, open_gone, close_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
