/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/alloc.h"

#define BACKLOG 64

/* Splits "[::]:9101" or "127.0.0.1:9101" at the last colon; the brackets go. -1 when there is no port. */
static int split(const char *address, char **host, const char **port)
{
    const char *colon = strrchr(address, ':');
    if (!colon || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
        atol(colon + 1) > 65535)
        return -1;
    size_t len = (size_t)(colon - address);
    int bracketed = len >= 2 && address[0] == '[' && address[len - 1] == ']';
    if (!bracketed && memchr(address, ':', len))
        return -1;
    *host = bracketed ? xstrndup(address + 1, len - 2) : xstrndup(address, len);
    *port = colon + 1;
    return 0;
}

/* A listening socket, or -1 with errno. */
static int bind_and_listen(const struct addrinfo *to)
{
    int on = 1, off = 0;
    int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (to->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, to->ai_addr, to->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* Tries each address that host stands for. A listening socket, or -1 with the reason. */
static int open_any(const char *host, const char *port, const char **why)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found;
    int code = getaddrinfo(host, port, &hints, &found), fd = -1;
    *why = code ? gai_strerror(code) : "";
    if (code)
        return -1;
    for (struct addrinfo *to = found; to && fd < 0; to = to->ai_next)
        fd = bind_and_listen(to);
    if (fd < 0)
        *why = errno == EADDRINUSE      ? "another process listens there: end it, or give another address"
               : errno == EADDRNOTAVAIL ? "this machine has no such address"
               : errno == EACCES        ? "only root may: give a port above 1023"
                                        : strerror(errno);
    freeaddrinfo(found);
    return fd;
}

int listen_open(const char *address, struct error *err)
{
    AUTO_FREE char *host = NULL;
    const char *port, *why;
    if (split(address, &host, &port))
        return fail(err, ERROR_FATAL,
                    "\"%s\" is no address to listen on: write 127.0.0.1:9101, [::1]:9101 or :9101", address);
    int fd = open_any(*host ? host : "::", port, &why);
    if (fd < 0 && !*host) /* a machine without IPv6 */
        fd = open_any("0.0.0.0", port, &why);
    return fd < 0 ? fail(err, ERROR_FATAL, "cannot listen on %s: %s", address, why) : fd;
}
