/* SPDX-License-Identifier: Apache-2.0 */
/* kubeconfig files of every kind, and of some that only look like one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/runtime/kube_config.h"
#include "tests/unit/identity.h"
#include "tests/unit/mangle.h"
#include "tests/unit/unit.h"

static char folder[] = "/tmp/aegiops-kubeconfig-XXXXXX";
static struct identity ca, other_ca, kim, expired, early;

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static char *base64(const char *text)
{
    size_t len = strlen(text);
    unsigned char *out = xcalloc(len / 3 * 4 + 8, 1);
    EVP_EncodeBlock(out, (const unsigned char *)text, (int)len);
    return (char *)out;
}

static struct kube_config *read_files(const char *context, struct error *err, const char *const *paths)
{
    memset(err, 0, sizeof *err);
    return kubeconfig_read(paths, context, err);
}

static struct kube_config *accept_files(const char *context, const char *const *paths)
{
    struct error err;
    struct kube_config *config = read_files(context, &err, paths);
    if (!config)
        fail_msg("%s", err.text);
    return config;
}

#define PATHS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void refuse_files(const char *context, const char *const *paths, const char *words)
{
    struct error err;
    struct kube_config *config = read_files(context, &err, paths);
    if (config)
        fail_msg("accepted, though: %s", words);
    assert_int_equal(err.kind, ERROR_FATAL);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

/* A file with one context, whose cluster and user hold these lines. */
static void write_config(const char *name, const char *cluster, const char *user)
{
    AUTO_FREE char *text = xasprintf("apiVersion: v1\n"
                                     "kind: Config\n"
                                     "current-context: prod\n"
                                     "contexts:\n"
                                     "- name: prod\n"
                                     "  context: {cluster: prod, user: kim, namespace: shop}\n"
                                     "clusters:\n"
                                     "- name: prod\n"
                                     "  cluster:\n"
                                     "    server: https://10.0.0.1:6443\n"
                                     "%s"
                                     "users:\n"
                                     "- name: kim\n"
                                     "  user:\n"
                                     "%s",
                                     cluster, user);
    write_file(name, text);
}

static struct kube_config *accept_config(const char *cluster, const char *user)
{
    write_config("config", cluster, user);
    return accept_files("", PATHS("config"));
}

static void refuse_config(const char *cluster, const char *user, const char *words)
{
    write_config("config", cluster, user);
    refuse_files("", PATHS("config"), words);
}

static void make_identities(void)
{
    ca = make_identity("ca", NULL, NULL, -1, 1);
    other_ca = make_identity("other ca", NULL, NULL, -1, 1);
    kim = make_identity("kim", NULL, &ca, -1, 1);
    expired = make_identity("kim", NULL, &ca, -10, -2);
    early = make_identity("kim", NULL, &ca, 2, 10);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder) || chdir(folder))
        return -1;
    make_identities();
    mkdir("pki", 0700);
    write_file("pki/ca.crt", ca.cert_pem);
    write_file("pki/kim.crt", kim.cert_pem);
    write_file("pki/kim.key", kim.key_pem);
    write_file("pki/token", "from-file\n");
    return 0;
}

static int tear_down(void **state)
{
    struct identity *all[] = {&ca, &other_ca, &kim, &expired, &early};
    AUTO_FREE char *command = xasprintf("rm -r %s", folder);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(all); i++)
        identity_free(all[i]);
    return system(command);
}

static void token_alone(void **state)
{
    (void)state;
    struct kube_config *config = accept_config("", "    token: abc\n");
    AUTO_FREE char *authorization = kube_config_authorization(config, 0);
    assert_string_equal(authorization, "Authorization: Bearer abc");
    assert_string_equal(kube_server(config), "https://10.0.0.1:6443");
    assert_string_equal(config->origin, "config (context prod)");
    assert_null(config->ca_pem);
    assert_null(config->cert_pem);
    assert_false(config->insecure);
    kube_config_free(config);
    kube_config_free(NULL);
}

static void certificates_from_files_beside_it(void **state)
{
    (void)state;
    struct kube_config *config =
        accept_config("    certificate-authority: pki/ca.crt\n",
                      "    client-certificate: pki/kim.crt\n    client-key: pki/kim.key\n");
    assert_string_equal(config->ca_pem, ca.cert_pem);
    assert_string_equal(config->cert_pem, kim.cert_pem);
    assert_string_equal(config->key_pem, kim.key_pem);
    assert_null(kube_config_authorization(config, 0));
    kube_config_free(config);
}

