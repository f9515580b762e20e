/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/log_line.h"

#include <string.h>

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

static void check_kinds(enum log_line_kind kind, const char *const lines[], size_t count)
{
    AUTO_LOG_READER *reader = log_reader_new();
    size_t at;
    for (size_t i = 0; i < count; i++)
        if (log_line_kind(reader, lines[i], strlen(lines[i]), &at) != kind)
            fail_msg("\"%s\" is of another kind than %d", lines[i], kind);
}

static void tells_frames(void **state)
{
    (void)state;
    static const char *const frames[] = {
        "\tat org.example.shop.Pool.open(Pool.java:42)",
        "\tat java.base/sun.nio.ch.Net.connect0(Native Method)",
        "\t... 12 more",
        "    at Object.<anonymous> (/app/index.js:3:7)",
        "   at Shop.Pool.Open() in /src/Pool.cs:line 42",
        "  File \"/app/main.py\", line 12, in <module>",
        "#0 /app/index.php(12): connect()",
        "#1  0x00007f8e3c2d1b0a in main ()",
        "\tfrom /app/main.rb:12:in `run'",
        "   4: shop::pool::open",
        "goroutine 1 [running]:",
        "main.(*Server).handle(0xc0001a2b40)",
        "created by main.main in goroutine 1",
    };
    static const char *const details[] = {"\t/app/server.go:12 +0x1d", "    return connect(url)"};
    static const char *const causes[] = {
        "Caused by: java.net.ConnectException: Connection refused",
        "  caused by the disk",
        "The above exception was the direct cause of the following exception:",
    };
    static const char *const tracebacks[] = {"Traceback (most recent call last):"};
    check_kinds(LOG_LINE_FRAME, frames, COUNT_OF(frames));
    check_kinds(LOG_LINE_DETAIL, details, COUNT_OF(details));
    check_kinds(LOG_LINE_CAUSE, causes, COUNT_OF(causes));
    check_kinds(LOG_LINE_TRACEBACK, tracebacks, COUNT_OF(tracebacks));
}

static void tells_signals_and_where_they_are(void **state)
{
    (void)state;
    AUTO_LOG_READER *reader = log_reader_new();
    size_t at = 0;
    assert_int_equal(log_line_kind(reader, "dial: connection refused", 24, &at), LOG_LINE_SIGNAL);
    assert_int_equal(at, 17);
    assert_int_equal(log_line_kind(reader, "all is well", 11, &at), LOG_LINE_PLAIN);
    assert_int_equal(log_line_kind(reader, "", 0, &at), LOG_LINE_PLAIN);
}

static int is_same(const char *one, const char *other)
{
    return log_line_key(one, strlen(one)) == log_line_key(other, strlen(other));
}

static void numbers_ids_times_and_spaces_count_for_nothing(void **state)
{
    (void)state;
    assert_true(is_same("2026-11-25T20:55:46.123Z took 12ms", "2025-01-01T00:00:00.999Z took 1500ms"));
    assert_true(is_same("conn 10.0.0.7:5432", "conn 192.168.17.1:80"));
    assert_true(
        is_same("id 40089c79-a982-4a45-9a10-51aec2f4ba5d", "id 12345678-beef-4cde-8f01-23456789abcd"));
    assert_true(is_same("ptr 0xc0001a2b40 hash 9f2b1c5e", "ptr 0xc0ffee0001 hash 00aa11bb"));
    assert_true(is_same("a  b\tc", "a b c"));
    assert_true(is_same("user <S1>", "user <S12>"));
    assert_true(is_same("", ""));
}

static void words_and_codes_count(void **state)
{
    (void)state;
    assert_false(is_same("open a", "open b"));
    assert_false(is_same("open a", "open a now"));
    assert_false(is_same("exit code 1", "exit code 137"));
    assert_false(is_same("status=200", "status=500"));
    assert_false(is_same("\"GET / HTTP/1.1\" 200", "\"GET / HTTP/1.1\" 503"));
    assert_false(is_same("face", "beef"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_frames),
        cmocka_unit_test(tells_signals_and_where_they_are),
        cmocka_unit_test(numbers_ids_times_and_spaces_count_for_nothing),
        cmocka_unit_test(words_and_codes_count),
    };
    return cmocka_run_group_tests_name("observer/gather/log_line", tests, NULL, NULL);
}
