/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON (RFC 8259) through jansson, for small bodies only: one document, one reply, one patch. json_t is the
 * one shared vocabulary type of a library; its reference counts are jansson's.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "common/base/error.h"
#include "common/base/strbuf.h"

#define JSON_MAX_DEPTH 64 /* our documents need 8; Kubernetes objects about 20 */

#define AUTO_JSON __attribute__((cleanup(json_auto_free))) json_t
void json_auto_free(json_t **value);

/* Reads one JSON value; duplicate keys, trailing bytes, nesting beyond JSON_MAX_DEPTH and NUL characters are
 * refused (ERROR_REJECT, naming what it was and the byte). NULL on failure; else a new reference. */
json_t *json_read(const char *bytes, size_t len, struct error *err);

/* Appends the compact text of value, keys in the order they were set. */
void json_write(const json_t *value, struct strbuf *out);

/* A string from bytes of any origin: invalid UTF-8, C0/C1 controls (but \n and \t), bidirectional and
 * zero-width marks and line separators become U+FFFD; cut on a character boundary to at most max_bytes,
 * ending in "…" when cut. A new reference, never NULL. */
json_t *json_text(const char *bytes, size_t len, size_t max_bytes);

/* The member at a dotted path ("observed.target.name"), or NULL. Borrowed. */
json_t *json_at(const json_t *object, const char *path);

/* The string at a path, or NULL when absent or no string. Borrowed. */
const char *json_string_at(const json_t *object, const char *path);

/* The integer at a path, or fallback when there is none; whether true stands at a path. */
long long json_integer_at(const json_t *object, const char *path, long long fallback);
int json_true_at(const json_t *object, const char *path);
