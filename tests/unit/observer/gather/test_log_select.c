/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/log_select.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/text.h"
#include "tests/unit/mangle.h"
#include "tests/unit/unit.h"

#define PLENTY 100000

/* What is selected of log within max bytes, as is_cut says; the caller frees it. */
static char *select_within(const char *log, size_t max, int is_cut)
{
    struct strbuf out = {0};
    assert_int_equal(log_select(log, strlen(log), max, &out), is_cut);
    assert_true(out.len <= max);
    return strbuf_take(&out);
}

static void check_selected(const char *log, int is_cut, const char *expected)
{
    AUTO_FREE char *selected = select_within(log, PLENTY, is_cut);
    assert_string_equal(selected, expected);
}

static void assert_holds(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is in \"%s\"", part, text);
}

/* Lines that have nothing in common, as numbers count for nothing. */
static void add_chatter(struct strbuf *log, int lines)
{
    for (int i = 0; i < lines; i++)
        strbuf_printf(log, "served %c%c%c in good time\n", 'g' + i / 400, 'g' + i / 20 % 20, 'g' + i % 20);
}

static void a_short_log_stays_as_it_is(void **state)
{
    (void)state;
    check_selected("", 0, "");
    check_selected("\n\n \n", 0, "");
    check_selected("starting", 0, "starting");
    check_selected("starting\n\nFATAL: no database  \n", 0, "starting\nFATAL: no database");
}

static void repeats_are_one_line_where_the_last_of_them_stood(void **state)
{
    (void)state;
    check_selected("2026-11-25T20:55:46.123Z ping 10.0.0.7:5432 took 12ms\n"
                   "2026-11-25T20:55:47.001Z ping 10.0.0.8:5432 took 9ms\n"
                   "other\n"
                   "2026-11-25T20:55:48.999Z ping 10.0.0.7:5432  took 101ms\n",
                   0, "other\n2026-11-25T20:55:48.999Z ping 10.0.0.7:5432  took 101ms (×3)");
    check_selected("id 40089c79-a982-4a45-9a10-51aec2f4ba5d hash 9f2b1c5e\n"
                   "id 12345678-90ab-4cde-8f01-23456789abcd hash 00aa11bb\n",
                   0, "id 12345678-90ab-4cde-8f01-23456789abcd hash 00aa11bb (×2)");
    check_selected("trying\nno luck\ntrying\nno luck\ntrying\nno luck\n", 0, "trying (×3)\nno luck (×3)");
}

static void codes_that_differ_are_no_repeats(void **state)
{
    (void)state;
    check_selected("exit code 1\nexit code 137\n", 0, "exit code 1\nexit code 137");
    check_selected("\"GET /a HTTP/1.1\" 200 5\n\"GET /a HTTP/1.1\" 503 7\n", 0,
                   "\"GET /a HTTP/1.1\" 200 5\n\"GET /a HTTP/1.1\" 503 7");
    check_selected("status=200 n=1\nstatus=500 n=2\n", 0, "status=200 n=1\nstatus=500 n=2");
}

static void the_first_error_keeps_its_place(void **state)
{
    (void)state;
    check_selected(
        "ERROR: no route 1\nERROR: no route 2\nERROR: no route 3\nretry\nERROR: no route 4\nERROR: no "
        "route 5\n",
        0, "ERROR: no route 1 (×3)\nretry\nERROR: no route 5 (×2)");
}

static void the_first_error_is_never_left_out(void **state)
{
    (void)state;
    AUTO_STRBUF log = {0};
    add_chatter(&log, 50);
    strbuf_puts(&log, "panic: the root of it all\n");
    for (int i = 0; i < 400; i++)
        strbuf_printf(&log, "error %c%c: what came of it, told at length for the space it takes\n",
                      'g' + i / 20, 'g' + i % 20);
    strbuf_puts(&log, "the last words\n");
    AUTO_FREE char *selected = select_within(log.data, 2000, 1);
    assert_holds(selected, "\xE2\x80\xA6 50 lines left out\npanic: the root of it all\n\xE2\x80\xA6 ");
    assert_holds(selected, "error zz: what came of it");
    assert_lacks(selected, "error gg: what came of it");
    assert_string_equal(selected + strlen(selected) - 15, "\nthe last words");
    assert_true(strlen(selected) > 1800);
}

