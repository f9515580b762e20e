/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/template_references.h"

#include "tests/unit/observer/gather/parse.h"

static void assert_found(json_t *take_found, const char *expected)
{
    AUTO_JSON *found = take_found;
    AUTO_JSON *wanted = parse(expected);
    if (json_equal(found, wanted))
        return;
    AUTO_STRBUF text = {0};
    json_write(found, &text);
    fail_msg("%s", text.data);
}

static void finds_them_in_variables_and_volumes(void **state)
{
    (void)state;
    AUTO_JSON *template = parse(
        "{'spec':{'initContainers':[{'envFrom':[{'secretRef':{'name':'init'}}]}],'containers':[{'env':[{'"
        "name':"
        "'PLAIN','value':'x'},{'name':'URL','valueFrom':{'configMapKeyRef':{'name':'web','key':'url'}}},{'"
        "name':"
        "'PW','valueFrom':{'secretKeyRef':{'name':'db','key':'pw'}}},{'name':'HOST','valueFrom':{'fieldRef':{"
        "'fieldPath':'status.hostIP'}}}],'envFrom':[{'configMapRef':{'name':'all','optional':true}}]}],'"
        "volumes':[{"
        "'name':'conf','configMap':{'name':'web','items':[{'key':'app.conf','path':'x'}]}},{'name':'tls','"
        "secret':"
        "{'secretName':'tls'}},{'name':'both','projected':{'sources':[{'secret':{'name':'p'}},{'configMap':{"
        "'name':'q','items':[{'key':'k'}]}},{'serviceAccountToken':{}}]}},{'name':'tmp','emptyDir':{}}]}}");
    assert_found(
        references_of(template),
        "{'Secret/init':{'kind':'Secret','name':'init','optional':false,'keys':{}},"
        "'ConfigMap/web':{'kind':'ConfigMap','name':'web','optional':false,'keys':{'url':'env URL',"
        "'app.conf':'volume conf'}},"
        "'Secret/db':{'kind':'Secret','name':'db','optional':false,'keys':{'pw':'env PW'}},"
        "'ConfigMap/all':{'kind':'ConfigMap','name':'all','optional':true,'keys':{}},"
        "'Secret/tls':{'kind':'Secret','name':'tls','optional':false,'keys':{}},"
        "'Secret/p':{'kind':'Secret','name':'p','optional':false,'keys':{}},"
        "'ConfigMap/q':{'kind':'ConfigMap','name':'q','optional':false,'keys':{'k':'volume both'}}}");
}

static void what_is_optional_is_needed_by_nobody(void **state)
{
    (void)state;
    AUTO_JSON *template =
        parse("{'spec':{'containers':[{'env':[{'name':'A','valueFrom':{'secretKeyRef':{'name':"
              "'s','key':'a','optional':true}}}]}]}}");
    assert_found(references_of(template),
                 "{'Secret/s':{'kind':'Secret','name':'s','optional':true,'keys':{}}}");
    AUTO_JSON *both =
        parse("{'spec':{'containers':[{'env':[{'name':'A','valueFrom':{'secretKeyRef':{'name':'s',"
              "'key':'a','optional':true}}},{'name':'B','valueFrom':{'secretKeyRef':{'name':'s','key'"
              ":'b'}}}]}]}}");
    assert_found(references_of(both),
                 "{'Secret/s':{'kind':'Secret','name':'s','optional':false,'keys':{'b':'env B'}}}");
}

static void a_template_that_refers_to_nothing_has_none(void **state)
{
    (void)state;
    AUTO_JSON *template = parse("{'spec':{'containers':[{'name':'app'}],'volumes':[{'configMap':{}}]}}");
    assert_found(references_of(template), "{}");
    assert_found(references_of(NULL), "{}");
    assert_found(references_for_pulling(NULL), "{}");
    assert_found(claims_of(NULL, NULL, "web-0"), "[]");
}

static void secrets_for_pulling_are_a_matter_of_their_own(void **state)
{
    (void)state;
    AUTO_JSON *template = parse("{'spec':{'imagePullSecrets':[{'name':'reg'}],'containers':[]}}");
    assert_found(references_of(template), "{}");
    assert_found(references_for_pulling(template),
                 "{'Secret/reg':{'kind':'Secret','name':'reg','optional':false,'keys':{}}}");
}

static void claims_are_named_or_made_for_the_pod(void **state)
{
    (void)state;
    AUTO_JSON *template = parse("{'spec':{'volumes':[{'persistentVolumeClaim':{'claimName':'shared'}},{}]}}");
    AUTO_JSON *maker = parse("{'spec':{'volumeClaimTemplates':[{'metadata':{'name':'data'}}]}}");
    assert_found(claims_of(template, maker, "db-0"), "['shared','data-db-0']");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_them_in_variables_and_volumes),
        cmocka_unit_test(what_is_optional_is_needed_by_nobody),
        cmocka_unit_test(a_template_that_refers_to_nothing_has_none),
        cmocka_unit_test(secrets_for_pulling_are_a_matter_of_their_own),
        cmocka_unit_test(claims_are_named_or_made_for_the_pod),
    };
    return cmocka_run_group_tests_name("observer/gather/template_references", tests, NULL, NULL);
}
