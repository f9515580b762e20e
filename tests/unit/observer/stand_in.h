/* SPDX-License-Identifier: Apache-2.0 */
/* An API server that gives out prepared answers and notes what it was asked. An answer is for the next request; one with a
 * target is for all requests whose target holds that, and is looked for first. */
#pragma once

#include <arpa/inet.h>
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/strbuf.h"
#include "common/runtime/kube.h"

#define STAND_IN_ANSWERS 64
#define TARGET_MAX 1024

struct answer {
    const char *target; /* a part of it; NULL = whatever comes next */
    int status;
    char *headers; /* whole lines; NULL = none */
    struct strbuf body;
    int64_t lasts_ms; /* by the fixed clock, which is moved on so far after the body */
    int repeats;      /* the body comes so many times more, each followed by that */
    int is_cut;       /* it ends before its announced length */
    int is_held;      /* … or only when the client goes */
};

struct stand_in {
    int fd;
    uint16_t port;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    struct answer answers[STAND_IN_ANSWERS];
    size_t given, count;
    struct strbuf asked;   /* the targets of the requests, one a line */
    struct strbuf headers; /* of the last request */
};

/* The next answer to be prepared; the caller fills it before the request comes. */
static inline struct answer *stand_in_answer(struct stand_in *server, int status)
{
    pthread_mutex_lock(&server->lock);
    assert(server->count < STAND_IN_ANSWERS);
    struct answer *answer = &server->answers[server->count++];
    *answer = (struct answer){.status = status};
    pthread_mutex_unlock(&server->lock);
    return answer;
}

static inline void stand_in_send(int client, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(client, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        len -= (size_t)sent;
    }
}

/* Moves the fixed clock on, if the client is still there to see it. */
static inline void stand_in_wait(int client, int64_t ms)
{
    char rest;
    usleep(100 * 1000); /* what was sent is read at the old time */
    if (recv(client, &rest, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
        clock_fix(clock_monotonic_ms() + ms);
}

static inline void stand_in_reply(int client, const struct answer *answer)
{
    AUTO_STRBUF head = {0};
    char rest;
    strbuf_printf(&head, "HTTP/1.1 %d Said\r\nConnection: close\r\n%s", answer->status,
                  answer->headers ? answer->headers : "");
    if (answer->is_cut)
        strbuf_printf(&head, "Content-Length: %zu\r\n", answer->body.len * ((size_t)answer->repeats + 1) + 1);
    strbuf_puts(&head, "\r\n");
    stand_in_send(client, head.data, head.len);
    for (int i = 0; i <= answer->repeats; i++) {
        stand_in_send(client, strbuf_text(&answer->body), answer->body.len);
        if (answer->lasts_ms)
            stand_in_wait(client, answer->lasts_ms);
    }
    if (answer->is_held)
        while (recv(client, &rest, 1, 0) > 0)
            continue;
}

/* Reads a request up to the empty line and notes it; 0 = there was none. */
static inline int stand_in_read(struct stand_in *server, int client)
{
    AUTO_STRBUF request = {0};
    char bytes[4096];
    while (!strstr(strbuf_text(&request), "\r\n\r\n")) {
        ssize_t len = recv(client, bytes, sizeof(bytes), 0);
        if (len <= 0)
            return 0;
        strbuf_add(&request, bytes, (size_t)len);
    }
    const char *target = strchr(request.data, ' ') + 1;
    pthread_mutex_lock(&server->lock);
    strbuf_printf(&server->asked, "%.*s\n", (int)strcspn(target, " "), target);
    strbuf_clear(&server->headers);
    strbuf_puts(&server->headers, request.data);
    pthread_mutex_unlock(&server->lock);
    return 1;
}

/* The answer to a request of this target, or NULL. The lock is held. */
static inline struct answer *stand_in_find(struct stand_in *server, const char *target)
{
    for (size_t i = 0; i < server->count; i++)
        if (server->answers[i].target && strstr(target, server->answers[i].target))
            return &server->answers[i];
    while (server->given < server->count && server->answers[server->given].target)
        server->given++;
    return server->given < server->count ? &server->answers[server->given++] : NULL;
}

/* Closes a connection that has no answer left: the client sees that it was cut off. */
static inline void *stand_in_run(void *context)
{
    struct stand_in *server = context;
    for (int client; (client = accept(server->fd, NULL, NULL)) >= 0; close(client)) {
        struct answer *answer = NULL;
        if (!stand_in_read(server, client))
            continue;
        pthread_mutex_lock(&server->lock);
        AUTO_FREE char *target = xstrndup(strchr(server->headers.data, ' ') + 1, TARGET_MAX);
        target[strcspn(target, " ")] = '\0';
        answer = stand_in_find(server, target);
        pthread_mutex_unlock(&server->lock);
        if (answer)
            stand_in_reply(client, answer);
        shutdown(client, SHUT_WR);
    }
    return NULL;
}

static inline struct stand_in *stand_in_open(void)
{
    struct stand_in *server = xcalloc(1, sizeof(*server));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    pthread_mutex_init(&server->lock, NULL);
    server->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert(bind(server->fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    assert(getsockname(server->fd, (struct sockaddr *)&address, &size) == 0);
    assert(listen(server->fd, 16) == 0);
    server->port = ntohs(address.sin_port);
    pthread_create(&server->thread, NULL, stand_in_run, server);
    return server;
}

static inline void stand_in_close(struct stand_in *server)
{
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->fd);
    for (size_t i = 0; i < server->count; i++) {
        strbuf_free(&server->answers[i].body);
        free(server->answers[i].headers);
    }
    strbuf_free(&server->asked);
    strbuf_free(&server->headers);
    free(server);
}

/* Reads a kubeconfig that names the server. */
static inline struct kube_config *stand_in_config(const struct stand_in *server)
{
    char path[] = "/tmp/aegiops-unit-XXXXXX";
    int fd = mkstemp(path);
    assert(fd >= 0);
    dprintf(fd,
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
            "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:%u'}}]\n"
            "users: [{name: u, user: {token: secret}}]\n"
            "contexts: [{name: c, context: {cluster: c, user: u}}]\n",
            server->port);
    close(fd);
    struct error err;
    char none[] = "";
    struct kube_options options = {.kubeconfig = path, .context = none};
    struct kube_config *config = kube_config_read(&options, &err);
    if (!config)
        fprintf(stderr, "%s\n", err.text);
    assert(config);
    unlink(path);
    return config;
}

/* What was asked since the last call; the caller frees it. */
static inline char *stand_in_asked(struct stand_in *server)
{
    pthread_mutex_lock(&server->lock);
    char *asked = xstrdup(strbuf_text(&server->asked));
    strbuf_clear(&server->asked);
    pthread_mutex_unlock(&server->lock);
    return asked;
}
