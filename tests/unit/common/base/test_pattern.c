/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/pattern.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/strbuf.h"
#include "tests/unit/unit.h"

static void check(const char *expression, const char *text, size_t from, int found, size_t start, size_t end)
{
    struct span at = {0};
    struct pattern *pattern = pattern_new(expression);
    assert_int_equal(pattern_find(pattern, text, strlen(text), from, &at), found);
    if (found)
        assert_true(at.start == start && at.end == end);
    pattern_free(pattern);
}

static void finds_the_first_behind_a_place(void **state)
{
    (void)state;
    check("b+", "abbab", 0, 1, 1, 3);
    check("b+", "abbab", 3, 1, 4, 5);
    check("b+", "abbab", 5, 0, 0, 0);
    check("(?<=a)b", "ab", 1, 1, 1, 2); /* what stands before the place is seen */
    check("x", "", 0, 0, 0, 0);
    pattern_free(NULL);
}

static void shows_the_part_that_was_meant(void **state)
{
    (void)state;
    check("name=\\K\\w+", "a name=b c", 0, 1, 7, 8);
}

static void bytes_are_no_letters(void **state)
{
    (void)state;
    check("[^\\w\\s]+", "a \xC3\xA4 b", 0, 1, 2, 4);
}

/* The engine would go back more often than there are atoms in the world. */
static void what_is_too_hard_counts_as_found(void **state)
{
    (void)state;
    AUTO_STRBUF text = {0};
    struct span at;
    struct pattern *pattern = pattern_new("(a*)*(b?a)*\\1[^a]\\z");
    for (int i = 0; i < 5000; i++)
        strbuf_putc(&text, 'a');
    assert_int_equal(pattern_find(pattern, text.data, text.len, 7, &at), 1);
    assert_true(at.start == 7 && at.end == text.len);
    pattern_free(pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_first_behind_a_place),
        cmocka_unit_test(shows_the_part_that_was_meant),
        cmocka_unit_test(bytes_are_no_letters),
        cmocka_unit_test(what_is_too_hard_counts_as_found),
    };
    return cmocka_run_group_tests_name("common/base/pattern", tests, NULL, NULL);
}
