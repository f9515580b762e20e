/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/file.h"
#include "common/base/strbuf.h"
#include "common/base/yaml.h"
#include "common/runtime/kube_config.h"
#include "common/runtime/kube_pem.h"

struct kubeconfig_file {
    const char *path;
    struct yaml_node *root;
};

/* The files as one, in the order of their precedence. */
struct kubeconfig {
    struct kubeconfig_file *files;
    size_t count;
};

/* A named cluster, user or context, and where it stands. */
struct entry {
    const struct yaml_node *node;
    const char *path; /* of its file */
    const char *kind; /* "cluster" */
    const char *name;
};

static void files_close(struct kubeconfig *all)
{
    for (size_t i = 0; i < all->count; i++)
        yaml_tree_free(all->files[i].root);
    free(all->files);
}

/* Files that are not there are left out, as kubectl does, as long as one is. */
static int files_open(struct kubeconfig *all, const char *const *paths, struct error *err)
{
    for (const char *const *path = paths; *path; path++) {
        if (access(*path, F_OK))
            continue;
        struct yaml_node *root = yaml_read_file(*path, err);
        if (!root)
            return wrap(err, "kubeconfig");
        all->files = xrealloc(all->files, (all->count + 1) * sizeof *all->files);
        all->files[all->count++] = (struct kubeconfig_file){*path, root};
    }
    if (all->count)
        return 0;
    return fail(err, ERROR_FATAL,
                "kubeconfig %s does not exist: set kube.kubeconfig or $KUBECONFIG to one that does",
                *paths ? *paths : "of $KUBECONFIG");
}

/* "/root/.kube/config:12: user \"kim\": …" */
__attribute__((format(printf, 3, 4))) static int refuse(const struct entry *entry, struct error *err,
                                                        const char *format, ...)
{
    AUTO_STRBUF why = {0};
    va_list args;
    va_start(args, format);
    strbuf_vprintf(&why, format, args);
    va_end(args);
    return fail(err, ERROR_FATAL, "%s:%d: %s \"%s\": %s", entry->path, entry->node->line, entry->kind,
                entry->name, strbuf_text(&why));
}

/* Looks for `name` in the list `<kind>s` of each file: [{name: …, <kind>: {…}}]. */
static int find(const struct kubeconfig *all, struct entry *entry)
{
    AUTO_FREE char *list_name = xasprintf("%ss", entry->kind);
    for (size_t i = 0; i < all->count; i++) {
        const struct yaml_node *list = yaml_get(all->files[i].root, list_name);
        for (const struct yaml_node *item = list ? list->first : NULL; item; item = item->next) {
            const char *name = yaml_text(item, "name");
            entry->node = yaml_get(item, entry->kind);
            entry->path = all->files[i].path;
            if (name && entry->node && strcmp(name, entry->name) == 0)
                return 1;
        }
    }
    return 0;
}

static void add_names(const struct kubeconfig *all, const char *list_name, struct strbuf *out)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct yaml_node *list = yaml_get(all->files[i].root, list_name);
        for (const struct yaml_node *item = list ? list->first : NULL; item; item = item->next)
            if (yaml_text(item, "name"))
                strbuf_printf(out, "%s%s", out->len ? ", " : "", yaml_text(item, "name"));
    }
}

static int choose_context(const struct kubeconfig *all, const char *wanted, struct entry *context,
                          struct error *err)
{
    AUTO_STRBUF names = {0};
    const char *name = *wanted ? wanted : NULL;
    for (size_t i = 0; i < all->count && !name; i++)
        name = yaml_text(all->files[i].root, "current-context");
    *context = (struct entry){NULL, NULL, "context", name};
    if (name && *name && find(all, context))
        return 0;
    add_names(all, "contexts", &names);
    if (!name || !*name)
        return fail(err, ERROR_FATAL, "%s: no current-context: set kube.context to one of: %s",
                    all->files[0].path, strbuf_text(&names));
    return fail(err, ERROR_FATAL, "%s: no context \"%s\": set kube.context to one of: %s", all->files[0].path,
                name, strbuf_text(&names));
}

/* The cluster or user that a context names. */
static int follow(const struct kubeconfig *all, const struct entry *context, const char *kind,
                  struct entry *out, struct error *err)
{
    const char *name = yaml_text(context->node, kind);
    *out = (struct entry){NULL, NULL, kind, name};
    if (!name || !*name)
        return refuse(context, err, "it names no %s", kind);
    return find(all, out) ? 0 : refuse(context, err, "its %s \"%s\" is nowhere", kind, name);
}

/* The path as it is, or from the folder of the file that it stands in. The caller frees it. */
static char *path_beside(const struct entry *entry, const char *path)
{
    const char *slash = strrchr(entry->path, '/');
    if (*path == '/' || !slash)
        return xstrdup(path);
    return xasprintf("%.*s/%s", (int)(slash - entry->path), entry->path, path);
}

/* A field that says something: neither null, nor "", nor an empty list. */
static int is_set(const struct entry *entry, const char *field)
{
    const struct yaml_node *node = yaml_get(entry->node, field);
    const char *text = yaml_text(entry->node, field);
    return node && (node->kind == YAML_SCALAR ? text && *text : node->first != NULL);
}

