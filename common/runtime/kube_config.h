/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the API server is and how to prove who we are: the sources that kube_config_read() chooses from. Used
 * by the kube*.c files and their tests only.
 */
#pragma once

#include <pthread.h>
#include <stdint.h>

#include "common/base/error.h"
#include "common/base/http.h"
#include "common/runtime/kube.h"

#define KUBE_TOKEN_MS                                                                                        \
    (60 * 1000) /* how long a token that was read from a file is used before it is read again */

struct kube_config {
    char *server; /* "https://host:port", perhaps with a path; no slash at the end */
    char *origin; /* "/home/kim/.kube/config (context prod)": for messages */
    char *ca_pem, *cert_pem, *key_pem, *server_name; /* NULL = unused */
    int insecure;
    char *token_file; /* NULL = the token never changes */
    char *token;      /* NULL = none; guarded by lock, as is: */
    int64_t token_read_ms;
    pthread_mutex_t lock;
};

/* An empty one, for the sources to fill. Never NULL. */
struct kube_config *kube_config_new(void);

/* kubeconfig.c: the context ("" = the current one) of these files, ended by NULL, merged: the first that has
 * a cluster, user or context of some name wins. Names of files that do not exist are left out. */
struct kube_config *kubeconfig_read(const char *const *paths, const char *context, struct error *err);

/* The service account of the pod that we run in: $KUBERNETES_SERVICE_HOST, $KUBERNETES_SERVICE_PORT, and the
 * token and ca.crt of the folder. https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
struct kube_config *kube_config_from_pod(const char *folder, struct error *err);

/* "Authorization: Bearer …" as it stands now, or NULL without a token. A token of a file is read again after
 * KUBE_TOKEN_MS, or at once when renew is set; while the file cannot be read, the old token holds. The caller
 * frees it. Thread-safe. */
char *kube_config_authorization(struct kube_config *config, int renew);

/* The token of a file's text: without the white space at its end. NULL and ERROR_FATAL, without saying where,
 * when that is not one. The caller frees it. */
char *kube_config_token(const char *text, struct error *err);

/* Reads config->token_file for the first time. */
int kube_config_read_token(struct kube_config *config, struct error *err);