static void signals_are_kept_however_far_they_stand_from_the_end(void **state)
{
    (void)state;
    static const char *const signals[] = {
        "level=error msg=\"no\"",
        "{\"level\":\"error\",\"msg\":\"no\"}",
        "java.lang.IllegalStateException: no",
        "TypeError: x is not a function",
        "FATAL no",
        "panic: runtime error",
        "request failed",
        "dial tcp 10.0.0.7:5432: connect: connection refused",
        "i/o timeout",
        "the request timed out",
        "permission denied",
        "key not found",
        "open /x: no such file or directory",
        "cannot open it",
        "unable to open it",
        "Out of memory: Killed process 7",
        "oom-killer",
        "Segmentation fault (core dumped)",
        "E1125 20:55:46.123456       1 main.go:12] no",
        "Caused by: x",
        "npm ERR! code ELIFECYCLE",
        "DATABASE_URL is not set",
        "context deadline exceeded",
        "signal: SIGSEGV",
        "#12 ERROR: process did not complete",
    };
    for (size_t i = 0; i < COUNT_OF(signals); i++) {
        AUTO_STRBUF log = {0};
        strbuf_puts(&log, "error: the first, so that the next is kept for itself\n");
        add_chatter(&log, 100);
        strbuf_printf(&log, "%s\n", signals[i]);
        add_chatter(&log, 100);
        for (int line = 0; line < 60; line++)
            strbuf_printf(&log, "and %c so on\n", 'A' + line);
        AUTO_FREE char *selected = select_within(log.data, 4000, 1);
        assert_holds(selected, signals[i]);
    }
}

static void what_only_sounds_like_a_failure_is_none(void **state)
{
    (void)state;
    static const char *const plain[] = {
        "0 errors, 0 failed",
        "finished without error",
        "no errors",
        "{\"error\":null,\"id\":7}",
        "error=\"\" id=7",
        "request.timeout.ms = 30000",
        "errors.tolerance = none",
        "connect timeout=5000",
        "--error-log=/dev/stderr",
        "2026-11-25T20:55:46Z stderr F hello",
        "loaded ErrorHandlerFactory",
    };
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        AUTO_STRBUF log = {0};
        strbuf_printf(&log, "%s\n", plain[i]);
        add_chatter(&log, 100);
        AUTO_FREE char *selected = select_within(log.data, PLENTY, 1);
        assert_lacks(selected, plain[i]);
    }
}

static void the_last_forty_lines_are_kept(void **state)
{
    (void)state;
    AUTO_STRBUF log = {0};
    add_chatter(&log, 100);
    AUTO_FREE char *selected = select_within(log.data, PLENTY, 1);
    assert_holds(selected, "\xE2\x80\xA6 60 lines left out\nserved gjg in good time\n");
    assert_string_equal(selected + strlen(selected) - 24, "\nserved gkz in good time");
}

static void a_java_stack_is_its_head_and_its_causes(void **state)
{
    (void)state;
    check_selected("starting\n"
                   "Exception in thread \"main\" java.lang.RuntimeException: no\n"
                   "\tat a.A.one(A.java:1)\n\tat a.A.two(A.java:2)\n\tat a.A.three(A.java:3)\n"
                   "\tat a.A.four(A.java:4)\n\tat a.A.five(A.java:5)\n\tat a.A.six(A.java:6)\n"
                   "\tat a.A.seven(A.java:7)\n"
                   "Caused by: java.net.ConnectException: Connection refused\n"
                   "\tat b.B.one(B.java:1)\n\tat b.B.two(B.java:2)\n\tat b.B.three(B.java:3)\n"
                   "\t... 12 more\n"
                   "stopping\n",
                   1,
                   "starting\n"
                   "Exception in thread \"main\" java.lang.RuntimeException: no\n"
                   "\tat a.A.one(A.java:1)\n\tat a.A.two(A.java:2)\n\tat a.A.three(A.java:3)\n"
                   "\tat a.A.four(A.java:4)\n\tat a.A.five(A.java:5)\n"
                   "\xE2\x80\xA6 2 lines left out\n"
                   "Caused by: java.net.ConnectException: Connection refused\n"
                   "\tat b.B.one(B.java:1)\n\tat b.B.two(B.java:2)\n"
                   "\xE2\x80\xA6 2 lines left out\n"
                   "stopping");
}

static void a_python_stack_is_its_last_frames(void **state)
{
    (void)state;
    AUTO_STRBUF log = {0};
    strbuf_puts(&log, "Traceback (most recent call last):\n");
    for (char c = 'a'; c < 'a' + 8; c++)
        strbuf_printf(&log, "  File \"/app/%c.py\", line 1, in %c\n    call_of_%c()\n", c, c, c);
    strbuf_puts(&log, "KeyError: 'DATABASE_URL'\n");
    AUTO_FREE char *selected = select_within(log.data, PLENTY, 1);
    assert_memory_equal(selected,
                        "Traceback (most recent call last):\n\xE2\x80\xA6 6 lines left out\n"
                        "  File \"/app/d.py\", line 1, in d\n    call_of_d()\n",
                        104);
    assert_holds(selected, "    call_of_h()\nKeyError: 'DATABASE_URL'");
}

static void a_go_panic_is_its_first_calls_with_their_places(void **state)
{
    (void)state;
    AUTO_STRBUF log = {0};
    strbuf_puts(&log, "panic: runtime error: invalid memory address or nil pointer dereference\n"
                      "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4a2b3c]\n\n"
                      "goroutine 1 [running]:\n");
    for (char c = 'a'; c < 'a' + 8; c++)
        strbuf_printf(&log, "main.(*Server).%c(0xc0001a2b40)\n\t/app/%c.go:1%c +0x1d\n", c, c, '0' + c - 'a');
    AUTO_FREE char *selected = select_within(log.data, PLENTY, 1);
    assert_holds(selected, "goroutine 1 [running]:\nmain.(*Server).a(0xc0001a2b40)\n\t/app/a.go:10 +0x1d\n");
    assert_holds(selected, "\t/app/d.go:13 +0x1d\n\xE2\x80\xA6 8 lines left out");
    assert_lacks(selected, "Server).e(");
}

