/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP client: the only home of libcurl (with http_error.c). One connection pool per handle; a handle belongs
 * to one thread. TLS is verified; redirects are not followed; proxies come from the environment as usual.
 * Bodies are bounded.
 */
#pragma once

#include <stddef.h>

#include "common/base/error.h"
#include "common/base/strbuf.h"

#define HTTP_MAX_BYTES (8UL * 1024 * 1024) /* a list of some hundred Kubernetes objects */

/* How to prove who we are and whom we trust. All borrowed, NULL = unused; PEM bytes are given in memory. */
struct http_tls {
    const char *ca_pem;      /* instead of the system's authorities */
    const char *cert_pem;    /* client certificate … */
    const char *key_pem;     /* … and its key */
    const char *server_name; /* name to verify when it is not the URL's host */
    int insecure;            /* no verification: only where the user's kubeconfig says so */
};

struct http_request {
    const char *method; /* "GET", "POST", "PATCH", "DELETE" */
    const char *url;
    const char *const *headers; /* "Name: value", ended by NULL; may be NULL */
    const char *body;           /* NULL = none; its Content-Type is one of the headers */
    size_t body_len;
    long connect_timeout_ms; /* 0 = 5 s */
    long timeout_ms;         /* whole request; 0 = 30 s; streams have idle_ms instead */
    size_t max_bytes;        /* of the answer's body; 0 = HTTP_MAX_BYTES */
    const struct http_tls *tls;
    const volatile int *stop; /* not 0 ends the request within about a second; NULL = nothing does */
    int http2;                /* HTTP/2 where a server of https offers it, else HTTP/1.1 */
};

/* Begins zeroed; each request replaces what the one before left, and reuses its memory. */
struct http_response {
    long status;
    struct strbuf body;
    long retry_after_ms;    /* Retry-After in seconds or as a date; 0 = absent */
    char content_type[128]; /* "" = absent */
    char audit_id[64];      /* Kubernetes' Audit-Id */
    struct strbuf warnings; /* the texts of Kubernetes' Warning headers, one a line */
};

#define AUTO_HTTP_RESPONSE __attribute__((cleanup(http_response_free))) struct http_response
void http_response_free(struct http_response *response);

struct http;

/* Once per process, before threads. The process must ignore SIGPIPE: TLS writes to a socket that the peer
 * closed. */
void http_start(void);

/* Opens a handle; user_agent is sent with each request. Never NULL. http_close accepts NULL. */
struct http *http_open(const char *user_agent);
void http_close(struct http *http);

/* Sends the request and reads the whole answer, of any status. Fails (ERROR_RETRY, naming host and port,
 * saying what to do) when no complete answer came: refused, time-out, TLS, too large, stopped; ERROR_REJECT for a URL
 * or header that cannot be sent. Reuses the connection. */
int http_send(struct http *http, const struct http_request *request, struct http_response *response,
              struct error *err);

/* Reads an answer piece by piece: on_data gets bytes as they arrive and returns 0, or -1 to end the stream.
 * idle_ms: no byte for so long ends it with ERROR_RETRY (0 = wait for ever). on_data is only called for a 2xx, once with no bytes as soon as that is known; the body of any
 * other status is kept in response->body. Returns 0 when the server ended the stream, on_data or stop did
 * (response->status is 0 when stop came before the answer); otherwise as http_send. */
int http_stream(struct http *http, const struct http_request *request, long idle_ms,
                int (*on_data)(void *context, const char *bytes, size_t len), void *context,
                struct http_response *response, struct error *err);

/* Percent-encodes one path segment or query value (RFC 3986) onto out. */
void http_escape(struct strbuf *out, const char *text);
