/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/alloc.h"

static void line_is(const char *text, size_t max, const char *wanted)
{
    AUTO_FREE char *line = words_line(text, max);
    assert_string_equal(line, wanted);
}

static void line_squeezes_white_space(void **state)
{
    (void)state;
    line_is("  a\t\tb\r\n\n c  ", 100, "a b c");
    line_is(" \n\t ", 100, "");
    line_is("", 100, "");
}

static void prose_keeps_its_paragraphs(void **state)
{
    (void)state;
    AUTO_FREE char *prose = words_prose(" a  b \n\n - c\r\n\td ", 100);
    assert_string_equal(prose, "a b\n- c\nd");
}

static void line_hides_nothing(void **state)
{
    (void)state;
    line_is("a\033[31mb", 100, "a\uFFFD[31mb");
    line_is("safe\u202Egnp.exe", 100, "safe\uFFFDgnp.exe");
    line_is("a\u200Bb", 100, "a\uFFFDb");
    line_is("bad \xC3(", 100, "bad \uFFFD(");
}

static void line_cuts_between_characters(void **state)
{
    (void)state;
    line_is("äöüäöü", 9, "äöü…");
    line_is("äöüäöü", 12, "äöüäöü");
    line_is("äöüäöü", 8, "äö…");
}

static void lines_are(const char *text, size_t max, const char *wanted)
{
    AUTO_FREE char *lines = words_lines(text, max);
    assert_string_equal(lines, wanted);
}

static void lines_keep_their_inside_and_are_counted(void **state)
{
    (void)state;
    lines_are("a:  1 -> 2\n\n  b\tc\r\nd\n", 8, "a:  1 -> 2\n  b c\nd");
    lines_are("1\n2\n3\n4\n", 2, "1\n2\n… and 2 more");
    lines_are("\n \n", 2, "");
}

static void lines_are_cut(void **state)
{
    (void)state;
    char text[WORDS_LINE_BYTES * 2];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    AUTO_FREE char *lines = words_lines(text, 3);
    assert_int_equal(strlen(lines), WORDS_LINE_BYTES);
    assert_string_equal(lines + WORDS_LINE_BYTES - strlen("…"), "…");
}

static void added_lines_stay_one_line(void **state)
{
    (void)state;
    AUTO_STRBUF out = {0};
    words_add_line(&out, "one\ntwo");
    words_add_line(&out, "three");
    assert_string_equal(strbuf_text(&out), "one two\nthree\n");
}

static void duration_is(int64_t ms, const char *wanted)
{
    AUTO_FREE char *text = words_duration(ms);
    assert_string_equal(text, wanted);
}

static void durations_read_well(void **state)
{
    (void)state;
    duration_is(0, "0 ms");
    duration_is(999, "999 ms");
    duration_is(14250, "14.2 s");
    duration_is(59999, "59.9 s");
    duration_is(60000, "1 min 0 s");
    duration_is(200000, "3 min 20 s");
    duration_is(3599999, "1 h 0 min");
    duration_is(7500000, "2 h 5 min");
}

static void or_prefers_what_is_there(void **state)
{
    (void)state;
    assert_string_equal(words_or("a", "b"), "a");
    assert_string_equal(words_or("", "b"), "b");
    assert_string_equal(words_or(NULL, "b"), "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_squeezes_white_space),
        cmocka_unit_test(prose_keeps_its_paragraphs),
        cmocka_unit_test(line_hides_nothing),
        cmocka_unit_test(line_cuts_between_characters),
        cmocka_unit_test(lines_keep_their_inside_and_are_counted),
        cmocka_unit_test(lines_are_cut),
        cmocka_unit_test(added_lines_stay_one_line),
        cmocka_unit_test(durations_read_well),
        cmocka_unit_test(or_prefers_what_is_there),
    };
    return cmocka_run_group_tests_name("notifier/words", tests, NULL, NULL);
}
