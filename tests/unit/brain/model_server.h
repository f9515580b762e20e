/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service on loopback that says what it was told to say, one answer after the other, and writes down what it was asked. Only
 * for the tests of the model client: what a real service checks of a request, the stand-in checks.
 */
#pragma once

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/json.h"
#include "common/base/strbuf.h"
#include "tests/unit/unit.h"

#define SAID_MOST 32

struct said {
    unsigned status;
    const char *body;
    const char *header, *value; /* one more; NULL = none */
    int hangs;                  /* the body never comes */
};

struct asked {
    char *path;
    struct strbuf head, body;
};

static struct model_server {
    struct MHD_Daemon *daemon;
    uint16_t port;
    struct said script[SAID_MOST];
    size_t script_count;
    struct asked asked[SAID_MOST];
    atomic_size_t count; /* requests so far; beyond the script, the last answer is said again */
    atomic_int stopping;
} service;

static enum MHD_Result write_header(void *out, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    strbuf_printf(out, "%s: %s\n", name, value);
    return MHD_YES;
}

static ssize_t never(void *context, uint64_t position, char *out, size_t most)
{
    (void)context, (void)position, (void)out, (void)most;
    while (!service.stopping)
        usleep(5000);
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static enum MHD_Result say(struct MHD_Connection *connection, const struct said *said)
{
    struct MHD_Response *response =
        said->hangs ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, never, NULL, NULL)
                    : MHD_create_response_from_buffer(strlen(said->body), (void *)(uintptr_t)said->body,
                                                      MHD_RESPMEM_MUST_COPY);
    if (said->header)
        MHD_add_response_header(response, said->header, said->value);
    enum MHD_Result result = MHD_queue_response(connection, said->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result serve(void *context, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *upload, size_t *upload_len,
                             void **request)
{
    (void)context, (void)version;
    if (!*request) {
        *request = xcalloc(1, sizeof(struct strbuf));
        return MHD_YES;
    }
    if (*upload_len) {
        strbuf_add(*request, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    size_t number = service.count;
    assert_true(number < SAID_MOST && service.script_count > 0);
    struct asked *asked = &service.asked[number];
    asked->path = xasprintf("%s %s", method, url);
    MHD_get_connection_values(connection, MHD_HEADER_KIND, write_header, &asked->head);
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, write_header, &asked->head);
    asked->body = *(struct strbuf *)*request;
    *(struct strbuf *)*request = (struct strbuf){0};
    service.count++;
    return say(connection,
               &service.script[number < service.script_count ? number : service.script_count - 1]);
}

static void drop_request(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode why)
{
    (void)context, (void)connection, (void)why;
    if (*request)
        strbuf_free(*request);
    free(*request);
}

static inline void service_start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    service.stopping = 0;
    service.daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0,
                         NULL, NULL, serve, NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED,
                         drop_request, NULL, MHD_OPTION_END);
    assert_non_null(service.daemon);
    service.port = MHD_get_daemon_info(service.daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

/* Forgets what it was asked and what it was to say. */
static inline void service_forget(void)
{
    for (size_t i = 0; i < service.count; i++) {
        free(service.asked[i].path);
        strbuf_free(&service.asked[i].head);
        strbuf_free(&service.asked[i].body);
        service.asked[i] = (struct asked){0};
    }
    service.count = service.script_count = 0;
}

static inline void service_stop(void)
{
    service.stopping = 1;
    MHD_stop_daemon(service.daemon);
    service_forget();
}

/* The next answer: a status, a body, and NULL or a header. */
static inline void service_says(unsigned status, const char *body, const char *header, const char *value)
{
    service.script[service.script_count++] = (struct said){status, body, header, value, 0};
}

/* The body of the request of this number, from 0. The caller frees it. */
static inline json_t *service_asked(size_t number)
{
    struct error err;
    assert_true(number < service.count);
    json_t *body = json_read(strbuf_text(&service.asked[number].body), service.asked[number].body.len, &err);
    if (!body)
        fail_msg("%s", err.text);
    return body;
}