/* As kind, minikube and kubeadm write it; and data beats the file, which need not even exist. */
static void certificates_as_data(void **state)
{
    AUTO_FREE char *ca_data = base64(ca.cert_pem), *cert_data = base64(kim.cert_pem),
                   *key_data = base64(kim.key_pem);
    AUTO_FREE char *cluster =
        xasprintf("    certificate-authority: /nowhere\n    certificate-authority-data: %s\n", ca_data);
    AUTO_FREE char *user = xasprintf("    client-certificate-data: %s\n    client-certificate: /nowhere\n"
                                     "    client-key-data: >-\n      %.64s\n      %s\n",
                                     cert_data, key_data, key_data + 64);
    (void)state;
    struct kube_config *config = accept_config(cluster, user);
    assert_string_equal(config->ca_pem, ca.cert_pem);
    assert_string_equal(config->cert_pem, kim.cert_pem);
    assert_string_equal(config->key_pem, kim.key_pem);
    kube_config_free(config);
}

static void paths_are_relative_to_their_file(void **state)
{
    (void)state;
    AUTO_FREE char *absolute = xasprintf("%s/pki/config", folder);
    write_config("pki/config", "    certificate-authority: ca.crt\n", "    tokenFile: token\n");
    assert_int_equal(chdir("/"), 0);
    struct kube_config *config = accept_files("", PATHS(absolute));
    assert_int_equal(chdir(folder), 0);
    assert_string_equal(config->ca_pem, ca.cert_pem);
    assert_string_equal(config->token, "from-file");
    kube_config_free(config);
}

static void token_file_beats_token(void **state)
{
    (void)state;
    struct kube_config *config = accept_config("", "    token: abc\n    tokenFile: pki/token\n");
    AUTO_FREE char *authorization = kube_config_authorization(config, 0);
    assert_string_equal(authorization, "Authorization: Bearer from-file");
    kube_config_free(config);
}

static void what_else_a_cluster_says(void **state)
{
    (void)state;
    struct kube_config *config = accept_config("    tls-server-name: kubernetes\n", "    token: abc\n");
    assert_string_equal(config->server_name, "kubernetes");
    kube_config_free(config);
    config = accept_config("    insecure-skip-tls-verify: true\n    certificate-authority: /nowhere\n",
                           "    token: abc\n");
    assert_true(config->insecure);
    assert_null(config->ca_pem);
    kube_config_free(config);
    config = accept_config("    insecure-skip-tls-verify: false\n    proxy-url: ''\n",
                           "    exec: null\n    as: \"\"\n    token: abc\n");
    assert_false(config->insecure);
    kube_config_free(config);
}

static void json_is_yaml(void **state)
{
    (void)state;
    write_file(
        "config",
        "{\"apiVersion\": \"v1\", \"kind\": \"Config\", \"current-context\": \"c\",\n"
        " \"clusters\": [{\"name\": \"k\", \"cluster\": {\"server\": \"https://h:1/k8s/clusters/c-1/\"}}],\n"
        " \"users\": [{\"name\": \"u\", \"user\": {\"token\": \"t\"}}],\n"
        " \"contexts\": [{\"name\": \"c\", \"context\": {\"cluster\": \"k\", \"user\": \"u\"}}]}\n");
    struct kube_config *config = accept_files("", PATHS("config"));
    assert_string_equal(kube_server(config), "https://h:1/k8s/clusters/c-1");
    kube_config_free(config);
}

/* The first file with a name has it, the rest of it may stand in another; files that are not there are passed
 * over. */
