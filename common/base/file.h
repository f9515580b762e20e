/* SPDX-License-Identifier: Apache-2.0 */
/* Small text files: secrets, tokens, certificates. */
#pragma once

#include <stddef.h>

#include "common/base/error.h"

#define FILE_MAX_BYTES (1024UL * 1024) /* a bundle of all public authorities is 200 KiB */

/* The whole file as a string, which the caller frees. NULL and ERROR_FATAL naming the file when it cannot be
 * read, is over FILE_MAX_BYTES, or holds a NUL byte. */
char *file_read(const char *path, struct error *err);
