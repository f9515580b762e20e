/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates made while a test runs: authorities, servers, clients, expired ones. */
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

#define DAY_S (24L * 3600)

struct identity {
    X509 *cert;
    EVP_PKEY *key;
    char *cert_pem, *key_pem;
};

static inline char *pem_of(BIO *bio)
{
    char *bytes;
    long len = BIO_get_mem_data(bio, &bytes);
    char *text = xstrndup(bytes, (size_t)len);
    BIO_free(bio);
    return text;
}

static inline void add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(extension);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
}

/* A certificate of this name, signed by issuer (NULL = itself, as an authority), valid from and to so many
 * days from now. alternative: "IP:127.0.0.1", "DNS:kubernetes" or NULL. */
static inline struct identity make_identity(const char *name, const char *alternative,
                                            const struct identity *issuer, long from_days, long to_days)
{
    static long serial = 1;
    struct identity made = {.cert = X509_new(), .key = EVP_EC_gen("P-256")};
    X509_NAME *subject = X509_get_subject_name(made.cert);
    X509_set_version(made.cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.cert), serial++);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(made.cert, issuer ? X509_get_subject_name(issuer->cert) : subject);
    X509_gmtime_adj(X509_getm_notBefore(made.cert), from_days * DAY_S);
    X509_gmtime_adj(X509_getm_notAfter(made.cert), to_days * DAY_S);
    X509_set_pubkey(made.cert, made.key);
    add_extension(made.cert, NID_basic_constraints, issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
    if (alternative)
        add_extension(made.cert, NID_subject_alt_name, alternative);
    assert_true(X509_sign(made.cert, issuer ? issuer->key : made.key, EVP_sha256()) > 0);
    BIO *cert = BIO_new(BIO_s_mem()), *key = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(cert, made.cert);
    PEM_write_bio_PrivateKey(key, made.key, NULL, NULL, 0, NULL, NULL);
    made.cert_pem = pem_of(cert);
    made.key_pem = pem_of(key);
    return made;
}

static inline void identity_free(struct identity *identity)
{
    X509_free(identity->cert);
    EVP_PKEY_free(identity->key);
    free(identity->cert_pem);
    free(identity->key_pem);
}