static void files_are_merged(void **state)
{
    (void)state;
    write_file("first", "contexts:\n- {name: dev, context: {cluster: a, user: kim}}\n"
                        "clusters:\n- {name: a, cluster: {server: 'https://first'}}\n");
    write_file("second", "current-context: dev\n"
                         "contexts:\n- {name: dev, context: {cluster: b, user: kim}}\n"
                         "- {name: prod, context: {cluster: b, user: kim}}\n"
                         "clusters:\n- {name: a, cluster: {server: 'https://second'}}\n"
                         "- {name: b, cluster: {server: 'https://b'}}\n"
                         "users:\n- {name: kim, user: {token: abc}}\n");
    struct kube_config *config = accept_files("", PATHS("nowhere", "first", "second"));
    assert_string_equal(kube_server(config), "https://first");
    assert_string_equal(config->origin, "second (context dev)");
    kube_config_free(config);
    config = accept_files("prod", PATHS("first", "second"));
    assert_string_equal(kube_server(config), "https://b");
    kube_config_free(config);
    config = accept_files("", PATHS("second", "first"));
    assert_string_equal(kube_server(config), "https://b");
    kube_config_free(config);
}

static void contexts_that_lead_nowhere(void **state)
{
    (void)state;
    write_config("config", "", "    token: abc\n");
    refuse_files("prd", PATHS("config"), "config: no context \"prd\": set kube.context to one of: prod");
    refuse_files("", PATHS("nowhere"),
                 "kubeconfig nowhere does not exist: set kube.kubeconfig or $KUBECONFIG");
    write_file("config", "contexts:\n- {name: a, context: {}}\n- {name: b, context: {cluster: x}}\n");
    refuse_files("", PATHS("config"), "config: no current-context: set kube.context to one of: a, b");
    refuse_files("a", PATHS("config"), "config:2: context \"a\": it names no cluster");
    refuse_files("b", PATHS("config"), "config:3: context \"b\": its cluster \"x\" is nowhere");
    write_file("config", "");
    refuse_files("", PATHS("config"), "config: no current-context");
    write_file("config", "contexts: {a: b}\ncurrent-context: a\n");
    refuse_files("", PATHS("config"), "config: no context \"a\"");
    write_file("config", "contexts: [\n");
    refuse_files("", PATHS("config"), "kubeconfig: config:");
}

static void logins_that_are_not_ours(void **state)
{
    (void)state;
    refuse_config("", "    exec: {command: aws}\n    token: abc\n",
                  "config:13: user \"kim\": its credentials come from a program (exec), and none is run "
                  "here: give this user a "
                  "tokenFile (kubectl create token NAME > FILE) or a client certificate");
    refuse_config("", "    auth-provider: {name: gcp}\n", "a program (auth-provider)");
    refuse_config("", "    username: admin\n    password: x\n", "username and password");
    refuse_config("", "    token: abc\n    as: root\n", "as: nobody is impersonated here");
    refuse_config("", "    token: abc\n    as-groups: [system:masters]\n",
                  "as-groups: nobody is impersonated here");
    refuse_config("    proxy-url: http://proxy:3128\n", "    token: abc\n",
                  "proxy-url is not read: set $https_proxy");
}

static void servers_that_are_none(void **state)
{
    (void)state;
    write_config("config", "", "    token: abc\n");
    write_file("other", "clusters: [{name: prod, cluster: {server: 'localhost:8080'}}]\n");
    refuse_files(
        "", PATHS("other", "config"),
        "other:1: cluster \"prod\": server must be a URL like https://10.0.0.1:6443, not \"localhost:8080\"");
    write_file("other", "clusters: [{name: prod, cluster: {}}]\n");
    refuse_files("", PATHS("other", "config"), "server must be a URL like https://10.0.0.1:6443, not \"\"");
}

static void refuse_client(const struct identity *cert, const char *key_pem, const char *words)
{
    write_file("client.crt", cert->cert_pem);
    write_file("client.key", key_pem);
    refuse_config("", "    client-certificate: client.crt\n    client-key: client.key\n", words);
}

static char *encrypted_key(const struct identity *identity)
{
    char passphrase[] = "secret";
    BIO *out = BIO_new(BIO_s_mem());
    assert_int_equal(
        PEM_write_bio_PKCS8PrivateKey(out, identity->key, EVP_aes_128_cbc(), passphrase, 6, NULL, NULL), 1);
    return pem_of(out);
}

