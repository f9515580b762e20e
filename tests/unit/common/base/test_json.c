/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/json.h"

#include <string.h>

#include "common/base/alloc.h"
#include "tests/unit/mangle.h"
#include "tests/unit/unit.h"

#define BAD "\xEF\xBF\xBD"

static json_t *read_text(const char *text)
{
    struct error err;
    json_t *value = json_read(text, strlen(text), &err);
    if (!value)
        fail_msg("%s: %s", text, err.text);
    return value;
}

/* Asserts that the bytes are refused, for this reason and at this place. */
static void check_refused(const char *bytes, size_t len, const char *wanted)
{
    struct error err = {0};
    AUTO_JSON *value = json_read(bytes, len, &err);
    if (value)
        fail_msg("accepted: %s", bytes);
    assert_int_equal(err.kind, ERROR_REJECT);
    if (!strstr(err.text, wanted) || strncmp(err.text, "JSON: byte ", 11) != 0)
        fail_msg("%.60s: \"%s\" does not say \"%s\"", bytes, err.text, wanted);
}

static void check_written(const char *text)
{
    AUTO_JSON *value = read_text(text);
    AUTO_STRBUF out = {0};
    json_write(value, &out);
    assert_string_equal(out.data, text);
}

static void test_what_is_read_is_written_again(void **state)
{
    (void)state;
    check_written("{}");
    check_written("[]");
    check_written("null");
    check_written("-12");
    check_written("\"\"");
    check_written("{\"z\":1,\"a\":[true,false,null,\"x\"],\"m\":{\"k\":1.5}}");
    check_written("\"quote \\\" slash / back \\\\ line \\n bell \\u0007\"");
    check_written("\"\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x90\xB3\"");
    check_written("9223372036854775807");
    check_written("-9223372036854775808");
}

static void test_write_appends(void **state)
{
    (void)state;
    AUTO_JSON *value = read_text(" {\"a\" : [ 1 , 2 ] } \n");
    AUTO_STRBUF out = {0};
    strbuf_puts(&out, "x=");
    json_write(value, &out);
    assert_string_equal(out.data, "x={\"a\":[1,2]}");
}

