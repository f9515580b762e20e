/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/changed.h"

#include "common/schema/limits.h"
#include "tests/unit/observer/gather/parse.h"

static void assert_changed(const char *then, const char *now, const char *expected)
{
    AUTO_JSON *before = parse(then), *after = parse(now), *wanted = parse(expected);
    AUTO_JSON *found = changed_fields(before, after);
    if (!json_equal(found, wanted)) {
        AUTO_STRBUF text = {0};
        json_write(found, &text);
        fail_msg("%s instead of %s", strbuf_text(&text), expected);
    }
}

#define APP(rest) "{'spec':{'containers':[{'name':'app'" rest "}]}}"

static void images_and_variables_are_told_once(void **state)
{
    (void)state;
    assert_changed(
        APP(",'image':'a:1','env':[{'name':'X','value':'1'},{'name':'OLD'},{'name':'SAME','value':'s'}]"),
        APP(",'image':'a:2','env':[{'name':'X','value':'2'},{'name':'NEW'},{'name':'SAME','value':'s'}]"),
        "[{'container':'app','field':'image'},{'container':'app','field':'env','variable':'X'},"
        "{'container':'app','field':'env','variable':'NEW'},{'container':'app','field':'env','variable':'OLD'"
        "}]");
}

static void what_has_no_counterpart_is_left_out(void **state)
{
    (void)state;
    assert_changed(APP(",'image':'a:1'"), "{'spec':{'containers':[{'name':'other','image':'a:2'}]}}", "[]");
    assert_changed("{}", APP(",'image':'a:1'"), "[]");
    assert_changed(APP(",'image':'a:1'"), "{}", "[]");
}

static void names_that_no_action_could_carry_are_left_out(void **state)
{
    (void)state;
    assert_changed(APP(""),
                   APP(",'env':[{'name':'a b'},{'name':''},{'name':'A;B'},{'name':7},{'name':'a.b-c_D'}]"),
                   "[{'container':'app','field':'env','variable':'a.b-c_D'}]");
}

static void there_is_an_end_to_it(void **state)
{
    (void)state;
    AUTO_STRBUF now = {0};
    strbuf_puts(&now, "{'spec':{'containers':[{'name':'app','env':[");
    for (int i = 0; i < 3 * LIMIT_CHANGES; i++)
        strbuf_printf(&now, "%s{'name':'V%d'}", i ? "," : "", i);
    strbuf_puts(&now, "]}]}}");
    AUTO_JSON *before = parse(APP("")), *after = parse(strbuf_text(&now));
    AUTO_JSON *found = changed_fields(before, after);
    assert_int_equal(json_array_size(found), LIMIT_CHANGES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_and_variables_are_told_once),
        cmocka_unit_test(what_has_no_counterpart_is_left_out),
        cmocka_unit_test(names_that_no_action_could_carry_are_left_out),
        cmocka_unit_test(there_is_an_end_to_it),
    };
    return cmocka_run_group_tests_name("observer/gather/changed", tests, NULL, NULL);
}