static void certificates_that_cannot_work(void **state)
{
    char day[32];
    struct tm until;
    AUTO_FREE char *encrypted = encrypted_key(&kim);
    (void)state;
    ASN1_TIME_to_tm(X509_get0_notAfter(expired.cert), &until);
    strftime(day, sizeof day, "%Y-%m-%d", &until);
    AUTO_FREE char *told =
        xasprintf("config:13: user \"kim\": the client certificate expired on %s: renew it", day);
    refuse_client(&expired, expired.key_pem, told);
    refuse_client(&early, early.key_pem, "not valid yet: check the clock of this machine");
    refuse_client(&kim, other_ca.key_pem, "the client key does not belong to the client certificate");
    refuse_client(&kim, "nonsense", "the client key is not in PEM form (-----BEGIN PRIVATE KEY-----)");
    refuse_client(&kim, encrypted, "the client key is encrypted");
    refuse_config("", "    client-certificate: pki/kim.key\n    client-key: pki/kim.key\n",
                  "the client certificate is not in PEM form");
    refuse_config("", "    client-certificate: pki/kim.crt\n", "client-key is missing");
    refuse_config("", "    client-key: pki/kim.key\n", "client-certificate is missing");
    refuse_config("", "    client-certificate: gone.crt\n    client-key: pki/kim.key\n",
                  "user \"kim\": client-certificate: cannot open gone.crt: No such file or directory");
    refuse_config("", "    client-certificate-data: '%%%'\n    client-key: pki/kim.key\n",
                  "client-certificate-data is not base64");
    refuse_config("    certificate-authority-data: AAAA\n", "    token: abc\n",
                  "certificate-authority-data is not base64");
    refuse_config("    certificate-authority-data: bm9uc2Vuc2U=\n", "    token: abc\n",
                  "config:9: cluster \"prod\": certificate-authority: no certificate in PEM form");
    refuse_config("    certificate-authority: pki\n", "    token: abc\n", "cannot read pki: Is a directory");
}

static void tokens_that_are_none(void **state)
{
    (void)state;
    write_file("token", "\n");
    refuse_config("", "    tokenFile: token\n", "user \"kim\": tokenFile: token: there is no token in it");
    write_file("token", "two words\n");
    refuse_config("", "    tokenFile: token\n", "not one token on one line");
    write_file("token", "a\r\nX-Remote-User: root\r\n");
    refuse_config("", "    tokenFile: token\n", "not one token on one line");
    refuse_config("", "    tokenFile: gone\n", "tokenFile: cannot open gone: No such file or directory");
    refuse_config("", "    token: \"a\\r\\nX-Remote-User: root\"\n", "token: not one token on one line");
}

static void read_anything(const char *bytes, size_t len)
{
    struct error err;
    FILE *file = fopen("config", "w");
    fwrite(bytes, 1, len, file);
    fclose(file);
    struct kube_config *config = read_files("", &err, PATHS("config"));
    if (!config && (!*err.text || strchr(err.text, '\n')))
        fail_msg("not a line: %s", err.text);
    kube_config_free(config);
}

static void a_mangled_file_is_refused_in_one_line(void **state)
{
    AUTO_FREE char *ca_data = base64(ca.cert_pem);
    AUTO_FREE char *text =
        xasprintf("current-context: c\nclusters: [{name: k, cluster: {server: 'https://h', "
                  "certificate-authority-data: %s}}]\nusers:\n- name: u\n  user: {token: t}\ncontexts:\n"
                  "- {name: c, context: {cluster: k, user: u}}\n",
                  ca_data);
    (void)state;
    mangle(text, strlen(text), 300, read_anything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_alone),
        cmocka_unit_test(certificates_from_files_beside_it),
        cmocka_unit_test(certificates_as_data),
        cmocka_unit_test(paths_are_relative_to_their_file),
        cmocka_unit_test(token_file_beats_token),
        cmocka_unit_test(what_else_a_cluster_says),
        cmocka_unit_test(json_is_yaml),
        cmocka_unit_test(files_are_merged),
        cmocka_unit_test(contexts_that_lead_nowhere),
        cmocka_unit_test(logins_that_are_not_ours),
        cmocka_unit_test(servers_that_are_none),
        cmocka_unit_test(certificates_that_cannot_work),
        cmocka_unit_test(tokens_that_are_none),
        cmocka_unit_test(a_mangled_file_is_refused_in_one_line),
    };
    return cmocka_run_group_tests_name("runtime/kubeconfig", tests, set_up, tear_down);
}
