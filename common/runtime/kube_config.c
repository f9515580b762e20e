/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/kube_config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/runtime/kube_pem.h"

#define SERVICE_ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"

struct kube_config *kube_config_new(void)
{
    struct kube_config *config = xcalloc(1, sizeof *config);
    pthread_mutex_init(&config->lock, NULL);
    return config;
}

void kube_config_free(struct kube_config *config)
{
    if (!config)
        return;
    char *owned[] = {config->server,  config->origin,      config->ca_pem,     config->cert_pem,
                     config->key_pem, config->server_name, config->token_file, config->token};
    for (size_t i = 0; i < COUNT_OF(owned); i++)
        free(owned[i]);
    pthread_mutex_destroy(&config->lock);
    free(config);
}

const char *kube_server(const struct kube_config *config)
{
    return config->server;
}

/* It goes into a header line: nothing but printable characters may be in it. */
char *kube_config_token(const char *text, struct error *err)
{
    size_t len = strlen(text), printable = 0;
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        len--;
    while (printable < len && isgraph((unsigned char)text[printable]))
        printable++;
    if (len > 0 && printable == len)
        return xstrndup(text, len);
    fail(err, ERROR_FATAL, len ? "not one token on one line" : "there is no token in it");
    return NULL;
}

static char *read_token(const char *path, struct error *err)
{
    AUTO_FREE char *text = file_read(path, err);
    char *token = text ? kube_config_token(text, err) : NULL;
    if (text && !token)
        wrap(err, "%s", path);
    return token;
}

int kube_config_read_token(struct kube_config *config, struct error *err)
{
    config->token = read_token(config->token_file, err);
    config->token_read_ms = clock_monotonic_ms();
    return config->token ? 0 : -1;
}

static void renew_token(struct kube_config *config)
{
    struct error ignored; /* a token that no longer holds is answered with 401, which is told */
    char *token = read_token(config->token_file, &ignored);
    config->token_read_ms = clock_monotonic_ms();
    if (!token)
        return;
    free(config->token);
    config->token = token;
}

char *kube_config_authorization(struct kube_config *config, int renew)
{
    pthread_mutex_lock(&config->lock);
    if (config->token_file && (renew || clock_monotonic_ms() - config->token_read_ms >= KUBE_TOKEN_MS))
        renew_token(config);
    char *header = config->token ? xasprintf("Authorization: Bearer %s", config->token) : NULL;
    pthread_mutex_unlock(&config->lock);
    return header;
}

/* Fills config from the folder of a service account. */
static int read_pod(struct kube_config *config, const char *folder, struct error *err)
{
    AUTO_FREE char *ca_path = xasprintf("%s/ca.crt", folder);
    config->token_file = xasprintf("%s/token", folder);
    if (kube_config_read_token(config, err))
        return wrap(err, "the service account of this pod (automountServiceAccountToken)");
    config->ca_pem = file_read(ca_path, err);
    if (!config->ca_pem)
        return -1;
    return kube_pem_check_authority(config->ca_pem, err) ? wrap(err, "%s", ca_path) : 0;
}

struct kube_config *kube_config_from_pod(const char *folder, struct error *err)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
    if (!host || !port || !*host || !*port) {
        fail(err, ERROR_FATAL, "$KUBERNETES_SERVICE_HOST and $KUBERNETES_SERVICE_PORT are not both set");
        return NULL;
    }
    struct kube_config *config = kube_config_new();
    int bare_ipv6 = strchr(host, ':') && *host != '[';
    config->server = xasprintf(bare_ipv6 ? "https://[%s]:%s" : "https://%s:%s", host, port);
    config->origin = xasprintf("the service account in %s", folder);
    if (read_pod(config, folder, err) == 0)
        return config;
    kube_config_free(config);
    return NULL;
}

/* "a:b" as paths ended by NULL, pointing into list, whose colons become NULs. */
static const char **split_paths(char *list)
{
    const char **paths = xcalloc(strlen(list) + 2, sizeof *paths);
    size_t count = 0;
    for (char *rest = list, *path; (path = strsep(&rest, ":"));)
        if (*path)
            paths[count++] = path;
    return paths;
}

static struct kube_config *read_list(const char *list, const char *context, struct error *err)
{
    AUTO_FREE char *copy = xstrdup(list);
    AUTO_FREE const char **paths = split_paths(copy);
    return kubeconfig_read(paths, context, err);
}

static struct kube_config *read_home(const char *context, struct error *err)
{
    const char *home = getenv("HOME");
    AUTO_FREE char *path = xasprintf("%s/.kube/config", home ? home : "");
    if (access(path, F_OK)) {
        fail(err, ERROR_FATAL,
             "no credentials for Kubernetes: set kube.kubeconfig or $KUBECONFIG, or run in a pod (%s does "
             "not exist)",
             path);
        return NULL;
    }
    return kubeconfig_read((const char *const[]){path, NULL}, context, err);
}

static struct kube_config *read_any(const struct kube_options *options, struct error *err)
{
    const char *list = getenv("KUBECONFIG"), *host = getenv("KUBERNETES_SERVICE_HOST");
    if (*options->kubeconfig)
        return kubeconfig_read((const char *const[]){options->kubeconfig, NULL}, options->context, err);
    if (list && *list)
        return read_list(list, options->context, err);
    return host && *host ? kube_config_from_pod(SERVICE_ACCOUNT, err) : read_home(options->context, err);
}

struct kube_config *kube_config_read(const struct kube_options *options, struct error *err)
{
    struct kube_config *config = read_any(options, err);
    if (config && config->insecure)
        log_warn("the API server is not verified: insecure-skip-tls-verify is set", "server", config->server,
                 "kubeconfig", config->origin, NULL);
    return config;
}
