/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and keys of a kubeconfig, looked at before they are used, so that what is wrong with them is
 * said in words instead of as a failed handshake. Used by the kube*.c files only. Errors are ERROR_FATAL
 * without saying where. */
#pragma once

#include "common/base/error.h"

/* The text behind base64 (RFC 4648; white space is skipped), which the caller frees; NULL when it is none. */
char *kube_pem_decode(const char *base64);

/* At least one certificate must be in it. */
int kube_pem_check_authority(const char *pem, struct error *err);

/* A client certificate that is valid now, and its key, without a passphrase. */
int kube_pem_check_client(const char *cert_pem, const char *key_pem, struct error *err);
