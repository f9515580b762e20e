/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/alloc.h"
#include "common/schema/limits.h"

struct diff_case {
    const char *before, *after, *lines;
};

static json_t *load(const char *text)
{
    AUTO_FREE char *copy = xstrdup(text);
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *value = json_loads(copy, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    return value;
}

static const struct diff_case cases[] = {
    {"{'a':1}", "{'a':1}", ""},
    {"{'a':1}", "{'a':2}", "a: 1 -> 2"},
    {"{'a':{'b':'x'}}", "{'a':{'c':'y'}}", "a.b: \"x\" -> (unset)\na.c: (unset) -> \"y\""},
    {"{'a':{}}", "{'a':[]}", "a: {} -> []"},
    {"{'s':[{'name':'app','image':'web:2'}]}", "{'s':[{'name':'app','image':'web:1'}]}",
     "s[app].image: \"web:2\" -> \"web:1\""},
    {"{'s':['a','b']}", "{'s':['a']}", "s: [\"a\",\"b\"] -> [\"a\"]"},
    {"{'s':[{'name':'x','v':1}]}", "{'s':[{'name':'y','v':1}]}", "s[0].name: \"x\" -> \"y\""},
    {"{'metadata':{'resourceVersion':'1','generation':1,'managedFields':[1],'labels':{'a':'b'}},'status':{'x'"
     ":1}}",
     "{'metadata':{'resourceVersion':'2','generation':2,'managedFields':[2],'labels':{'a':'c'}},'status':{'x'"
     ":2}}",
     "metadata.labels.a: \"b\" -> \"c\""},
    {"{'metadata':{'annotations':{}}}", "{'metadata':{'annotations':{'aegiops.io/generation':'5'}}}", ""},
    {"{'spec':{'status':1}}", "{'spec':{'status':2}}", "spec.status: 1 -> 2"},
    {"{'c':[{'name':'app','env':[{'name':'PASSWORD','value':'old'}]}]}",
     "{'c':[{'name':'app','env':[{'name':'PASSWORD','value':'new'}]}]}",
     "c[app].env[PASSWORD].value: (not shown) -> (not shown)"},
    {"{'c':[{'name':'app'}]}", "{'c':[{'name':'app','env':[{'name':'P','value':'secret'}]}]}",
     "c[app].env: (unset) -> (not shown)"},
    {"{'c':[]}", "{'c':[{'name':'app','env':[{'name':'P','value':'secret'}]}]}",
     "c[app]: (unset) -> (not shown)"},
    {"{'p':{'httpHeaders':[{'name':'X','value':'secret'}]}}",
     "{'p':{'httpHeaders':[{'name':'X','value':'b'}]}}",
     "p.httpHeaders[X].value: (not shown) -> (not shown)"},
    {"{'p':{'port':1}}", "{'q':{'httpHeaders':[]}}", "p: {\"port\":1} -> (unset)\nq: (unset) -> (not shown)"},
    {"{'metadata':{'annotations':{'note':'secret','aegiops.io/"
     "action':'a-00112233445566778899aabbccddeeff','deployment.kubernetes.io/"
     "revision':'1'}}}",
     "{'metadata':{'annotations':{'aegiops.io/action':'b','deployment.kubernetes.io/revision':'2'}}}",
     "metadata.annotations.note: (not shown) -> (unset)\nmetadata.annotations.aegiops.io/action: "
     "\"a-00112233445566778899aabbccddeeff\" -> "
     "\"b\"\n"
     "metadata.annotations.deployment.kubernetes.io/revision: \"1\" -> \"2\""},
    {"{'metadata':{}}", "{'metadata':{'annotations':{'note':'secret'}}}",
     "metadata.annotations: (unset) -> (not shown)"},
    {"{'command':['run','--password=secret','--token','secret']}", "{'command':['run']}",
     "command: [\"run\",\"--password=<S1>\",\"--token\",\"<S1>\"] -> [\"run\"]"},
    {"{'a':{'password':'secret'}}", "{'a':{'password':'other'}}", "a.password: \"<S1>\" -> \"<S2>\""},
};

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_JSON *before = load(cases[i].before);
        AUTO_JSON *after = load(cases[i].after);
        AUTO_STRBUF out = {0};
        char sha256[SHA256_HEX_SIZE];
        diff_write(&out, sha256, &(struct change){.before = before, .after = after}, 1);
        assert_string_equal(strbuf_text(&out), cases[i].lines);
    }
}

