/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/http_error.h"

#include <errno.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include "common/base/alloc.h"

static double elapsed_s(CURL *easy)
{
    curl_off_t us = 0;
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &us);
    return (double)us / 1e6;
}

/* The host of "host:port", without the brackets of an IPv6 address. The caller frees it. */
static char *host_of(const char *peer)
{
    size_t len = (size_t)(strrchr(peer, ':') - peer);
    return *peer == '[' ? xstrndup(peer + 1, len - 2) : xstrndup(peer, len);
}

/* libcurl names the host that it tried: another one than the peer's is the proxy. */
static int connect_error(CURL *easy, const char *why, const char *peer, struct error *err)
{
    long number = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    AUTO_FREE char *host = host_of(peer);
    if (!strstr(why, host))
        return fail(err, ERROR_RETRY, "cannot connect to %s through the proxy of the environment: %s", peer,
                    why);
    if (number == ECONNREFUSED)
        return fail(err, ERROR_RETRY, "cannot connect to %s: Connection refused: is the server running?",
                    peer);
    return fail(err, ERROR_RETRY, "cannot connect to %s: %s", peer, number ? strerror((int)number) : why);
}

static int timeout_error(CURL *easy, const char *peer, struct error *err)
{
    curl_off_t connected_after = 0;
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &connected_after);
    if (connected_after == 0)
        return fail(err, ERROR_RETRY,
                    "no connection to %s within %.1f s: is it up, or is a firewall in between?", peer,
                    elapsed_s(easy));
    return fail(err, ERROR_RETRY, "no complete answer from %s within %.1f s", peer, elapsed_s(easy));
}

static int certificate_error(CURL *easy, const char *why, const char *peer, struct error *err)
{
    long result = X509_V_OK;
    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &result);
    switch (result) {
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED: /* OpenSSL found nothing: it was libcurl, which compares the name itself */
        return fail(err, ERROR_RETRY, "the certificate of %s is for another name: %s", peer, why);
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return fail(err, ERROR_RETRY, "the certificate of %s has expired: renew it, or check this clock",
                    peer);
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return fail(err, ERROR_RETRY, "the certificate of %s is not valid yet: check the clocks", peer);
    default:
        return fail(err, ERROR_RETRY, "the certificate of %s is from an unknown authority (%s): set its CA",
                    peer, X509_verify_cert_error_string(result));
    }
}

int http_error(CURL *easy, CURLcode code, const char *why, const char *peer, struct error *err)
{
    if (!*why)
        why = curl_easy_strerror(code);
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return fail(err, ERROR_RETRY, "cannot find the address of %s: check the name and the DNS", peer);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return fail(err, ERROR_RETRY, "cannot find the address of the proxy towards %s: check https_proxy",
                    peer);
    case CURLE_COULDNT_CONNECT:
        return connect_error(easy, why, peer, err);
    case CURLE_OPERATION_TIMEDOUT:
        return timeout_error(easy, peer, err);
    case CURLE_PEER_FAILED_VERIFICATION:
        return certificate_error(easy, why, peer, err);
    case CURLE_SSL_CACERT_BADFILE:
        return fail(err, ERROR_RETRY, "the certificate authority given for %s cannot be read: it must be PEM",
                    peer);
    case CURLE_SSL_CERTPROBLEM:
        return fail(err, ERROR_RETRY, "the client certificate or key given for %s cannot be used: %s", peer,
                    why);
    case CURLE_SSL_CONNECT_ERROR:
        return fail(err, ERROR_RETRY, "no TLS with %s: %s: does it speak https?", peer, why);
    default:
        return fail(err, ERROR_RETRY, "request to %s failed: %s", peer, why);
    }
}
