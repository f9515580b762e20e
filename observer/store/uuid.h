/* SPDX-License-Identifier: Apache-2.0 */
/* A UUID in as few bytes as it has (RFC 9562, section 4: 8-4-4-4-12 hex digits). Pure. */
#pragma once

#include <stdint.h>

#define UUID_BYTES 16
#define UUID_TEXT_SIZE 37 /* with its NUL */

/* Whether text is one in lower case, as Kubernetes writes them: then out has its bytes, and uuid_write() gives this text again. */
int uuid_read(const char *text, uint8_t out[UUID_BYTES]);
void uuid_write(const uint8_t bytes[UUID_BYTES], char out[UUID_TEXT_SIZE]);
