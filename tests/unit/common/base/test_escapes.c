/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/escapes.h"

#include "common/base/alloc.h"
#include "tests/unit/mangle.h"
#include "tests/unit/unit.h"

static void assert_removed(const char *given, const char *expected)
{
    AUTO_STRBUF text = {0};
    strbuf_puts(&text, given);
    escapes_remove(&text);
    assert_string_equal(strbuf_text(&text), expected);
    assert_int_equal(text.len, strlen(expected));
}

static void what_is_not_seen_goes(void **state)
{
    (void)state;
    static const struct {
        const char *given, *expected;
    } samples[] = {
        {"", ""},
        {"a\\u001b[31mb", "ab"},
        {"a\\\\\\u001B[mb", "ab"},
        {"a\\x1b[38;2;255;255;255mb\\x1B[0K", "ab"},
        {"a\\033[1mb\\e[0m", "ab"},
        {"a\\u200bb\\UFEFFc\\u2066", "abc"},
        {"a\\u0\\u200b01b[0mb", "ab"}, /* what comes together is one again */
        {"\\u001b[31m\\u001b[0m", ""},
    };
    for (size_t i = 0; i < COUNT_OF(samples); i++)
        assert_removed(samples[i].given, samples[i].expected);
}

static void what_is_seen_stays(void **state)
{
    (void)state;
    static const char *const samples[] = {
        "plain", "\\",     "u001b[31m", "[31m",    "\\u00e9",         "\\u2019",
        "\\n",   "\\e[31", "\\u200",    "x1b[0mx", "C:\\users\\new[", "\\u001b]0;title\\u0007",
    };
    for (size_t i = 0; i < COUNT_OF(samples); i++)
        assert_removed(samples[i], samples[i]);
}

static void remove_from(const char *bytes, size_t len)
{
    AUTO_STRBUF once = {0}, twice = {0};
    strbuf_add(&once, bytes, len);
    escapes_remove(&once);
    strbuf_add(&twice, once.data, once.len);
    escapes_remove(&twice);
    assert_int_equal(once.len, twice.len);
}

static void done_twice_it_changes_nothing_more(void **state)
{
    (void)state;
    static const char sample[] = "\\u001b[3\\u200b1mword\\x1b[0m \\\\u20\\e[m0b";
    mangle(sample, sizeof sample - 1, 2000, remove_from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_seen_goes),
        cmocka_unit_test(what_is_seen_stays),
        cmocka_unit_test(done_twice_it_changes_nothing_more),
    };
    return cmocka_run_group_tests_name("common/base/escapes", tests, NULL, NULL);
}