static void test_refuses_what_is_no_json(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } bad[] = {
        {"", "byte 0"},
        {"   ", "end of file"},
        {"{", "byte 1"},
        {"{\"a\":1,}", "byte 8"},
        {"[1,2", "end of file"},
        {"nul", "byte 3"},
        {"{'a':1}", "byte"},
        {"{\"a\":1} x", "end of file expected"},
        {"{\"a\":1}{}", "end of file expected"},
        {"{\"a\":1,\"b\":2,\"a\":3}", "duplicate object key"},
        {"{\"x\":{\"a\":1,\"\\u0061\":2}}", "duplicate object key"},
        {"\"\\u0000\"", "\\u0000"},
        {"{\"\\u0000\":1}", "byte"},
        {"\"tab\there\"", "control character"},
        {"\"\\ud800\"", "Unicode"},
        {"\"\\ud800\\u0041\"", "Unicode"},
        {"\"\\x41\"", "invalid escape"},
        {"\"\xFF\"", "byte 1: unable to decode byte 0xff"},
        {"\"\xC0\x80\"", "unable to decode byte 0xc0"},
        {"\"\xED\xA0\x80\"", "unable to decode byte 0xed"},
        {"\xEF\xBB\xBF{}", "byte"},
        {"9223372036854775808", "too big"},
        {"-9223372036854775809", "too big negative"},
        {"1e999", "overflow"},
        {"[-1e999]", "overflow"},
        {"01", "byte"},
        {"+1", "byte"},
        {".5", "byte"},
        {"1.", "byte"},
        {"NaN", "byte"},
        {"Infinity", "byte"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        check_refused(bad[i].text, strlen(bad[i].text), bad[i].wanted);
    check_refused("{\"a\":\0 1}", 9, "byte");
    check_refused("\"a\0b\"", 5, "byte");
    check_refused("{}\0", 3, "end of file expected");
}

static void test_tiny_numbers_are_no_error(void **state)
{
    (void)state;
    AUTO_JSON *value = read_text("1e-999");
    assert_true(json_real_value(value) == 0.0);
}

static char *nested(size_t depth, const char *open, const char *middle, const char *close)
{
    AUTO_STRBUF text = {0};
    for (size_t i = 0; i < depth; i++)
        strbuf_puts(&text, open);
    strbuf_puts(&text, middle);
    for (size_t i = 0; i < depth; i++)
        strbuf_puts(&text, close);
    return strbuf_take(&text);
}

static void test_depth(void **state)
{
    (void)state;
    AUTO_FREE char *deepest = nested(JSON_MAX_DEPTH, "[", "", "]");
    AUTO_FREE char *deeper = nested(JSON_MAX_DEPTH + 1, "[", "", "]");
    AUTO_FREE char *objects = nested(JSON_MAX_DEPTH + 1, "{\"k\":", "1", "}");
    AUTO_FREE char *million = nested(1000000, "[", "", "");
    AUTO_FREE char *text = nested(1000, "[", "", "");
    AUTO_FREE char *brackets_in_text = xasprintf("\"\\\"%s\\\\\"", text);
    AUTO_JSON *allowed = read_text(deepest);
    AUTO_JSON *string = read_text(brackets_in_text);
    assert_int_equal(json_array_size(allowed), 1);
    assert_true(json_is_string(string));
    check_refused(deeper, strlen(deeper), "byte 64: nested deeper than 64 levels");
    check_refused(objects, strlen(objects), "nested deeper");
    check_refused(million, strlen(million), "nested deeper");
}

/* Siblings are no depth. */
static void test_many_siblings(void **state)
{
    (void)state;
    AUTO_STRBUF text = {0};
    strbuf_puts(&text, "[[]");
    for (int i = 0; i < 100000; i++)
        strbuf_puts(&text, ",[{}]");
    strbuf_putc(&text, ']');
    AUTO_JSON *value = read_text(text.data);
    assert_int_equal(json_array_size(value), 100001);
}

static void check_text(const char *bytes, size_t len, size_t max_bytes, const char *wanted)
{
    AUTO_JSON *text = json_text(bytes, len, max_bytes);
    assert_non_null(text);
    assert_string_equal(json_string_value(text), wanted);
    assert_int_equal(json_string_length(text), strlen(wanted));
}

static void test_text_from_any_bytes(void **state)
{
    (void)state;
    check_text("", 0, 100, "");
    check_text(NULL, 0, 100, "");
    check_text("plain \t\n \xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\xB3", 18, 100,
               "plain \t\n \xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\xB3");
    check_text("a\0b", 3, 100, "a" BAD "b");
    check_text("\x1b[0m\r\x7f", 6, 100, BAD "[0m" BAD BAD);
    check_text("\xC2\x85", 2, 100, BAD); /* a C1 control */
    check_text("\xE2\x80\xAE"
               "evil\xE2\x80\x8B\xEF\xBB\xBF",
               13, 100, BAD "evil" BAD BAD); /* right-to-left, zero width */
    check_text("\xE2\x81\xA6\xE2\x80\xA8\xF3\xA0\x81\x81", 10, 100, BAD BAD BAD); /* isolate, line, tag */
    check_text("\x80\xFF\xFE", 3, 100, BAD BAD BAD);
    check_text("\xC0\x80\xE0\x80\x80", 5, 100, BAD BAD BAD BAD BAD); /* overlong */
    check_text("\xED\xA0\x80", 3, 100, BAD BAD BAD);                 /* a surrogate */
    check_text("\xF4\x90\x80\x80", 4, 100, BAD BAD BAD BAD);         /* beyond U+10FFFF */
    check_text("x\xE2\x82", 3, 100, "x" BAD BAD);                    /* cut by the sender */
    check_text("\xE2\x82"
               "A",
               3, 100, BAD BAD "A");
}

static void test_text_is_cut_between_characters(void **state)
{
    (void)state;
    check_text("abcdef", 6, 6, "abcdef");
    check_text("abcdefg", 7, 6, "abc\xE2\x80\xA6");
    check_text("\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC", 9, 9, "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC");
    check_text("\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC", 9, 8, "\xE2\x82\xAC\xE2\x80\xA6");
    check_text("\xFF\xFF\xFF", 3, 8, BAD "\xE2\x80\xA6"); /* what it becomes counts, not what it was */
    check_text("abcd", 4, 3, "\xE2\x80\xA6");
    check_text("abcd", 4, 2, "");
    check_text("abcd", 4, 0, "");
    check_text("", 0, 0, "");
}

static void test_text_of_any_length_fits(void **state)
{
    (void)state;
    const char *bytes = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\xB3\xFF\x01 end";
    for (size_t len = 0; len <= strlen(bytes); len++)
        for (size_t max_bytes = 0; max_bytes < 40; max_bytes++) {
            AUTO_JSON *text = json_text(bytes, len, max_bytes);
            assert_true(json_is_string(text));
            assert_true(json_string_length(text) <= max_bytes);
        }
}

static void test_paths(void **state)
{
    (void)state;
    AUTO_JSON *value =
        read_text("{\"a\":{\"b\":{\"text\":\"x\",\"number\":7,\"yes\":true,\"no\":false,\"real\":1.5,"
                  "\"null\":null}},\"\":{\"\":1},\"list\":[1]}");
    assert_string_equal(json_string_at(value, "a.b.text"), "x");
    assert_int_equal(json_integer_at(value, "a.b.number", -1), 7);
    assert_true(json_true_at(value, "a.b.yes"));
    assert_false(json_true_at(value, "a.b.no"));
    assert_true(json_is_null(json_at(value, "a.b.null")));
    assert_null(json_at(value, "a.b.absent"));
    assert_null(json_at(value, "a.b.text.deeper"));
    assert_null(json_at(value, "list.0"));
    assert_null(json_at(value, "a."));
    assert_null(json_at(value, "a.bb"));
    assert_null(json_at(value, "aa.b"));
    assert_null(json_at(NULL, "a"));
    assert_null(json_string_at(value, "a.b.number"));
    assert_int_equal(json_integer_at(value, "a.b.text", -1), -1);
    assert_int_equal(json_integer_at(value, "a.b.real", -1), -1);
    assert_int_equal(json_integer_at(value, "a.b.yes", -1), -1);
    assert_false(json_true_at(value, "a.b.number"));
}

/* Whatever comes in is either refused with a reason or can be written and read again. */
static void check_mangled(const char *bytes, size_t len)
{
    struct error err = {0}, again = {0};
    AUTO_JSON *value = json_read(bytes, len, &err);
    if (!value) {
        assert_int_equal(err.kind, ERROR_REJECT);
        assert_true(strlen(err.text) > strlen("JSON: byte 0: "));
        return;
    }
    AUTO_STRBUF out = {0};
    json_write(value, &out);
    AUTO_JSON *copy = json_read(out.data, out.len, &again);
    assert_true(json_equal(value, copy));
}

static void check_mangled_text(const char *bytes, size_t len)
{
    AUTO_JSON *text = json_text(bytes, len, 64);
    AUTO_STRBUF out = {0};
    json_write(text, &out);
    assert_true(json_string_length(text) <= 64);
}

static void test_mangled_input(void **state)
{
    (void)state;
    static const char sample[] = "{\"v\":1,\"id\":\"i-0123456789abcdef\",\"text\":\"\xC3\xA4 \\u00e4 "
                                 "\\ud83d\\udc33 \\\\ \\\" \xF0\x9F\x90\xB3\","
                                 "\"list\":[1,-2,3.5e-7,true,false,null,{\"a\":{\"b\":[[]]}}],\"empty\":{}, "
                                 "\"long\":9223372036854775807}";
    mangle(sample, strlen(sample), 20000, check_mangled);
    mangle(sample, strlen(sample), 5000, check_mangled_text);
}

static void test_huge_scalars(void **state)
{
    (void)state;
    AUTO_FREE char *digits = xcalloc(1, 1000001);
    memset(digits, '9', 1000000);
    check_refused(digits, 1000000, "too big");
    AUTO_FREE char *string = xasprintf("\"%s\"", digits);
    AUTO_JSON *value = read_text(string);
    assert_int_equal(json_string_length(value), 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read_is_written_again),
        cmocka_unit_test(test_write_appends),
        cmocka_unit_test(test_refuses_what_is_no_json),
        cmocka_unit_test(test_tiny_numbers_are_no_error),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_many_siblings),
        cmocka_unit_test(test_text_from_any_bytes),
        cmocka_unit_test(test_text_is_cut_between_characters),
        cmocka_unit_test(test_text_of_any_length_fits),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_mangled_input),
        cmocka_unit_test(test_huge_scalars),
    };
    return cmocka_run_group_tests_name("common/base/json", tests, NULL, NULL);
}
