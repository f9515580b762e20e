/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/spans.h"

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

static void parts_that_overlap_or_touch_become_one(void **state)
{
    (void)state;
    static const struct span given[] = {{20, 25}, {0, 3}, {3, 5}, {7, 9}, {22, 24}, {8, 12}, {30, 30}};
    static const struct span wanted[] = {{0, 5}, {7, 12}, {20, 25}};
    AUTO_SPANS spans = {0};
    for (size_t i = 0; i < COUNT_OF(given); i++)
        spans_add(&spans, given[i]);
    spans_merge(&spans);
    assert_int_equal(spans.count, COUNT_OF(wanted));
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        assert_true(spans.items[i].start == wanted[i].start && spans.items[i].end == wanted[i].end);
}

static void none_are_none(void **state)
{
    (void)state;
    AUTO_SPANS spans = {0};
    spans_merge(&spans);
    assert_int_equal(spans.count, 0);
}

static void there_is_room_for_many(void **state)
{
    (void)state;
    AUTO_SPANS spans = {0};
    for (size_t i = 1000; i-- > 0;)
        spans_add(&spans, (struct span){3 * i, 3 * i + 1});
    spans_merge(&spans);
    assert_int_equal(spans.count, 1000);
    assert_int_equal(spans.items[999].start, 2997);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_that_overlap_or_touch_become_one),
        cmocka_unit_test(none_are_none),
        cmocka_unit_test(there_is_room_for_many),
    };
    return cmocka_run_group_tests_name("common/base/spans", tests, NULL, NULL);
}
