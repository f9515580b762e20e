/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/labels.h"

#include "tests/unit/observer/gather/parse.h"

static void a_selector_is_matched(void **state)
{
    (void)state;
    static const struct {
        const char *selector;
        int is_matched;
    } cases[] = {
        {"{}", 1},
        {"null", 0},
        {"{'matchLabels':{'app':'web'}}", 1},
        {"{'matchLabels':{'app':'web','tier':'front'}}", 1},
        {"{'matchLabels':{'app':'api'}}", 0},
        {"{'matchLabels':{'zone':'a'}}", 0},
        {"{'matchExpressions':[{'key':'app','operator':'In','values':['api','web']}]}", 1},
        {"{'matchExpressions':[{'key':'app','operator':'In','values':['api']}]}", 0},
        {"{'matchExpressions':[{'key':'zone','operator':'In','values':['a']}]}", 0},
        {"{'matchExpressions':[{'key':'app','operator':'NotIn','values':['api']}]}", 1},
        {"{'matchExpressions':[{'key':'app','operator':'NotIn','values':['web']}]}", 0},
        {"{'matchExpressions':[{'key':'zone','operator':'NotIn','values':['a']}]}", 1},
        {"{'matchExpressions':[{'key':'app','operator':'Exists'}]}", 1},
        {"{'matchExpressions':[{'key':'zone','operator':'Exists'}]}", 0},
        {"{'matchExpressions':[{'key':'zone','operator':'DoesNotExist'}]}", 1},
        {"{'matchExpressions':[{'key':'app','operator':'DoesNotExist'}]}", 0},
        {"{'matchExpressions':[{'key':'app','operator':'Near','values':['web']}]}", 0},
        {"{'matchExpressions':[{'operator':'Exists'}]}", 0},
        {"{'matchLabels':{'app':'web'},'matchExpressions':[{'key':'tier','operator':'DoesNotExist'}]}", 0},
    };
    AUTO_JSON *labels = parse("{'app':'web','tier':'front'}");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_FREE char *array = xasprintf("[%s]", cases[i].selector);
        AUTO_JSON *selectors = parse(array);
        if (labels_match(labels, json_array_get(selectors, 0)) != cases[i].is_matched)
            fail_msg("%s is judged wrongly", cases[i].selector);
    }
    assert_false(labels_match(labels, NULL));
}

static void the_same_key_with_another_value_is_a_near_miss(void **state)
{
    (void)state;
    AUTO_STRBUF out = {0};
    assert_int_equal(labels_miss("app=web2\ntier=back\n", "app=web\ntier=front\nzone=a\n", &out), 2);
    assert_string_equal(out.data, "app=web2 instead of app=web, tier=back instead of tier=front");
    strbuf_clear(&out);
    assert_int_equal(labels_miss("app=web\n", "app=web\n", &out), 0);
    assert_int_equal(labels_miss("other=web\n", "app=web\n", &out), 0);
    assert_string_equal(out.data, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_selector_is_matched),
        cmocka_unit_test(the_same_key_with_another_value_is_a_near_miss),
    };
    return cmocka_run_group_tests_name("observer/gather/labels", tests, NULL, NULL);
}
