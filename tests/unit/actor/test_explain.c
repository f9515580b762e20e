/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/explain.h"

#include "tests/unit/actor/decision.h"

/* The text says all of these, ended by NULL. */
static void check(const char *ns, const char *action, const char *const *says)
{
    struct error err;
    AUTO_STRBUF text = {0};
    if (explain(&decision_policy, ns, action, &text, &err))
        fail_msg("%s", err.text);
    for (; *says; says++)
        if (!strstr(strbuf_text(&text), *says))
            fail_msg("\"%s\" is not in:\n%s", *says, strbuf_text(&text));
}

#define SAYS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_without_a_line_the_facts_decide(void **state)
{
    (void)state;
    decision_set_policy(NULL);
    check(
        "shop", "rollback",
        SAYS("rollback in namespace shop: auto where the facts plainly support it, else review (no line says "
             "otherwise)\n\n",
             "  policy.mode                              auto     default\n",
             "  policy.protected_namespaces              no       default\n",
             "  policy.freeze                            false    default\n",
             "  policy.max_per_hour.workload             6        default\n",
             "  policy.max_per_hour.namespace            20       default\n",
             "  policy.max_per_hour.cluster              60       default\n",
             "  policy.breaker.percent                   20       default\n",
             "  policy.breaker.workloads                 5        default\n"));
}

static void test_each_line_is_named_with_its_place(void **state)
{
    (void)state;
    decision_set_policy("--policy-namespaces",
                        "shop=review,shop/rollback=observe,shop/delete_pod=auto,bank=observe",
                        "--policy-actions", "rollback=auto", "--policy-freeze", "true", NULL);
    check("shop", "rollback",
          SAYS("rollback in namespace shop: observe (policy.namespaces.shop/rollback, --policy-namespaces)\n",
               "  policy.namespaces.shop                   review   --policy-namespaces\n",
               "  policy.namespaces.shop/rollback          observe  --policy-namespaces\n",
               "  policy.actions.rollback                  auto     --policy-actions\n",
               "  policy.freeze                            true     --policy-freeze\n",
               "Frozen: what is auto is put off (policy.freeze, --policy-freeze).\n"));
    check("other", "rollback",
          SAYS("rollback in namespace other: auto (a line names it, and none is more careful)\n"));
    check("kube-system", "rollback",
          SAYS("rollback in namespace kube-system: refused (policy.protected_namespaces, default)\n",
               "  policy.protected_namespaces              yes      default\n"));
}

static void test_labels_are_not_known(void **state)
{
    (void)state;
    decision_set_policy("--policy-namespaces", "env=prod=observe,env=prod/delete_pod=review", NULL);
    check("shop", "rollback",
          SAYS("rollback in namespace shop: auto where the facts",
               "Lines that apply too if the namespace has the label:\n"
               "  policy.namespaces.env=prod               observe  --policy-namespaces\n\n"));
}

static void test_lines_of_others_are_left_out(void **state)
{
    (void)state;
    struct error err;
    AUTO_STRBUF text = {0};
    decision_set_policy("--policy-namespaces", "bank=observe,shop/delete_pod=observe", "--policy-actions",
                        "delete_pod=observe", NULL);
    assert_int_equal(explain(&decision_policy, "shop", "rollback", &text, &err), 0);
    assert_null(strstr(strbuf_text(&text), "bank"));
    assert_null(strstr(strbuf_text(&text), "delete_pod"));
    assert_null(strstr(strbuf_text(&text), "label"));
}

static void test_what_does_not_exist_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"shop", "rolback", "unknown action \"rolback\"; there are delete_pod, "},
        {"shop", "", "unknown action"},
        {"Shop", "rollback", "\"Shop\" is no name of a namespace"},
        {"", "rollback", "no name"},
        {"env=prod", "rollback", "no name"},
        {"a/b", "rollback", "no name"},
    };
    decision_set_policy(NULL);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = {0};
        AUTO_STRBUF text = {0};
        assert_int_equal(explain(&decision_policy, cases[i][0], cases[i][1], &text, &err), -1);
        assert_int_equal(text.len, 0);
        if (!strstr(err.text, cases[i][2]))
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i][2]);
    }
}

static int forget(void **state)
{
    (void)state;
    decision_forget_policy();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_line_the_facts_decide),
        cmocka_unit_test(test_each_line_is_named_with_its_place),
        cmocka_unit_test(test_labels_are_not_known),
        cmocka_unit_test(test_lines_of_others_are_left_out),
        cmocka_unit_test(test_what_does_not_exist_is_refused),
    };
    return cmocka_run_group_tests_name("actor/explain", tests, NULL, forget);
}