static const char *text_of(const struct entry *entry, const char *field)
{
    return is_set(entry, field) ? yaml_text(entry->node, field) : NULL;
}

/* The text behind <field>-data, or else in the file that <field> names; *out stays NULL when neither is set.
 */
static int read_pem(const struct entry *entry, const char *field, char **out, struct error *err)
{
    AUTO_FREE char *data_field = xasprintf("%s-data", field);
    const char *data = text_of(entry, data_field), *path = text_of(entry, field);
    if (data) {
        *out = kube_pem_decode(data);
        return *out ? 0 : refuse(entry, err, "%s is not base64", data_field);
    }
    if (!path)
        return 0;
    AUTO_FREE char *full = path_beside(entry, path);
    struct error why;
    *out = file_read(full, &why);
    return *out ? 0 : refuse(entry, err, "%s: %s", field, why.text);
}

static int read_server(const struct entry *cluster, char **out, struct error *err)
{
    const char *server = text_of(cluster, "server");
    if (!server || (strncmp(server, "https://", 8) != 0 && strncmp(server, "http://", 7) != 0))
        return refuse(cluster, err, "server must be a URL like https://10.0.0.1:6443, not \"%s\"",
                      server ? server : "");
    size_t len = strlen(server);
    while (server[len - 1] == '/')
        len--;
    *out = xstrndup(server, len);
    return 0;
}

static int read_cluster(const struct entry *cluster, struct kube_config *config, struct error *err)
{
    const char *insecure = text_of(cluster, "insecure-skip-tls-verify"),
               *name = text_of(cluster, "tls-server-name");
    struct error why;
    if (is_set(cluster, "proxy-url"))
        return refuse(cluster, err, "proxy-url is not read: set $https_proxy instead");
    config->insecure = insecure && strcmp(insecure, "true") == 0;
    config->server_name = name ? xstrdup(name) : NULL;
    if (read_server(cluster, &config->server, err))
        return -1;
    if (config->insecure)
        return 0;
    if (read_pem(cluster, "certificate-authority", &config->ca_pem, err))
        return -1;
    if (config->ca_pem && kube_pem_check_authority(config->ca_pem, &why))
        return refuse(cluster, err, "certificate-authority: %s", why.text);
    return 0;
}

/* Ways to log in that would be wrong to pass over: the user of the file would be another one than ours. */
static int check_login(const struct entry *user, struct error *err)
{
    static const char *const impersonation[] = {"as", "as-uid", "as-groups", "as-user-extra"};
    if (is_set(user, "exec") || is_set(user, "auth-provider"))
        return refuse(
            user, err,
            "its credentials come from a program (%s), and none is run here: give this user a tokenFile "
            "(kubectl create token NAME > FILE) or a client certificate",
            is_set(user, "exec") ? "exec" : "auth-provider");
    if (is_set(user, "username"))
        return refuse(
            user, err,
            "no API server takes username and password any more: give it a token or a client certificate");
    for (size_t i = 0; i < COUNT_OF(impersonation); i++)
        if (is_set(user, impersonation[i]))
            return refuse(user, err, "%s: nobody is impersonated here: give it the credentials of that user",
                          impersonation[i]);
    return 0;
}

static int read_certificate(const struct entry *user, struct kube_config *config, struct error *err)
{
    struct error why;
    if (read_pem(user, "client-certificate", &config->cert_pem, err) ||
        read_pem(user, "client-key", &config->key_pem, err))
        return -1;
    if (!config->cert_pem != !config->key_pem)
        return refuse(user, err, "client-certificate and client-key belong together: %s is missing",
                      config->cert_pem ? "client-key" : "client-certificate");
    if (config->cert_pem && kube_pem_check_client(config->cert_pem, config->key_pem, &why))
        return refuse(user, err, "%s", why.text);
    return 0;
}

static int read_user(const struct entry *user, struct kube_config *config, struct error *err)
{
    const char *token = text_of(user, "token"), *token_file = text_of(user, "tokenFile");
    struct error why;
    if (check_login(user, err) || read_certificate(user, config, err))
        return -1;
    if (token && !token_file) {
        config->token = kube_config_token(token, &why);
        return config->token ? 0 : refuse(user, err, "token: %s", why.text);
    }
    if (!token_file)
        return 0;
    config->token_file = path_beside(user, token_file);
    return kube_config_read_token(config, &why) ? refuse(user, err, "tokenFile: %s", why.text) : 0;
}

static int read_all(const struct kubeconfig *all, const char *wanted, struct kube_config *config,
                    struct error *err)
{
    struct entry context, cluster, user;
    if (choose_context(all, wanted, &context, err) || follow(all, &context, "cluster", &cluster, err) ||
        follow(all, &context, "user", &user, err))
        return -1;
    config->origin = xasprintf("%s (context %s)", user.path, context.name);
    return read_cluster(&cluster, config, err) ? -1 : read_user(&user, config, err);
}

struct kube_config *kubeconfig_read(const char *const *paths, const char *context, struct error *err)
{
    __attribute__((cleanup(files_close))) struct kubeconfig all = {0};
    if (files_open(&all, paths, err))
        return NULL;
    struct kube_config *config = kube_config_new();
    if (read_all(&all, context, config, err) == 0)
        return config;
    kube_config_free(config);
    return NULL;
}
