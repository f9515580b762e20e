/* SPDX-License-Identifier: Apache-2.0 */
/* A server that speaks TLS, in threads of the test. */
#pragma once

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "tests/unit/identity.h"
#include "tests/unit/unit.h"

#define CLIENTS_MOST 16

struct server {
    SSL_CTX *tls;
    int (*answer)(SSL *ssl);
    int fd;
    uint16_t port;
    pthread_t acceptor, clients[CLIENTS_MOST];
    int client_fds[CLIENTS_MOST];
    size_t client_count;
};

struct client {
    SSL_CTX *tls;
    int (*answer)(SSL *ssl);
    int fd;
};

static inline void *serve_client(void *context)
{
    AUTO_FREE struct client *client = context;
    SSL *ssl = SSL_new(client->tls);
    SSL_set_fd(ssl, client->fd);
    if (SSL_accept(ssl) == 1)
        while (client->answer(ssl))
            continue;
    SSL_free(ssl);
    shutdown(client->fd, SHUT_RDWR);
    return NULL;
}

static inline void *accept_clients(void *context)
{
    struct server *server = context;
    while (server->client_count < CLIENTS_MOST) {
        int fd = accept(server->fd, NULL, NULL);
        if (fd < 0)
            break;
        struct client *client = xcalloc(1, sizeof(*client));
        *client = (struct client){server->tls, server->answer, fd};
        server->client_fds[server->client_count] = fd;
        pthread_create(&server->clients[server->client_count++], NULL, serve_client, client);
    }
    return NULL;
}

/* Begins on a free port of the loopback. client_ca: who signs the certificates that clients must show; NULL =
 * they need none. answer reads a request and answers it, in a thread of the client's; 0 = it is gone, or
 * shall be. */
static inline void server_start(struct server *server, const struct identity *identity,
                                const struct identity *client_ca, int (*answer)(SSL *ssl))
{
    *server = (struct server){
        .tls = SSL_CTX_new(TLS_server_method()), .answer = answer, .fd = socket(AF_INET, SOCK_STREAM, 0)};
    assert_int_equal(SSL_CTX_use_certificate(server->tls, identity->cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(server->tls, identity->key), 1);
    if (client_ca) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(server->tls), client_ca->cert);
        SSL_CTX_set_verify(server->tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(server->fd, 16), 0);
    getsockname(server->fd, (struct sockaddr *)&address, &len);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->acceptor, NULL, accept_clients, server), 0);
}

static inline void server_stop(struct server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->acceptor, NULL);
    for (size_t i = 0; i < server->client_count; i++) {
        shutdown(server->client_fds[i], SHUT_RDWR);
        pthread_join(server->clients[i], NULL);
        close(server->client_fds[i]);
    }
    close(server->fd);
    SSL_CTX_free(server->tls);
}
