/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/decode/registry.h"

#include <string.h>

#include "common/base/alloc.h"

#define DEFAULT_REGISTRY "docker.io"          /* where the name says none */
#define RUNTIME_SAYS_SO "RegistryUnavailable" /* a reason that some runtimes give */

/* As containerd (1.6 to 2.x), CRI-O and the Go libraries beneath them word it. No image name can hold any of these: each has
 * a blank or a quote in it. */
static const char *const words[] = {
    "i/o timeout",
    "handshake timeout",
    "connection timed out",
    "deadline exceeded",
    "(client.timeout exceeded",
    "context canceled", /* containerd gives up a pull that makes no progress */
    "connection refused",
    "connection reset by peer",
    "broken pipe",
    "no such host",
    "server misbehaving",
    "failure in name resolution",
    "network is unreachable",
    "no route to host",
    "unexpected eof",
    "\": eof",
    "toomanyrequests: ",
    "too many requests",
    "internal server error",
    "bad gateway",
    "service unavailable",
    "service temporarily unavailable",
    "gateway time"};

/* https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/images/image_manager.go */
static int is_pulling(const struct container_facts *container)
{
    static const char *const reasons[] = {"ErrImagePull", "ImagePullBackOff", RUNTIME_SAYS_SO};
    for (size_t i = 0; container->state == CONTAINER_WAITING && i < COUNT_OF(reasons); i++)
        if (strcmp(container->reason, reasons[i]) == 0)
            return 1;
    return 0;
}

static int blames_network(const struct container_facts *container)
{
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcasestr(container->message, words[i]))
            return 1;
    return strcmp(container->reason, RUNTIME_SAYS_SO) == 0;
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
    if (!is_pulling(container) || !blames_network(container))
        return "";
    size_t len = host_len(container->image);
    return len ? scratch_keep(scratch, container->image, len) : DEFAULT_REGISTRY;
}
