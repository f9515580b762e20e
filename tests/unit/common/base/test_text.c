/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/text.h"

#include <string.h>

#include "common/base/alloc.h"
#include "tests/unit/mangle.h"
#include "tests/unit/unit.h"

#define BAD TEXT_REPLACEMENT

static void check_clean(const char *bytes, size_t len, const char *wanted)
{
    AUTO_STRBUF out = {0};
    text_clean(bytes, len, &out);
    assert_string_equal(strbuf_text(&out), wanted);
    assert_int_equal(out.len, strlen(wanted));
}

static void check_clean_text(const char *text, const char *wanted)
{
    check_clean(text, strlen(text), wanted);
}

static void test_plain_text_stays(void **state)
{
    (void)state;
    check_clean(NULL, 0, "");
    check_clean_text("plain \t\n \xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\xB3",
                     "plain \t\n \xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\xB3");
    check_clean_text("\xE2\x9D\xA4\xEF\xB8\x8F", "\xE2\x9D\xA4\xEF\xB8\x8F"); /* a red heart */
}

static void test_escape_sequences_go(void **state)
{
    (void)state;
    check_clean_text("\x1b[31mred\x1b[0m", "red");
    check_clean_text("a\x1b[1;38;5;196mb\x1b[Kc\x1b[2J\x1b[?25l", "abc");
    check_clean_text("\x1b]0;title\x07next", "next");
    check_clean_text("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link");
    check_clean_text("\x1b]never ended\nnext", "\nnext");
    check_clean_text("\x1bPdata\x1b\\x\x1b(By\x1b=z\x1b"
                     "7",
                     "xyz");
    check_clean_text("cut\x1b", "cut");
    check_clean_text("cut\x1b[31;", "cut");
    check_clean_text("\x1b[\nnext", "\nnext");
    check_clean("\x1b\0x", 3, " x");
}

static void test_hidden_characters_go(void **state)
{
    (void)state;
    check_clean_text("pass\xE2\x80\x8Bword", "password"); /* zero width */
    check_clean_text("\xE2\x80\xAE"
                     "evil\xE2\x81\xA9\xEF\xBB\xBF",
                     "evil"); /* right-to-left, isolate, mark */
    check_clean_text("so\xC2\xADlid \x07\x08\x7F", "solid ");
    check_clean_text("tag\xF3\xA0\x81\x81\xF3\xA0\x84\x80", "tag");
    check_clean_text("\xE3\x85\xA4\xEF\xB8\x80", "");
}

static void test_line_ends_are_one_kind(void **state)
{
    (void)state;
    check_clean_text("a\r\nb\rc\nd", "a\nb\nc\nd");
    check_clean_text("a\xE2\x80\xA8"
                     "b\xE2\x80\xA9"
                     "c\xC2\x85"
                     "d",
                     "a\nb\nc\nd");
    check_clean_text("a\r", "a\n");
}

static void test_what_is_no_text_is_replaced(void **state)
{
    (void)state;
    check_clean("a\0b", 3, "a b");
    check_clean_text("\x80\xFF", BAD BAD);
    check_clean_text("\xC0\x80", BAD BAD);                 /* overlong */
    check_clean_text("\xED\xA0\x80", BAD BAD BAD);         /* a surrogate */
    check_clean_text("\xF4\x90\x80\x80", BAD BAD BAD BAD); /* beyond U+10FFFF */
    check_clean_text("x\xE2\x82", "x" BAD BAD);            /* cut by the sender */
}

static void clean_anything(const char *bytes, size_t len)
{
    AUTO_STRBUF once = {0}, twice = {0};
    text_clean(bytes, len, &once);
    text_clean(strbuf_text(&once), once.len, &twice);
    assert_string_equal(strbuf_text(&once), strbuf_text(&twice));
    for (size_t i = 0, size; i < once.len; i += size) {
        uint32_t code;
        size = text_character(once.data + i, once.len - i, &code);
        assert_true(size > 0 && !text_is_hidden(code));
    }
}

static void test_of_any_bytes_comes_text(void **state)
{
    (void)state;
    static const char sample[] =
        "a\x1b[31mb\x1b]0;t\x07\xC3\xA4\xE2\x80\x8B\xF0\x9F\x90\xB3\r\n\xF3\xA0\x81\x81\xFF";
    mangle(sample, sizeof(sample) - 1, 20000, clean_anything);
}

static void test_mending_in_place(void **state)
{
    (void)state;
    char text[] = "a\xFF"
                  "b\xC3\xA4\xE2\x82";
    text_mend(text);
    assert_string_equal(text, "a?b\xC3\xA4??");
    char words[] = "eight of\xFF"
                   "9 and sixteen are\xC3\xA4 whole words\xC3";
    text_mend(words);
    assert_string_equal(words, "eight of?9 and sixteen are\xC3\xA4 whole words?");
    char empty[] = "";
    text_mend(empty);
    assert_string_equal(empty, "");
}

static void test_cuts(void **state)
{
    (void)state;
    assert_int_equal(text_cut("abc", 3, 3), 3);
    assert_int_equal(text_cut("abc", 3, 2), 2);
    assert_int_equal(text_cut("\xE2\x82\xAC\xE2\x82\xAC", 6, 5), 3);
    assert_int_equal(text_cut("\xE2\x82\xAC", 3, 2), 0);
    assert_int_equal(text_cut_words("one two", 7, 7), 7);
    assert_int_equal(text_cut_words("one two", 7, 6), 4);
    assert_int_equal(text_cut_words("[\"--password=abc\"]", 18, 14), 2);
    assert_int_equal(text_cut_words("oneword", 7, 6), 6);
    char many[2 * TEXT_WORD_BYTES] = {'a', ' '};
    memset(many + 2, 'b', sizeof(many) - 2);
    assert_int_equal(text_cut_words(many, sizeof(many), TEXT_WORD_BYTES), 2);
    assert_int_equal(text_cut_words(many, sizeof(many), TEXT_WORD_BYTES + 8), TEXT_WORD_BYTES + 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_text_stays),
        cmocka_unit_test(test_escape_sequences_go),
        cmocka_unit_test(test_hidden_characters_go),
        cmocka_unit_test(test_line_ends_are_one_kind),
        cmocka_unit_test(test_what_is_no_text_is_replaced),
        cmocka_unit_test(test_of_any_bytes_comes_text),
        cmocka_unit_test(test_mending_in_place),
        cmocka_unit_test(test_cuts),
    };
    return cmocka_run_group_tests_name("common/base/text", tests, NULL, NULL);
}