static void a_repeated_stack_is_told_once_more_and_counted(void **state)
{
    (void)state;
    AUTO_STRBUF log = {0};
    for (int i = 0; i < 50; i++)
        strbuf_printf(&log, "%d ERROR: it broke\n    at one (/app/a.js:1:2)\n    at two (/app/a.js:3:4)\n",
                      i);
    AUTO_FREE char *selected = select_within(log.data, PLENTY, 0);
    assert_string_equal(selected,
                        "0 ERROR: it broke\n    at one (/app/a.js:1:2)\n    at two (/app/a.js:3:4)\n"
                        "49 ERROR: it broke (×49)\n    at one (/app/a.js:1:2) (×49)\n"
                        "    at two (/app/a.js:3:4) (×49)");
}

static void of_a_long_line_the_failure_is_shown(void **state)
{
    (void)state;
    AUTO_STRBUF log = {0};
    for (int i = 0; i < 3000; i++)
        strbuf_puts(&log, "\xE2\x82\xAC");
    strbuf_puts(&log, " connection refused ");
    for (int i = 0; i < 3000; i++)
        strbuf_puts(&log, "\xE2\x82\xAC");
    AUTO_FREE char *selected = select_within(log.data, PLENTY, 1);
    assert_holds(selected, "\xE2\x82\xAC connection refused \xE2\x82\xAC");
    assert_memory_equal(selected, "\xE2\x80\xA6\xE2\x82\xAC", 6);
    assert_string_equal(selected + strlen(selected) - 6, "\xE2\x82\xAC\xE2\x80\xA6");
    AUTO_STRBUF clean = {0};
    text_clean(selected, strlen(selected), &clean);
    assert_string_equal(clean.data, selected); /* no character was cut */
}

static void a_line_has_four_hundred_characters_at_most(void **state)
{
    (void)state;
    AUTO_STRBUF log = {0}, expected = {0};
    for (int i = 0; i < 1000; i++)
        strbuf_puts(&log, "\xC3\xA9");
    strbuf_add(&expected, log.data, 800);
    strbuf_puts(&expected, "\xE2\x80\xA6");
    check_selected(log.data, 1, expected.data);
}

/* Any bytes at all, though clean text is promised: nothing is read beyond them, and what comes out fits. */
static void select_anything(const char *bytes, size_t len)
{
    AUTO_STRBUF out = {0};
    log_select(bytes, len, LOG_SELECT_LEAST_BYTES, &out);
    assert_true(out.len <= LOG_SELECT_LEAST_BYTES);
}

static void mangled_logs_do_no_harm(void **state)
{
    (void)state;
    static const char sample[] =
        "a\nerror: b\n\tat c(d.e:1)\nTraceback (most\n  File \"x\"\n    y\nZError\n\xff\n";
    mangle(sample, sizeof sample - 1, 3000, select_anything);
}

static void a_large_log_of_any_shape_is_no_harder(void **state)
{
    (void)state;
    static const char *const units[] = {"a", "\n",      "a\n",       "error\n", "\tat a(b)\n",
                                        " ", "error: ", "File \"\n", "("};
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        AUTO_STRBUF log = {0};
        while (log.len < 1024 * 1024)
            strbuf_puts(&log, units[i]);
        select_anything(log.data, log.len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_log_stays_as_it_is),
        cmocka_unit_test(repeats_are_one_line_where_the_last_of_them_stood),
        cmocka_unit_test(codes_that_differ_are_no_repeats),
        cmocka_unit_test(the_first_error_keeps_its_place),
        cmocka_unit_test(the_first_error_is_never_left_out),
        cmocka_unit_test(signals_are_kept_however_far_they_stand_from_the_end),
        cmocka_unit_test(what_only_sounds_like_a_failure_is_none),
        cmocka_unit_test(the_last_forty_lines_are_kept),
        cmocka_unit_test(a_java_stack_is_its_head_and_its_causes),
        cmocka_unit_test(a_python_stack_is_its_last_frames),
        cmocka_unit_test(a_go_panic_is_its_first_calls_with_their_places),
        cmocka_unit_test(a_repeated_stack_is_told_once_more_and_counted),
        cmocka_unit_test(of_a_long_line_the_failure_is_shown),
        cmocka_unit_test(a_line_has_four_hundred_characters_at_most),
        cmocka_unit_test(mangled_logs_do_no_harm),
        cmocka_unit_test(a_large_log_of_any_shape_is_no_harder),
    };
    return cmocka_run_group_tests_name("observer/gather/log_select", tests, NULL, NULL);
}
