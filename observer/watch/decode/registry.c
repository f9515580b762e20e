/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/decode/registry.h"

#include <string.h>

#include "common/base/alloc.h"

#define DEFAULT_REGISTRY "docker.io" /* where the name says none */

/* As containerd, CRI-O and the Go libraries beneath them word it. */
static const char *const words[] = {"i/o timeout",
                                    "handshake timeout",
                                    "deadline exceeded",
                                    "connection refused",
                                    "connection reset",
                                    "no such host",
                                    "server misbehaving",
                                    "network is unreachable",
                                    "no route to host",
                                    "temporary failure in name resolution",
                                    "toomanyrequests",
                                    "too many requests",
                                    "429",
                                    "500 internal server",
                                    "502 bad gateway",
                                    "503 service",
                                    "504 gateway",
                                    "unexpected eof"};

static int is_pulling(const struct container_facts *container)
{
    static const char *const reasons[] = {"ErrImagePull", "ImagePullBackOff", "RegistryUnavailable"};
    for (size_t i = 0; container->state == CONTAINER_WAITING && i < COUNT_OF(reasons); i++)
        if (strcmp(container->reason, reasons[i]) == 0)
            return 1;
    return 0;
}

static int blames_network(const char *message)
{
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcasestr(message, words[i]))
            return 1;
    return 0;
}

/* https://github.com/distribution/reference: the part before the first slash is a host if it has a dot or a port, or is
 * "localhost". */
static size_t host_len(const char *image)
{
    size_t len = strcspn(image, "/");
    int is_host = image[len] && (memchr(image, '.', len) || memchr(image, ':', len) ||
                                 (len == strlen("localhost") && strncmp(image, "localhost", len) == 0));
    return is_host ? len : 0;
}

const char *registry_unreachable(struct scratch *scratch, const struct container_facts *container)
{
    if (!is_pulling(container) || !blames_network(container->message))
        return "";
    size_t len = host_len(container->image);
    return len ? scratch_keep(scratch, container->image, len) : DEFAULT_REGISTRY;
}
