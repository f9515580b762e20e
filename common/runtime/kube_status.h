/* SPDX-License-Identifier: Apache-2.0 */
/* What the API server says about a refusal: the Status object. Used by kube.c only.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
#pragma once

#include "common/base/http.h"
#include "common/base/strbuf.h"

/* Appends the message of the Status in the body, be it JSON or protobuf; of any other body its beginning. */
void kube_status_message(const struct http_response *response, struct strbuf *out);
