/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/guard.h"

#include "tests/unit/actor/decision.h"

/* A Deployment whose metadata has these members, too. */
static json_t *deployment(const char *metadata)
{
    AUTO_FREE char *text =
        xasprintf("{'metadata':{'name':'web','uid':'u'%s},'spec':{'template':{'spec':{}}}}", metadata);
    return api_json(text);
}

static void check(const json_t *object, int (*guard)(const json_t *object, struct outcome *outcome),
                  const char *says)
{
    AUTO_OUTCOME outcome = outcome_begin();
    int settled = guard(object, &outcome);
    if (settled != (says != NULL) || (says && !strstr(strbuf_text(&outcome.detail), says)))
        fail_msg("%d: \"%s\", expected \"%s\"", settled, strbuf_text(&outcome.detail),
                 says ? says : "nothing");
    assert_int_equal(outcome.result, !says                      ? RESULT_NONE
                                     : strstr(says, "replaced") ? RESULT_FAILED
                                                                : RESULT_REFUSED);
}

static int of_specification(const json_t *object, struct outcome *outcome)
{
    return guard_specification(object, "Deployment shop/web", outcome);
}

static int of_object(const json_t *object, struct outcome *outcome)
{
    return guard_object(object, "u", "Deployment shop/web", outcome);
}

