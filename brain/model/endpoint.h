/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the model is, and how to prove who asks: an API key, or the token of the pod's own account, which the metadata server
 * of Google Cloud gives out. Shared by threads.
 * https://ai.google.dev/api#authentication
 * https://cloud.google.com/compute/docs/access/authenticate-workloads#applications
 */
#pragma once

#include "brain/model_options.h"
#include "common/base/error.h"
#include "common/base/http.h"
#include "common/base/strbuf.h"

struct endpoint;

/* The options must outlive it. Never NULL; endpoint_free accepts NULL. */
struct endpoint *endpoint_new(const struct model_options *options);
void endpoint_free(struct endpoint *endpoint);

/* NULL, or why nothing is to be asked: there is no key. Borrowed. */
const char *endpoint_is_off(const struct endpoint *endpoint);

/* NULL, or why nothing can be asked, though it should be: a key that cannot be one, authorities that cannot be read. Borrowed. */
const char *endpoint_fault(const struct endpoint *endpoint);

enum model_api endpoint_api(const struct endpoint *endpoint);
const struct http_tls *endpoint_tls(const struct endpoint *endpoint);

/* The address for this model. The caller frees it. */
char *endpoint_url(const struct endpoint *endpoint, const char *model);

/* The header with the credentials, which the caller frees; NULL in *out where none are needed. Fails (ERROR_RETRY) when the
 * metadata server gives no token within timeout_ms. */
int endpoint_credentials(struct endpoint *endpoint, struct http *http, long timeout_ms, char **out,
                         struct error *err);

/* Forgets a token that the service does not take: 1, so that the next call gets a new one; 0 = it is no token that it takes
 * offence at, or this one is too new for another to be better. */
int endpoint_renew(struct endpoint *endpoint);

/* Takes the secret of that header (NULL = none) out of what the service says, should it repeat it. Pure. */
void endpoint_mask(const char *credentials, struct strbuf *text);
