/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/kube_pem.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"

static void certificate_free(X509 **certificate)
{
    X509_free(*certificate);
}

static void key_free(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void decoder_free(EVP_ENCODE_CTX **decoder)
{
    EVP_ENCODE_CTX_free(*decoder);
}

#define AUTO_CERTIFICATE __attribute__((cleanup(certificate_free))) X509
#define AUTO_KEY __attribute__((cleanup(key_free))) EVP_PKEY
#define AUTO_DECODER __attribute__((cleanup(decoder_free))) EVP_ENCODE_CTX

char *kube_pem_decode(const char *base64)
{
    size_t len = strlen(base64);
    AUTO_DECODER *decoder = EVP_ENCODE_CTX_new();
    AUTO_FREE unsigned char *text = xcalloc(len + 1, 1); /* three quarters would do */
    int count = 0, rest = 0;
    EVP_DecodeInit(decoder);
    if (EVP_DecodeUpdate(decoder, text, &count, (const unsigned char *)base64, (int)len) < 0 ||
        EVP_DecodeFinal(decoder, text + count, &rest) < 0)
        return NULL;
    count += rest;
    text[count] = '\0';
    return count == 0 || memchr(text, '\0', (size_t)count) ? NULL : (char *)STEAL(text);
}

/* Called when a key is encrypted. Without it OpenSSL would ask the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer, (void)size, (void)writing;
    *(int *)context = 1;
    return -1;
}

static X509 *read_certificate(const char *pem)
{
    BIO *in = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);
    BIO_free(in);
    return certificate;
}

static EVP_PKEY *read_key(const char *pem, int *encrypted)
{
    BIO *in = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, encrypted);
    BIO_free(in);
    return key;
}

int kube_pem_check_authority(const char *pem, struct error *err)
{
    AUTO_CERTIFICATE *certificate = read_certificate(pem);
    return certificate ? 0
                       : fail(err, ERROR_FATAL, "no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
}

static int check_dates(const X509 *certificate, struct error *err)
{
    char day[32] = "";
    struct tm until;
    time_t now = (time_t)(clock_now_ms() / 1000);
    ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &until);
    strftime(day, sizeof day, "%Y-%m-%d", &until);
    if (X509_cmp_time(X509_get0_notAfter(certificate), &now) < 0)
        return fail(err, ERROR_FATAL, "the client certificate expired on %s: renew it", day);
    if (X509_cmp_time(X509_get0_notBefore(certificate), &now) > 0)
        return fail(err, ERROR_FATAL,
                    "the client certificate is not valid yet: check the clock of this machine");
    return 0;
}

int kube_pem_check_client(const char *cert_pem, const char *key_pem, struct error *err)
{
    int encrypted = 0;
    AUTO_CERTIFICATE *certificate = read_certificate(cert_pem);
    if (!certificate)
        return fail(err, ERROR_FATAL,
                    "the client certificate is not in PEM form (-----BEGIN CERTIFICATE-----)");
    AUTO_KEY *key = read_key(key_pem, &encrypted);
    if (encrypted)
        return fail(err, ERROR_FATAL, "the client key is encrypted: nobody is there to type its passphrase");
    if (!key)
        return fail(err, ERROR_FATAL, "the client key is not in PEM form (-----BEGIN PRIVATE KEY-----)");
    if (X509_check_private_key(certificate, key) != 1)
        return fail(err, ERROR_FATAL, "the client key does not belong to the client certificate");
    return check_dates(certificate, err);
}
