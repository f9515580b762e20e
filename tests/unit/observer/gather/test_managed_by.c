/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/managed_by.h"

#include "tests/unit/observer/gather/parse.h"

struct sample {
    const char *metadata, *tool, *mark;
};

static void check_all(const struct sample samples[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_STRBUF mark = {0};
        AUTO_JSON *metadata = parse(samples[i].metadata);
        const char *tool = managed_by(metadata, &mark);
        if (strcmp(tool ? tool : "", samples[i].tool) != 0)
            fail_msg("%s: %s", samples[i].metadata, tool ? tool : "nobody");
        assert_string_equal(strbuf_text(&mark), samples[i].mark);
    }
}

static void each_tool_is_known_by_its_mark(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"{'annotations':{'argocd.argoproj.io/tracking-id':'shop:apps/Deployment:shop/web'}}", "Argo CD",
         "annotation argocd.argoproj.io/tracking-id"},
        {"{'labels':{'argocd.argoproj.io/instance':'shop'}}", "Argo CD", "label argocd.argoproj.io/instance"},
        {"{'labels':{'app.kubernetes.io/instance':'shop'},'managedFields':[{'manager':'kubectl'},{'manager':"
         "'argocd-controller'}]}",
         "Argo CD", "fields written by argocd-controller"},
        {"{'labels':{'kustomize.toolkit.fluxcd.io/name':'shop'}}", "Flux",
         "label kustomize.toolkit.fluxcd.io/name"},
        {"{'labels':{'helm.toolkit.fluxcd.io/name':'shop','app.kubernetes.io/managed-by':'Helm'}}", "Flux",
         "label helm.toolkit.fluxcd.io/name"},
        {"{'managedFields':[{'manager':'kustomize-controller'}]}", "Flux",
         "fields written by kustomize-controller"},
        {"{'annotations':{'objectset.rio.cattle.io/id':'x'}}", "Rancher Fleet",
         "annotation objectset.rio.cattle.io/id"},
        {"{'annotations':{'configmanagement.gke.io/managed':'enabled'}}", "Config Sync",
         "annotation configmanagement.gke.io/managed"},
        {"{'annotations':{'config.k8s.io/owning-inventory':'x'}}", "kpt",
         "annotation config.k8s.io/owning-inventory"},
        {"{'labels':{'kapp.k14s.io/app':'1'}}", "kapp", "label kapp.k14s.io/app"},
        {"{'annotations':{'pulumi.com/patchForce':'x'}}", "Pulumi", "annotation pulumi.com/patchForce"},
        {"{'labels':{'crossplane.io/claim-name':'x'}}", "Crossplane", "label crossplane.io/claim-name"},
        {"{'labels':{'olm.owner':'x'}}", "Operator Lifecycle Manager", "label olm.owner"},
        {"{'labels':{'addonmanager.kubernetes.io/mode':'Reconcile'}}", "Addon Manager",
         "label addonmanager.kubernetes.io/mode"},
        {"{'labels':{'app.kubernetes.io/managed-by':'Helm'},'annotations':{'meta.helm.sh/"
         "release-name':'shop'}}",
         "Helm", "annotation meta.helm.sh/release-name"},
        {"{'labels':{'app.kubernetes.io/managed-by':'Helm'}}", "Helm", "label app.kubernetes.io/managed-by"},
    };
    check_all(samples, COUNT_OF(samples));
}

static void what_only_looks_like_a_mark_is_none(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"{}", "", ""},
        {"{'labels':{'app':'web'},'annotations':{'note':'Argo CD'}}", "", ""},
        {"{'labels':{'app.kubernetes.io/instance':'shop'}}", "", ""}, /* everybody's label */
        {"{'labels':{'app.kubernetes.io/managed-by':'people'}}", "", ""},
        {"{'labels':{'olm.owner.kind':'x'}}", "", ""},
        {"{'managedFields':[{'manager':'kube-controller-manager'},{'manager':'helm'}]}", "", ""},
        {"{'labels':{'argocd.argoproj.io/instance':7}}", "", ""},
    };
    check_all(samples, COUNT_OF(samples));
    AUTO_STRBUF mark = {0};
    assert_null(managed_by(NULL, &mark));
}

static void flux_can_be_told_to_leave_an_object_alone(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"{'labels':{'kustomize.toolkit.fluxcd.io/name':'shop'},'annotations':{'kustomize.toolkit.fluxcd.io/"
         "reconcile':'disabled'}}",
         "", ""},
        {"{'labels':{'kustomize.toolkit.fluxcd.io/name':'shop'},'annotations':{'kustomize.toolkit.fluxcd.io/"
         "reconcile':'enabled'}}",
         "Flux", "label kustomize.toolkit.fluxcd.io/name"},
    };
    check_all(samples, COUNT_OF(samples));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_tool_is_known_by_its_mark),
        cmocka_unit_test(what_only_looks_like_a_mark_is_none),
        cmocka_unit_test(flux_can_be_told_to_leave_an_object_alone),
    };
    return cmocka_run_group_tests_name("observer/gather/managed_by", tests, NULL, NULL);
}
