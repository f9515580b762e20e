/* SPDX-License-Identifier: Apache-2.0 */
/* Ids and digests. Everything that a repeat must find again is derived by SHA-256; only traces and jitter are
 * random. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ID_SIZE 35         /* one letter, '-', 32 hex digits, NUL */
#define SHA256_HEX_SIZE 65 /* 64 hex digits and NUL */

/* "<letter>-<first 128 bits of SHA-256 in hex>" over the parts, each ended by a NUL byte so that ("ab","c")
 * and ("a","bc") differ. The list of parts ends with NULL. Returns out. */
char *id_derive(char out[ID_SIZE], char letter, const char *part, ...) __attribute__((sentinel));

/* SHA-256 (FIPS 180-4) of the bytes in lower-case hex. Returns out. */
char *sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX_SIZE]);

/* HMAC-SHA-256 (RFC 2104) of the bytes in lower-case hex. Returns out. */
char *hmac_sha256_hex(const char *key, const void *bytes, size_t len, char out[SHA256_HEX_SIZE]);

/* Whether two such texts are equal, in a time that does not tell where they differ. */
int sha256_hex_equal(const char *a, const char *b);

/* A fresh W3C trace context (https://www.w3.org/TR/trace-context/), "00-<32 hex>-<16 hex>-01"; 56 bytes with
 * NUL. */
#define TRACEPARENT_SIZE 56
char *id_traceparent(char out[TRACEPARENT_SIZE]);

/* The same trace and its sampled flag with a new span id: what a desk passes on. An unreadable parent, or
 * NULL, starts a new trace. */
char *id_traceparent_child(const char *parent, char out[TRACEPARENT_SIZE]);

/* A number in [0, bound); bound > 0. Tests make it repeatable with id_seed(). Thread-safe. */
uint32_t id_random(uint32_t bound);
void id_seed(uint64_t seed);
