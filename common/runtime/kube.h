/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to a Kubernetes API server: credentials, TLS, requests. What may be read or written is not
 * decided here but in observer/kube_read.c (objects and logs), observer/watch/feed.c (lists and watches) and
 * actor/kube_write.c, the only callers. Credentials: the file of
 * `kube.kubeconfig` (or $KUBECONFIG, a colon list where the first writer of a name wins), else the service
 * account of the pod. In a kubeconfig: client certificate and key (data or file), token, tokenFile,
 * certificate-authority (data or file), tls-server-name, insecure-skip-tls-verify (honoured and logged as a
 * warning). exec and auth-provider plugins are refused with a clear error. Tokens from files are read again
 * after 60 s and after a 401, which is retried once.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
#pragma once

#include <stddef.h>

#include "common/base/error.h"
#include "common/base/http.h"
#include "common/runtime/options.h"

struct kube_options {
    char *kubeconfig; /* "" = $KUBECONFIG, else in-cluster, else ~/.kube/config */
    char *context;    /* "" = current-context */
};

extern const struct option kube_option_rows[];
extern const size_t kube_option_count;

/* Where and how to connect; immutable but for its token; shared by threads. */
struct kube_config;
struct kube_config *kube_config_read(const struct kube_options *options,
                                     struct error *err); /* NULL + ERROR_FATAL */
void kube_config_free(struct kube_config *config);
const char *kube_server(const struct kube_config *config); /* "https://host:port", for messages */

/* One connection of one thread. Never NULL; kube_close accepts NULL. config must outlive it. */
struct kube;
struct kube *kube_open(struct kube_config *config, const char *user_agent);
void kube_close(struct kube *kube);

struct kube_request {
    const char *method;
    const char *path;   /* "/api/v1/pods?limit=500": already escaped (http_escape) */
    const char *accept; /* NULL = application/json; of a list, the last is asked for alone after 406 or 415 */
    const char *content_type; /* NULL = application/json */
    const char *body;         /* NULL = none */
    size_t body_len;
    size_t max_bytes; /* 0 = HTTP_MAX_BYTES */
    long timeout_ms;  /* 0 = 10 s */
};

/* A 2xx answer returns 0. Anything else fails through kube_error() with err->status set; response still holds
 * the body. No answer: ERROR_RETRY naming the server. */
int kube_send(struct kube *kube, const struct kube_request *request, struct http_response *response,
              struct error *err);

/* As kube_send, for a watch: see http_stream(). */
int kube_stream(struct kube *kube, const struct kube_request *request, long idle_ms, const volatile int *stop,
                int (*on_data)(void *context, const char *bytes, size_t len), void *context,
                struct http_response *response, struct error *err);

/* Turns an answer that is not 2xx into an error with the message of its Status object: 429, 408 and 5xx are
 * ERROR_RETRY (with Retry-After), 401 is ERROR_RETRY (credentials may be renewed), all others ERROR_REJECT.
 * Returns -1. */
int kube_error(const struct http_response *response, const char *what, struct error *err);
