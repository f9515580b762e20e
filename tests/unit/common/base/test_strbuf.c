/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/strbuf.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

static void test_empty(void **state)
{
    (void)state;
    AUTO_STRBUF buf = {0};
    assert_string_equal(strbuf_text(&buf), "");
    strbuf_add(&buf, NULL, 0);
    strbuf_puts(&buf, "");
    assert_null(buf.data);
    strbuf_drop(&buf, 0);
    strbuf_clear(&buf);
    AUTO_FREE char *text = strbuf_take(&buf);
    assert_string_equal(text, "");
}

static void test_everything_that_adds(void **state)
{
    (void)state;
    AUTO_STRBUF buf = {0};
    strbuf_puts(&buf, "pods");
    strbuf_putc(&buf, ' ');
    strbuf_printf(&buf, "%03d", 7);
    strbuf_printf(&buf, "%s", "");
    strbuf_add(&buf, "\0x", 2);
    assert_int_equal(buf.len, 10);
    assert_memory_equal(buf.data, "pods 007\0x", 11);
}

/* The NUL after the text never falls out of the block, whatever the length: the sanitizer watches. */
static void test_grows_over_every_boundary(void **state)
{
    (void)state;
    for (size_t first = 0; first < 130; first++) {
        AUTO_STRBUF buf = {0};
        for (size_t i = 0; i < first; i++)
            strbuf_putc(&buf, 'a');
        strbuf_printf(&buf, "%64s", "b");
        assert_int_equal(buf.len, first + 64);
        assert_int_equal(strlen(buf.data), buf.len);
        assert_true(buf.capacity > buf.len);
    }
}

static void test_large(void **state)
{
    (void)state;
    AUTO_STRBUF buf = {0};
    AUTO_FREE char *part = xcalloc(1, 1000);
    memset(part, 'q', 999);
    for (int i = 0; i < 5000; i++)
        strbuf_puts(&buf, part);
    assert_int_equal(strspn(buf.data, "q"), 5000 * 999);
}

static void test_drop(void **state)
{
    (void)state;
    AUTO_STRBUF buf = {0};
    strbuf_puts(&buf, "first line\nsecond");
    strbuf_drop(&buf, 11);
    assert_string_equal(buf.data, "second");
    assert_int_equal(buf.len, 6);
    strbuf_drop(&buf, 6);
    assert_string_equal(buf.data, "");
    strbuf_puts(&buf, "again");
    assert_string_equal(buf.data, "again");
}

static void assert_replaced(const char *text, const char *what, const char *with, const char *expected)
{
    AUTO_STRBUF buf = {0};
    strbuf_puts(&buf, text);
    strbuf_replace(&buf, what, with);
    assert_string_equal(strbuf_text(&buf), expected);
    assert_int_equal(buf.len, strlen(expected));
}

static void test_replace(void **state)
{
    (void)state;
    assert_replaced("web-1 and web-1-x, web", "web-1", "#", "# and #-x, web");
    assert_replaced("aaa", "aa", "a", "aa"); /* what comes of it is not looked at again */
    assert_replaced("all", "all", "", "");
    assert_replaced("none", "x", "y", "none");
    assert_replaced("text", "", "y", "text");
    assert_replaced("", "x", "y", "");
}

static void test_clear_keeps_the_memory(void **state)
{
    (void)state;
    AUTO_STRBUF buf = {0};
    strbuf_puts(&buf, "abc");
    const char *data = buf.data;
    strbuf_clear(&buf);
    assert_string_equal(strbuf_text(&buf), "");
    strbuf_puts(&buf, "d");
    assert_ptr_equal(buf.data, data);
    assert_string_equal(buf.data, "d");
}

static void test_free_and_take_leave_it_usable(void **state)
{
    (void)state;
    AUTO_STRBUF buf = {0};
    strbuf_puts(&buf, "one");
    strbuf_free(&buf);
    strbuf_free(&buf);
    strbuf_puts(&buf, "two");
    AUTO_FREE char *two = strbuf_take(&buf);
    strbuf_puts(&buf, "three");
    assert_string_equal(two, "two");
    assert_string_equal(buf.data, "three");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_everything_that_adds),
        cmocka_unit_test(test_grows_over_every_boundary),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_drop),
        cmocka_unit_test(test_replace),
        cmocka_unit_test(test_clear_keeps_the_memory),
        cmocka_unit_test(test_free_and_take_leave_it_usable),
    };
    return cmocka_run_group_tests_name("common/base/strbuf", tests, NULL, NULL);
}
