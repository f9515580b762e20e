/* SPDX-License-Identifier: Apache-2.0 */
/* Which credentials are chosen, the service account of a pod, and tokens that change while we run. */
#include "common/runtime/kube_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "tests/unit/identity.h"
#include "tests/unit/unit.h"

static char folder[] = "/tmp/aegiops-kube-XXXXXX";
static struct identity ca;

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void write_config(const char *name, const char *server)
{
    AUTO_FREE char *text = xasprintf("current-context: c\n"
                                     "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
                                     "clusters: [{name: k, cluster: {server: '%s'}}]\n"
                                     "users: [{name: u, user: {token: t}}]\n",
                                     server);
    write_file(name, text);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder) || chdir(folder))
        return -1;
    ca = make_identity("ca", NULL, NULL, -1, 1);
    mkdir("pod", 0700);
    mkdir(".kube", 0700);
    return 0;
}

static int tear_down(void **state)
{
    AUTO_FREE char *command = xasprintf("rm -r %s", folder);
    (void)state;
    identity_free(&ca);
    return system(command);
}

static int each(void **state)
{
    (void)state;
    clock_fix(-1);
    unsetenv("KUBECONFIG");
    setenv("HOME", "/nowhere", 1);
    setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
    setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    write_file("pod/token", "first");
    write_file("pod/ca.crt", ca.cert_pem);
    return 0;
}

static void check_server(const char *kubeconfig, const char *server)
{
    struct error err;
    struct kube_options options = {.kubeconfig = (char *)(uintptr_t)kubeconfig, .context = (char[]){""}};
    struct kube_config *config = kube_config_read(&options, &err);
    if (!config)
        fail_msg("%s", err.text);
    assert_string_equal(kube_server(config), server);
    kube_config_free(config);
}

static void check_none(const char *kubeconfig, const char *words)
{
    struct error err;
    struct kube_options options = {.kubeconfig = (char *)(uintptr_t)kubeconfig, .context = (char[]){""}};
    if (kube_config_read(&options, &err))
        fail_msg("accepted, though: %s", words);
    assert_int_equal(err.kind, ERROR_FATAL);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void sources_in_their_order(void **state)
{
    (void)state;
    unsetenv("KUBERNETES_SERVICE_HOST");
    setenv("HOME", folder, 1);
    write_config(".kube/config", "https://home");
    write_config("one", "https://one");
    write_config("option", "https://option");
    check_server("", "https://home");
    setenv("KUBECONFIG", "", 1);
    check_server("", "https://home");
    setenv("KUBECONFIG", "::nowhere:one:", 1);
    check_server("", "https://one");
    check_server("option", "https://option");
}

static void in_a_pod_before_home(void **state)
{
    (void)state;
    setenv("HOME", folder, 1);
    write_config(".kube/config", "https://home");
    if (access("/var/run/secrets/kubernetes.io/serviceaccount/token", F_OK) == 0)
        skip(); /* this test itself runs in a pod */
    /* No service account is mounted here: the words show that it was looked for. */
    check_none("", "the service account of this pod (automountServiceAccountToken): cannot open "
                   "/var/run/secrets/kubernetes.io/serviceaccount/token");
}

static void nothing_to_be_found(void **state)
{
    (void)state;
    unsetenv("KUBERNETES_SERVICE_HOST");
    check_none("",
               "set kube.kubeconfig or $KUBECONFIG, or run in a pod (/nowhere/.kube/config does not exist)");
    check_none("gone", "kubeconfig gone does not exist");
    setenv("KUBECONFIG", "gone:gone-too", 1);
    check_none("", "kubeconfig gone does not exist");
    setenv("KUBECONFIG", ":", 1);
    check_none("", "kubeconfig of $KUBECONFIG does not exist");
}

static struct kube_config *from_pod(void)
{
    struct error err;
    struct kube_config *config = kube_config_from_pod("pod", &err);
    if (!config)
        fail_msg("%s", err.text);
    return config;
}

static void a_pod_has_a_service_account(void **state)
{
    (void)state;
    write_file("pod/token", "first\n");
    struct kube_config *config = from_pod();
    AUTO_FREE char *authorization = kube_config_authorization(config, 0);
    assert_string_equal(kube_server(config), "https://10.0.0.1:443");
    assert_string_equal(authorization, "Authorization: Bearer first");
    assert_string_equal(config->ca_pem, ca.cert_pem);
    kube_config_free(config);
}

static void ipv6_gets_its_brackets(void **state)
{
    static const char *const hosts[] = {"fd00::1", "[fd00::1]"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        setenv("KUBERNETES_SERVICE_HOST", hosts[i], 1);
        struct kube_config *config = from_pod();
        assert_string_equal(kube_server(config), "https://[fd00::1]:443");
        kube_config_free(config);
    }
}

static void refuse_pod(const char *words)
{
    struct error err;
    if (kube_config_from_pod("pod", &err))
        fail_msg("accepted, though: %s", words);
    assert_int_equal(err.kind, ERROR_FATAL);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void a_pod_without_one(void **state)
{
    (void)state;
    write_file("pod/ca.crt", "nonsense");
    refuse_pod("pod/ca.crt: no certificate in PEM form");
    unlink("pod/ca.crt");
    refuse_pod("cannot open pod/ca.crt");
    write_file("pod/token", "");
    refuse_pod("pod/token: there is no token in it");
    unlink("pod/token");
    refuse_pod("(automountServiceAccountToken): cannot open pod/token: No such file or directory");
    unsetenv("KUBERNETES_SERVICE_PORT");
    refuse_pod("$KUBERNETES_SERVICE_HOST and $KUBERNETES_SERVICE_PORT are not both set");
}

static void check_token(struct kube_config *config, int renew, const char *wanted)
{
    AUTO_FREE char *authorization = kube_config_authorization(config, renew);
    AUTO_FREE char *header = xasprintf("Authorization: Bearer %s", wanted);
    assert_string_equal(authorization, header);
}

static void tokens_of_files_are_read_again(void **state)
{
    (void)state;
    clock_fix(1000000);
    struct kube_config *config = from_pod();
    write_file("pod/token", "second");
    check_token(config, 0, "first");
    clock_fix(1000000 + KUBE_TOKEN_MS - 1);
    check_token(config, 0, "first");
    clock_fix(1000000 + KUBE_TOKEN_MS);
    check_token(config, 0, "second");
    write_file("pod/token", "third");
    check_token(config, 0, "second");
    check_token(config, 1, "third");
    kube_config_free(config);
}

/* The kubelet may be swapping it at this very moment. */
static void the_old_token_holds_while_there_is_no_new_one(void **state)
{
    (void)state;
    struct kube_config *config = from_pod();
    unlink("pod/token");
    check_token(config, 1, "first");
    write_file("pod/token", "");
    check_token(config, 1, "first");
    write_file("pod/token", "second");
    check_token(config, 1, "second");
    kube_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sources_in_their_order, each),
        cmocka_unit_test_setup(in_a_pod_before_home, each),
        cmocka_unit_test_setup(nothing_to_be_found, each),
        cmocka_unit_test_setup(a_pod_has_a_service_account, each),
        cmocka_unit_test_setup(ipv6_gets_its_brackets, each),
        cmocka_unit_test_setup(a_pod_without_one, each),
        cmocka_unit_test_setup(tokens_of_files_are_read_again, each),
        cmocka_unit_test_setup(the_old_token_holds_while_there_is_no_new_one, each),
    };
    return cmocka_run_group_tests_name("runtime/kube_config", tests, set_up, tear_down);
}
