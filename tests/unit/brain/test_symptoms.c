/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/symptoms.h"

#include <stdio.h>
#include <string.h>

#include "brain/command.h"
#include "tests/unit/brain/document.h"

/* Every class of the header has words of its own, so that none is told as "is failing". */
static void every_class_has_its_words(void **state)
{
    (void)state;
    FILE *header = fopen("common/schema/classes.h", "r");
    char line[200], class[100];
    int classes = 0;
    assert_non_null(header);
    while (fgets(line, sizeof line, header)) {
        if (sscanf(line, "#define CLASS_%*s \"%99[^\"]\"", class) != 1)
            continue;
        struct facts facts = {.class = class};
        const struct symptom *symptom = symptom_of(&facts);
        assert_string_equal(symptom->class, class);
        assert_true(symptom->one && *symptom->one && symptom->many && *symptom->many);
        if (symptom->reason)
            assert_int_equal(symptom->reason[strlen(symptom->reason) - 1], '.');
        classes++;
    }
    fclose(header);
    assert_true(classes > 30);
}

static void assert_look(const char *class, const char *kind, const char *ns, const char *pod,
                        long long restarts, const char *command)
{
    AUTO_STRBUF out = {0};
    struct facts facts = {.class = class,
                          .kind = kind,
                          .ns = ns,
                          .name = "web",
                          .pod_name = pod,
                          .container = *pod ? "app" : "",
                          .restarts = restarts};
    command_look(&out, &facts);
    assert_string_equal(strbuf_text(&out), command);
}

static void the_command_leads_to_what_says_most(void **state)
{
    (void)state;
    assert_look("CrashLoopBackOff", "Deployment", "shop", "web-1", 3,
                "kubectl -n shop logs web-1 -c app --previous");
    assert_look("LivenessProbeFailed", "Deployment", "shop", "web-1", -1,
                "kubectl -n shop logs web-1 -c app --previous");
    assert_look("JobFailed", "Job", "shop", "web-1", 0, "kubectl -n shop logs web-1 -c app");
    assert_look("JobFailed", "Job", "shop", "", -1, "kubectl -n shop describe job/web");
    assert_look("StuckTerminating", "Deployment", "shop", "web-1", 0,
                "kubectl -n shop get pod web-1 -o jsonpath='{.metadata.finalizers} {.spec.nodeName}'");
    assert_look("NamespaceStuck", "Namespace", "", "", -1,
                "kubectl get namespace web -o jsonpath='{.status.conditions}'");
    assert_look("Unschedulable", "Deployment", "shop", "web-1", 0, "kubectl -n shop describe pod web-1");
    assert_look("ServiceWithoutEndpoints", "Service", "shop", "", -1,
                "kubectl -n shop get endpointslices -l kubernetes.io/service-name=web -o wide");
    assert_look("NodeNotReady", "Node", "", "", -1, "kubectl describe node/web");
    assert_look("RegistryUnavailable", "Registry", "", "", -1,
                "kubectl get events -A --field-selector reason=Failed");
}

static void what_has_no_namespace_is_named_without(void **state)
{
    (void)state;
    AUTO_STRBUF out = {0};
    struct facts facts = {.class = "NodeNotReady",
                          .kind = "Node",
                          .ns = "",
                          .name = "node-1",
                          .pod_name = "",
                          .container = "",
                          .affected = 12};
    facts_add_symptom(&facts, &out);
    assert_string_equal(strbuf_text(&out), "Node node-1 does not answer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_has_its_words),
        cmocka_unit_test(the_command_leads_to_what_says_most),
        cmocka_unit_test(what_has_no_namespace_is_named_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
