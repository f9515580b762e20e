/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/id.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHA256_BYTES 32
#define TRACE_BYTES 16
#define SPAN_BYTES 8

/* OpenSSL fails here only when it is out of memory or its installation is broken. */
static void must(int openssl_result)
{
    if (openssl_result != 1)
        abort();
}

static void hex(const unsigned char *bytes, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++)
        sprintf(out + 2 * i, "%02x", bytes[i]);
}

char *id_derive(char out[ID_SIZE], char letter, const char *part, ...)
{
    unsigned char digest[SHA256_BYTES];
    EVP_MD_CTX *sum = EVP_MD_CTX_new();
    must(sum ? EVP_DigestInit_ex(sum, EVP_sha256(), NULL) : 0);
    va_list parts;
    va_start(parts, part);
    for (; part; part = va_arg(parts, const char *))
        must(EVP_DigestUpdate(sum, part, strlen(part) + 1));
    va_end(parts);
    must(EVP_DigestFinal_ex(sum, digest, NULL));
    EVP_MD_CTX_free(sum);
    out[0] = letter;
    out[1] = '-';
    hex(digest, SHA256_BYTES / 2, out + 2);
    return out;
}

char *sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX_SIZE])
{
    unsigned char digest[SHA256_BYTES];
    must(EVP_Digest(bytes, len, digest, NULL, EVP_sha256(), NULL));
    hex(digest, SHA256_BYTES, out);
    return out;
}

char *hmac_sha256_hex(const char *key, const void *bytes, size_t len, char out[SHA256_HEX_SIZE])
{
    unsigned char digest[SHA256_BYTES];
    unsigned size = sizeof(digest);
    must(HMAC(EVP_sha256(), key, (int)strlen(key), bytes, len, digest, &size) != NULL);
    hex(digest, SHA256_BYTES, out);
    return out;
}

int sha256_hex_equal(const char *a, const char *b)
{
    size_t len = SHA256_HEX_SIZE - 1;
    return strlen(a) == len && strlen(b) == len && CRYPTO_memcmp(a, b, len) == 0;
}

/* Random bytes in hex; all zeros would be an invalid id. */
static void random_hex(size_t len, char *out)
{
    unsigned char bytes[TRACE_BYTES];
    must(RAND_bytes(bytes, (int)len));
    bytes[len - 1] |= 1;
    hex(bytes, len, out);
}

char *id_traceparent(char out[TRACEPARENT_SIZE])
{
    char trace[2 * TRACE_BYTES + 1], span[2 * SPAN_BYTES + 1];
    random_hex(TRACE_BYTES, trace);
    random_hex(SPAN_BYTES, span);
    snprintf(out, TRACEPARENT_SIZE, "00-%s-%s-01", trace, span);
    return out;
}

/* len lower-case hex digits; an id of zeros only is invalid. */
static int is_hex(const char *text, size_t len)
{
    return strspn(text, "0123456789abcdef") >= len;
}

static int is_id(const char *text, size_t len)
{
    return is_hex(text, len) && strspn(text, "0") < len;
}

/* Version 00 is exactly so long; a later version may go on after another '-'. */
static int is_traceparent(const char *text)
{
    const size_t trace_at = 3, span_at = 36, flags_at = 53, end = 55;
    if (!text || strlen(text) < end || !is_hex(text, 2) || memcmp(text, "ff", 2) == 0)
        return 0;
    if (text[trace_at - 1] != '-' || text[span_at - 1] != '-' || text[flags_at - 1] != '-')
        return 0;
    if (!is_id(text + trace_at, 2 * TRACE_BYTES) || !is_id(text + span_at, 2 * SPAN_BYTES) ||
        !is_hex(text + flags_at, 2))
        return 0;
    return !text[end] || (text[end] == '-' && memcmp(text, "00", 2) != 0);
}

char *id_traceparent_child(const char *parent, char out[TRACEPARENT_SIZE])
{
    if (!is_traceparent(parent))
        return id_traceparent(out);
    char trace[2 * TRACE_BYTES + 1], span[2 * SPAN_BYTES + 1];
    snprintf(trace, sizeof(trace), "%.32s", parent + 3);
    random_hex(SPAN_BYTES, span);
    int sampled = strtol(parent + 53, NULL, 16) & 1;
    snprintf(out, TRACEPARENT_SIZE, "00-%s-%s-%02x", trace, span, (unsigned)sampled);
    return out;
}

/* SplitMix64 (https://prng.di.unimi.it/splitmix64.c, public domain): one atomic addition makes it
 * thread-safe. */
static atomic_ullong random_state;
static pthread_once_t random_seeded = PTHREAD_ONCE_INIT;

static void seed_from_system(void)
{
    unsigned long long seed;
    must(RAND_bytes((unsigned char *)&seed, sizeof(seed)));
    atomic_store(&random_state, seed);
}

uint32_t id_random(uint32_t bound)
{
    pthread_once(&random_seeded, seed_from_system);
    uint64_t z = atomic_fetch_add(&random_state, 0x9E3779B97F4A7C15ULL) + 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    z ^= z >> 31;
    return (uint32_t)(((z >> 32) * bound) >> 32);
}

void id_seed(uint64_t seed)
{
    pthread_once(&random_seeded, seed_from_system);
    atomic_store(&random_state, seed);
}
