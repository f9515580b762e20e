/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities of memory and CPU as Kubernetes spells them: "64Mi", "0.5Gi", "128M", "1e8", "134217728", "1500m".
 * Grammar: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 * Pure; thread-safe.
 */
#pragma once

#include <stdint.h>

/* Bytes, rounded up as Kubernetes does; 0 is a quantity. -1 when text is NULL, none, negative, or more than
 * INT64_MAX. */
int64_t quantity_read(const char *text);

/* As quantity_read, in thousandths: a CPU of "250m" is 250. */
int64_t quantity_read_milli(const char *text);

#define QUANTITY_SIZE 24 /* 19 digits, a suffix, NUL */

/* The shortest exact spelling of bytes (>= 0) in the family of like: "Ki", "Mi" … where like has such a
 * suffix, else decimal ("k", "M" …). Returns out. */
char *quantity_write(char out[QUANTITY_SIZE], int64_t bytes, const char *like);
