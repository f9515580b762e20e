/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and certificates in armour (RFC 7468, RFC 4880): "-----BEGIN …-----", base64 in lines, "-----END …-----";
 * also with line ends written as \n within a string. A log may begin or end in the midst of one. Pure.
 */
#pragma once

#include "common/base/spans.h"

/* Adds each block, whole or in part. */
void pem_find(const char *text, struct spans *out);
