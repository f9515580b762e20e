/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/url.h"

#include <string.h>

#include "common/base/alloc.h"

static int starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* What stands behind http:// or https://, if no name and password do; else NULL. */
static const char *authority_of(const char *url)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < COUNT_OF(schemes); i++)
        if (starts_with(url, schemes[i]))
            return strchr(url, '@') ? NULL : url + strlen(schemes[i]);
    return NULL;
}

int url_is_loopback(const char *url)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};
    const char *authority = authority_of(url);
    for (size_t i = 0; authority && i < COUNT_OF(hosts); i++)
        if (starts_with(authority, hosts[i]) && strchr(":/", authority[strlen(hosts[i])]))
            return 1;
    return 0;
}

static int ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    return len > strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

int url_is_in_cluster(const char *url)
{
    const char *authority = authority_of(url);
    if (!authority)
        return 0;
    size_t len = strspn(authority, "abcdefghijklmnopqrstuvwxyz0123456789.-");
    AUTO_FREE char *host = xstrndup(authority, len);
    if (len == 0 || !strchr(":/", authority[len]))
        return 0;
    return !strchr(host, '.') || ends_with(host, ".svc") || ends_with(host, ".svc.cluster.local");
}
