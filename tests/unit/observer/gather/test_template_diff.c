/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/template_diff.h"

#include "common/schema/limits.h"
#include "tests/unit/observer/gather/parse.h"

static void assert_diff(const char *before, const char *after, const char *expected)
{
    AUTO_STRBUF lines = {0};
    AUTO_JSON *old_template = parse(before);
    AUTO_JSON *new_template = parse(after);
    template_diff(old_template, new_template, &lines);
    assert_string_equal(strbuf_text(&lines), expected);
}

static void a_changed_field_is_a_line(void **state)
{
    (void)state;
    assert_diff("{'spec':{'containers':[{'name':'app','image':'nginx:1.24'}]}}",
                "{'spec':{'containers':[{'name':'app','image':'nginx:1.99'}]}}",
                "spec.containers[app].image: nginx:1.24 → nginx:1.99\n");
}

static void equal_templates_have_no_diff(void **state)
{
    (void)state;
    assert_diff("{'spec':{'a':[1,{'b':null}]}}", "{'spec':{'a':[1,{'b':null}]}}", "");
}

static void the_hash_that_always_differs_is_left_out(void **state)
{
    (void)state;
    assert_diff("{'metadata':{'labels':{'app':'web','pod-template-hash':'a'}}}",
                "{'metadata':{'labels':{'app':'shop','pod-template-hash':'b'}}}",
                "metadata.labels.app: web → shop\n");
}

static void what_is_added_or_removed_is_unset_on_the_other_side(void **state)
{
    (void)state;
    assert_diff("{'spec':{'containers':[{'name':'app','resources':{}}],'nodeSelector':{'disk':'ssd'}}}",
                "{'spec':{'containers':[{'name':'app','resources':{'limits':{'memory':'64Mi'}}},{'name':'log'"
                ",'image':'l'}]}}",
                "spec.containers[app].resources.limits.memory: (unset) → 64Mi\n"
                "spec.containers[log].name: (unset) → log\n"
                "spec.containers[log].image: (unset) → l\n"
                "spec.nodeSelector.disk: ssd → (unset)\n");
}

static void members_are_matched_by_name_not_by_place(void **state)
{
    (void)state;
    assert_diff("{'c':[{'name':'a','x':1},{'name':'b','x':2}]}",
                "{'c':[{'name':'b','x':3},{'name':'a','x':1}]}", "c[b].x: 2 → 3\n");
}

static void lists_without_names_are_shown_whole(void **state)
{
    (void)state;
    assert_diff("{'command':['sh','-c','run']}", "{'command':['sh','-c','exit 1']}",
                "command: [\"sh\",\"-c\",\"run\"] → [\"sh\",\"-c\",\"exit 1\"]\n");
    assert_diff("{'x':{'a':1}}", "{'x':'text'}", "x: {\"a\":1} → text\n");
}

static void values_of_the_environment_are_never_shown(void **state)
{
    (void)state;
    static const char secret[] = "hunter2";
    AUTO_STRBUF lines = {0};
    AUTO_JSON *before =
        parse("{'c':[{'name':'app','env':[{'name':'A','value':'hunter2'},{'name':'B','value':'hunter2'},"
              "{'name':'D','value':'hunter2'}]}]}");
    AUTO_JSON *after =
        parse("{'c':[{'name':'app','env':[{'name':'A','value':'hunter2!'},{'name':'C','value':'hunter2'},"
              "{'name':'D','valueFrom':{'secretKeyRef':{'name':'s','key':'k'}}}]},"
              "{'name':'new','env':[{'name':'E','value':'hunter2'}]}]}");
    template_diff(before, after, &lines);
    assert_null(strstr(lines.data, secret));
    assert_string_equal(lines.data, "c[app].env[A].value: changed (values are not shown)\n"
                                    "c[app].env[B].name: B → (unset)\n"
                                    "c[app].env[B].value: changed (values are not shown)\n"
                                    "c[app].env[D].value: changed (values are not shown)\n"
                                    "c[app].env[D].valueFrom.secretKeyRef.name: (unset) → s\n"
                                    "c[app].env[D].valueFrom.secretKeyRef.key: (unset) → k\n"
                                    "c[app].env[C].name: (unset) → C\n"
                                    "c[app].env[C].value: changed (values are not shown)\n"
                                    "c[new].name: (unset) → new\n"
                                    "c[new].env[E].name: (unset) → E\n"
                                    "c[new].env[E].value: changed (values are not shown)\n");
}

static void too_many_changes_are_counted(void **state)
{
    (void)state;
    AUTO_STRBUF lines = {0};
    AUTO_JSON *before = json_object(), *after = json_object();
    for (int i = 0; i < LIMIT_DIFF_LINES + 5; i++) {
        AUTO_FREE char *key = xasprintf("k%d", i);
        json_object_set_new(after, key, json_integer(i));
    }
    assert_int_equal(template_diff(before, after, &lines), LIMIT_DIFF_LINES + 5);
    size_t newlines = 0;
    for (size_t i = 0; i < lines.len; i++)
        newlines += lines.data[i] == '\n';
    assert_int_equal(newlines, LIMIT_DIFF_LINES + 1);
    assert_non_null(strstr(lines.data, "\nand 5 more\n"));
}

static void long_values_are_cut(void **state)
{
    (void)state;
    char text[2000];
    AUTO_STRBUF lines = {0};
    AUTO_JSON *before = json_object();
    memset(text, 'x', sizeof text);
    AUTO_JSON *after = json_pack("{s:s%}", "command", text, sizeof text);
    template_diff(before, after, &lines);
    assert_true(lines.len < 400);
    assert_non_null(strstr(lines.data, "…"));
}

static void values_of_headers_and_annotations_are_hidden(void **state)
{
    (void)state;
    assert_diff("{'metadata':{'annotations':{'note':'hunter1','same':'x'}}}",
                "{'metadata':{'annotations':{'note':'hunter2','same':'x','more':'hunter3'}}}",
                "metadata.annotations.note: changed (values are not shown)\n"
                "metadata.annotations.more: changed (values are not shown)\n");
    assert_diff("{}", "{'metadata':{'annotations':{'note':'hunter2'}}}",
                "metadata.annotations.note: changed (values are not shown)\n");
    assert_diff(
        "{'spec':{'containers':[{'name':'app','livenessProbe':{'httpGet':{'path':'/a','httpHeaders':[{"
        "'name':'Auth','value':'hunter1'}]}}}]}}",
        "{'spec':{'containers':[{'name':'app','livenessProbe':{'httpGet':{'path':'/b','httpHeaders':[{"
        "'name':'Auth','value':'hunter2'}]}}}]}}",
        "spec.containers[app].livenessProbe.httpGet.path: /a → /b\n"
        "spec.containers[app].livenessProbe.httpGet.httpHeaders[Auth].value: changed (values are not "
        "shown)\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_field_is_a_line),
        cmocka_unit_test(equal_templates_have_no_diff),
        cmocka_unit_test(the_hash_that_always_differs_is_left_out),
        cmocka_unit_test(what_is_added_or_removed_is_unset_on_the_other_side),
        cmocka_unit_test(members_are_matched_by_name_not_by_place),
        cmocka_unit_test(lists_without_names_are_shown_whole),
        cmocka_unit_test(values_of_the_environment_are_never_shown),
        cmocka_unit_test(too_many_changes_are_counted),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(values_of_headers_and_annotations_are_hidden),
    };
    return cmocka_run_group_tests_name("observer/gather/template_diff", tests, NULL, NULL);
}
