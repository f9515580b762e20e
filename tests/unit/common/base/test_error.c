/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/error.h"

#include <string.h>

#include "common/base/strbuf.h"
#include "tests/unit/unit.h"

static void test_fail_fills_every_field(void **state)
{
    (void)state;
    struct error err;
    memset(&err, 0xFF, sizeof err);
    assert_int_equal(fail(&err, ERROR_REJECT, "answered %d", 404), -1);
    assert_int_equal(err.kind, ERROR_REJECT);
    assert_int_equal(err.retry_after_ms, 0);
    assert_int_equal(err.status, 0);
    assert_string_equal(err.text, "answered 404");
}

static void test_wrap_adds_and_keeps(void **state)
{
    (void)state;
    struct error err = {0};
    fail(&err, ERROR_RETRY, "refused");
    err.status = 429;
    err.retry_after_ms = 1500;
    assert_int_equal(wrap(&err, "pod %s", "web-1"), -1);
    assert_int_equal(wrap(&err, "delete"), -1);
    assert_string_equal(err.text, "delete: pod web-1: refused");
    assert_int_equal(err.kind, ERROR_RETRY);
    assert_int_equal(err.status, 429);
    assert_int_equal(err.retry_after_ms, 1500);
}

static void test_arguments_may_point_into_the_error(void **state)
{
    (void)state;
    struct error err = {0};
    fail(&err, ERROR_FATAL, "inner");
    fail(&err, ERROR_FATAL, "%s, twice: %s", err.text, err.text);
    assert_string_equal(err.text, "inner, twice: inner");
}

static void test_stays_one_line(void **state)
{
    (void)state;
    struct error err;
    fail(&err, ERROR_REJECT, "a\nb\r\nc\td\x1b[31m\x7f");
    assert_string_equal(err.text, "a b  c d [31m ");
}

static void test_too_long_is_cut_between_characters(void **state)
{
    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        AUTO_STRBUF text = {0};
        for (size_t i = 0; i < lead; i++)
            strbuf_putc(&text, 'x');
        while (text.len < 2 * sizeof(struct error))
            strbuf_puts(&text, "\xF0\x9F\x90\xB3"); /* four bytes each */
        struct error err;
        fail(&err, ERROR_REJECT, "%s", text.data);
        size_t len = strlen(err.text);
        assert_in_range(len, sizeof err.text - 4, sizeof err.text - 1);
        assert_int_equal((len - lead) % 4, 0);
    }
}

static void test_wrapping_a_full_error_keeps_the_front(void **state)
{
    (void)state;
    struct error err;
    AUTO_STRBUF text = {0};
    while (text.len < sizeof err.text)
        strbuf_putc(&text, 'y');
    fail(&err, ERROR_RETRY, "%s", text.data);
    for (int i = 0; i < 10; i++)
        wrap(&err, "context");
    assert_memory_equal(err.text, "context: context: ", 18);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void test_wrapping_in_a_text_longer_than_the_error(void **state)
{
    (void)state;
    struct error err;
    AUTO_STRBUF text = {0};
    while (text.len < 3 * sizeof err.text)
        strbuf_putc(&text, 'z');
    fail(&err, ERROR_RETRY, "inner");
    wrap(&err, "%s", text.data);
    assert_int_equal(strspn(err.text, "z"), sizeof err.text - 1);
}

static void test_kind_names(void **state)
{
    (void)state;
    assert_string_equal(error_kind_name(ERROR_RETRY), "retry");
    assert_string_equal(error_kind_name(ERROR_REJECT), "reject");
    assert_string_equal(error_kind_name(ERROR_FATAL), "fatal");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_fills_every_field),
        cmocka_unit_test(test_wrap_adds_and_keeps),
        cmocka_unit_test(test_arguments_may_point_into_the_error),
        cmocka_unit_test(test_stays_one_line),
        cmocka_unit_test(test_too_long_is_cut_between_characters),
        cmocka_unit_test(test_wrapping_a_full_error_keeps_the_front),
        cmocka_unit_test(test_wrapping_in_a_text_longer_than_the_error),
        cmocka_unit_test(test_kind_names),
    };
    return cmocka_run_group_tests_name("common/base/error", tests, NULL, NULL);
}