static void digest(const char *before_text, const char *after_text, char sha256[SHA256_HEX_SIZE])
{
    AUTO_JSON *before = load(before_text);
    AUTO_JSON *after = load(after_text);
    AUTO_STRBUF out = {0};
    diff_write(&out, sha256, &(struct change){.before = before, .after = after}, 1);
}

static void test_digest_is_of_what_people_see(void **state)
{
    (void)state;
    char sha256[SHA256_HEX_SIZE], expected[SHA256_HEX_SIZE];
    digest("{'a':1,'b':2}", "{'a':3,'b':4}", sha256);
    sha256_hex("a: 1 -> 3\nb: 2 -> 4", 19, expected);
    assert_string_equal(sha256, expected);
}

/* What is not shown, or cut off, still tells two changes apart. */
static void test_digest_covers_what_is_hidden(void **state)
{
    (void)state;
    char first[SHA256_HEX_SIZE], second[SHA256_HEX_SIZE];
    digest("{'env':[{'name':'P','value':'a'}]}", "{'env':[{'name':'P','value':'b'}]}", first);
    digest("{'env':[{'name':'P','value':'a'}]}", "{'env':[{'name':'P','value':'c'}]}", second);
    assert_string_not_equal(first, second);
}

static void test_long_diffs_are_cut_and_counted(void **state)
{
    (void)state;
    AUTO_JSON *before = json_object();
    AUTO_JSON *after = json_object();
    AUTO_STRBUF out = {0};
    char sha256[SHA256_HEX_SIZE];
    for (int i = 0; i < LIMIT_DIFF_LINES + 7; i++) {
        AUTO_FREE char *key = xasprintf("k%d", i);
        json_object_set_new(before, key, json_integer(i));
    }
    AUTO_FREE char *long_value = xcalloc(10001, 1);
    memset(long_value, 'x', 10000);
    json_object_set_new(after, "k0", json_string(long_value));
    diff_write(&out, sha256, &(struct change){.before = before, .after = after}, 1);
    assert_non_null(strstr(strbuf_text(&out), "\n… and 7 more"));
    assert_true(out.len < 2000);
}

static void test_hostile_values_stay_in_their_line(void **state)
{
    (void)state;
    AUTO_JSON *before = load("{'a':'x'}");
    AUTO_JSON *after = json_pack("{s:s, s:i}", "a", "y\nb: 1 -> 2\x1b[2J", "c\nd", 1);
    AUTO_STRBUF out = {0};
    char sha256[SHA256_HEX_SIZE];
    diff_write(&out, sha256, &(struct change){.before = before, .after = after}, 1);
    int lines = 1;
    for (const char *c = strbuf_text(&out); *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 2);
    assert_null(strchr(strbuf_text(&out), 0x1b));
}

static void test_several_objects(void **state)
{
    (void)state;
    char sha256[SHA256_HEX_SIZE];
    AUTO_STRBUF out = {0};
    AUTO_JSON *before = load("{'status':1,'spec':{'replicas':3}}");
    AUTO_JSON *after = load("{'status':2,'spec':{'replicas':0}}");
    const struct change changes[] = {
        {"Deployment web", before, after}, {"StatefulSet db", before, before}, {NULL, before, after}};
    diff_write(&out, sha256, changes, COUNT_OF(changes));
    assert_string_equal(strbuf_text(&out), "Deployment web.spec.replicas: 3 -> 0\nspec.replicas: 3 -> 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_digest_is_of_what_people_see),
        cmocka_unit_test(test_digest_covers_what_is_hidden),
        cmocka_unit_test(test_long_diffs_are_cut_and_counted),
        cmocka_unit_test(test_hostile_values_stay_in_their_line),
        cmocka_unit_test(test_several_objects),
    };
    return cmocka_run_group_tests_name("actor/diff", tests, NULL, NULL);
}