static void test_who_would_undo_the_patch(void **state)
{
    (void)state;
    static const struct {
        const char *metadata, *says;
    } cases[] = {
        {"", NULL},
        {",'annotations':{'argocd.argoproj.io/tracking-id':'shop:apps/Deployment:shop/web'}",
         "managed by Argo CD, Application shop, which"},
        {",'annotations':{'argocd.argoproj.io/tracking-id':'teams_shop:apps/Deployment:shop/web'}",
         "Argo CD, Application teams/shop,"},
        {",'labels':{'argocd.argoproj.io/instance':'shop'}", "Argo CD, Application shop,"},
        {",'annotations':{'argocd.argoproj.io/sync-wave':'1'}", "managed by Argo CD, which"},
        {",'labels':{'app.kubernetes.io/instance':'shop'},'managedFields':[{'manager':'argocd-controller'}]",
         "Argo CD, Application shop,"},
        {",'labels':{'app.kubernetes.io/instance':'shop'}", NULL},
        {",'labels':{'kustomize.toolkit.fluxcd.io/name':'shop','kustomize.toolkit.fluxcd.io/"
         "namespace':'flux'}",
         "Flux, Kustomization flux/shop,"},
        {",'labels':{'kustomize.toolkit.fluxcd.io/name':'shop'}", "Flux, Kustomization shop,"},
        {",'managedFields':[{'manager':'kubectl'},{'manager':'kustomize-controller'}]", "Flux"},
        {",'labels':{'helm.toolkit.fluxcd.io/name':'shop','helm.toolkit.fluxcd.io/namespace':'flux'}",
         "Flux, HelmRelease flux/shop,"},
        {",'labels':{'kustomize.toolkit.fluxcd.io/name':'shop'},"
         "'annotations':{'kustomize.toolkit.fluxcd.io/reconcile':'disabled'}",
         NULL},
        {",'labels':{'kustomize.toolkit.fluxcd.io/name':'shop','kapp.k14s.io/app':'1'},"
         "'annotations':{'kustomize.toolkit.fluxcd.io/reconcile':'disabled'}",
         "kapp"},
        {",'annotations':{'objectset.rio.cattle.io/id':'x'}", "Fleet, bundle x,"},
        {",'annotations':{'config.k8s.io/owning-inventory':'x'}", "inventory"},
        {",'annotations':{'configmanagement.gke.io/managed':'enabled','config.k8s.io/owning-inventory':'x'},"
         "'labels':{'configmanagement.gke.io/sync-name':'root','configmanagement.gke.io/sync-namespace':'c'}",
         "Config Sync, sync c/root,"},
        {",'annotations':{'pulumi.com/patchForce':'x'}", "Pulumi"},
        {",'annotations':{'crossplane.io/external-name':'x'}", "Crossplane"},
        {",'labels':{'olm.owner':'x.v1','olm.owner.namespace':'operators'}",
         "Operator Lifecycle Manager, ClusterServiceVersion operators/x.v1,"},
        {",'labels':{'addonmanager.kubernetes.io/mode':'Reconcile'}", "addon"},
        {",'ownerReferences':[{'kind':'Rollout','name':'web','uid':'r','controller':true}]",
         "controlled by Rollout web"},
        {",'ownerReferences':[{'kind':'App','name':'web','uid':'r'}]", NULL},
        {",'annotations':{'note':'not argocd.argoproj.io/'}", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_JSON *object = deployment(cases[i].metadata);
        check(object, of_specification, cases[i].says);
    }
}

static void test_helm_is_patched_only_where_that_is_allowed(void **state)
{
    (void)state;
    AUTO_JSON *object =
        deployment(",'annotations':{'meta.helm.sh/release-name':'shop','meta.helm.sh/"
                   "release-namespace':'apps'},'labels':{'app.kubernetes.io/managed-by':'Helm'}");
    AUTO_JSON *other = deployment("");
    AUTO_OUTCOME outcome = outcome_begin();
    assert_int_equal(guard_specification(object, "x", &outcome), 0);
    assert_int_equal(guard_release(other, "x", 0, &outcome), 0);
    assert_int_equal(guard_release(object, "Deployment shop/web", 1, &outcome), 0);
    assert_string_equal(
        json_string_value(json_array_get(outcome.warnings, 0)),
        "Deployment shop/web belongs to Helm, release apps/shop: the next upgrade may undo this "
        "change.");
    assert_int_equal(guard_release(object, "Deployment shop/web", 0, &outcome), 1);
    assert_int_equal(outcome.result, RESULT_REFUSED);
    assert_non_null(strstr(strbuf_text(&outcome.detail), "belongs to Helm, release apps/shop, whose"));
    assert_non_null(strstr(strbuf_text(&outcome.detail), "policy.patch_helm_releases"));
}

static int of_namespace(const json_t *object, struct outcome *outcome)
{
    return guard_namespace(object, "shop", outcome);
}

static void test_namespace_that_is_left_alone(void **state)
{
    (void)state;
    static const struct {
        const char *metadata, *says;
    } cases[] = {
        {"", NULL},
        {",'annotations':{'aegiops.io/ignore':'true'}", "the namespace shop is marked aegiops.io/ignore"},
        {",'labels':{'aegiops.io/ignore':'true'}", "aegiops.io/ignore"},
        {",'annotations':{'aegiops.io/ignore':'no'}", NULL},
        {",'deletionTimestamp':'2026-11-23T10:00:00Z'", "the namespace shop is being deleted"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_JSON *object = deployment(cases[i].metadata);
        check(object, of_namespace, cases[i].says);
    }
}

static void test_paused_is_left_alone(void **state)
{
    (void)state;
    AUTO_JSON *object = deployment("");
    json_object_set_new(json_object_get(object, "spec"), "paused", json_true());
    check(object, of_specification, "paused");
}

static void test_what_holds_for_every_object(void **state)
{
    (void)state;
    static const struct {
        const char *metadata, *says;
    } cases[] = {
        {"", NULL},
        {",'annotations':{'aegiops.io/ignore':'true'}", "aegiops.io/ignore"},
        {",'labels':{'aegiops.io/ignore':'true'}", "aegiops.io/ignore"},
        {",'annotations':{'aegiops.io/ignore':'false'}", NULL},
        {",'deletionTimestamp':'2026-11-23T10:00:00Z'", "being deleted"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_JSON *object = deployment(cases[i].metadata);
        check(object, of_object, cases[i].says);
    }
    AUTO_JSON *other = api_json("{'metadata':{'uid':'v'}}");
    AUTO_JSON *nameless = api_json("{}");
    check(other, of_object, "replaced");
    check(nameless, of_object, "replaced");
    AUTO_JSON *critical =
        api_json("{'metadata':{'uid':'u'},'spec':{'priorityClassName':'system-node-critical'}}");
    AUTO_JSON *template =
        api_json("{'metadata':{'uid':'u'},'spec':{'template':{'spec':{'priorityClassName':'system-x'}}}}");
    AUTO_JSON *important = api_json("{'metadata':{'uid':'u'},'spec':{'priorityClassName':'very-high'}}");
    check(critical, of_object, "critical");
    check(template, of_object, "critical");
    check(important, of_object, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_would_undo_the_patch),
        cmocka_unit_test(test_helm_is_patched_only_where_that_is_allowed),
        cmocka_unit_test(test_namespace_that_is_left_alone),
        cmocka_unit_test(test_paused_is_left_alone),
        cmocka_unit_test(test_what_holds_for_every_object),
    };
    return cmocka_run_group_tests_name("actor/guard", tests, NULL, NULL);
}
