/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as kubelets passed them on from containerd 1.6 to 2.1, CRI-O and dockerd. */
#include "observer/watch/decode/registry.h"

#include "common/base/alloc.h"
#include "observer/watch/decode.h"
#include "tests/unit/observer/wire.h"
#include "tests/unit/unit.h"

#define PULLING "failed to pull and unpack image \"docker.io/shop/web:1\": "
#define RESOLVING PULLING "failed to resolve reference \"docker.io/shop/web:1\": "
#define ASKING                                                                                               \
    RESOLVING "failed to do request: Head \"https://registry-1.docker.io/v2/shop/web/manifests/1\": "
#define LIMIT                                                                                                \
    "429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit. You "   \
    "may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit"

/* A pod whose only container waits so, decoded from the wire; returns the host, which lives in the decoder. */
static const char *decoded_host(struct decoder *decoder, const char *image, const char *reason,
                                const char *message)
{
    AUTO_STRBUF bytes = {0};
    struct strbuf meta = {0}, status = {0}, container = {0}, state = {0}, waiting = {0};
    struct pod_facts pod;
    struct error err;
    wire_text(&meta, 1, "web");
    wire_text(&meta, 5, "uid");
    wire_message(&bytes, 1, &meta);
    wire_text(&waiting, 1, reason);
    wire_text(&waiting, 2, message);
    wire_message(&state, 1, &waiting);
    wire_text(&container, 1, "app");
    wire_message(&container, 2, &state);
    wire_text(&container, 6, image);
    wire_message(&status, 8, &container);
    wire_message(&bytes, 3, &status);
    assert_int_equal(decode(decoder, STORE_PODS, bytes.data, bytes.len, &pod, &err), 0);
    return pod.containers[0].unreachable;
}

static void assert_host(const char *image, const char *reason, const char *message, const char *expected)
{
    AUTO_DECODER decoder = {0};
    const char *host = decoded_host(&decoder, image, reason, message);
    if (strcmp(host, expected) != 0)
        fail_msg("\"%s\" blames \"%s\", not \"%s\"", message, host, expected);
}

/* Each both as the attempt words it, and as the pause behind it does. */
static void a_registry_that_does_not_answer_is_to_blame(void **state)
{
    (void)state;
    static const char *const messages[] = {
        ASKING "dial tcp 127.0.0.1:1: connect: connection refused",
        ASKING "dial tcp: lookup registry-1.docker.io on 10.96.0.10:53: no such host",
        ASKING "dial tcp: lookup registry-1.docker.io on 10.96.0.10:53: server misbehaving",
        ASKING "dial tcp: lookup registry-1.docker.io: Temporary failure in name resolution",
        ASKING "dial tcp: lookup registry-1.docker.io on 10.96.0.10:53: read udp "
               "10.0.0.4:51:->10.96.0.10:53: i/o timeout",
        ASKING "dial tcp 34.199.40.84:443: i/o timeout",
        ASKING "dial tcp 34.199.40.84:443: connect: connection timed out",
        ASKING "dial tcp 34.199.40.84:443: connect: no route to host",
        ASKING "dial tcp [2600:1f18::1]:443: connect: network is unreachable",
        ASKING "net/http: TLS handshake timeout",
        ASKING "net/http: request canceled while waiting for connection (Client.Timeout exceeded while "
               "awaiting headers)",
        ASKING "read tcp 10.0.0.4:51234->34.199.40.84:443: read: connection reset by peer",
        ASKING "write tcp 10.0.0.4:51234->34.199.40.84:443: write: broken pipe",
        ASKING "EOF",
        RESOLVING "unexpected status code [manifests 1]: 503 Service Unavailable",
        RESOLVING "unexpected status from HEAD request to "
                  "https://registry-1.docker.io/v2/shop/web/manifests/1: 502 Bad Gateway",
        RESOLVING
        "pulling from host registry-1.docker.io failed with status code [manifests 1]: 504 Gateway Time-out",
        RESOLVING
        "failed to authorize: failed to fetch anonymous token: unexpected status: 500 Internal Server Error",
        PULLING "failed to copy: httpReadSeeker: failed open: unexpected status code "
                "https://registry-1.docker.io/v2/shop/web/manifests/"
                "sha256:50aa4698fa6262977cff89181b2664b99d8a56dbca847bf62f2ef0485459"
                "7cf8: " LIMIT,
        PULLING "failed to copy: unexpected EOF",
        PULLING "context canceled",
        "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
        "rpc error: code = Unknown desc = pinging container registry docker.io: received unexpected HTTP "
        "status: 503 Service "
        "Temporarily Unavailable",
        "rpc error: code = Unknown desc = Error response from daemon: toomanyrequests: Rate exceeded",
        ("rpc error: code = Unknown desc = Error response from daemon: Get "
         "\"https://registry-1.docker.io/v2/\": EOF"),
    };
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        AUTO_FREE char *pause =
            xasprintf("Back-off pulling image \"shop/web:1\": ErrImagePull: %s", messages[i]);
        assert_host("shop/web:1", "ErrImagePull", messages[i], "docker.io");
        assert_host("shop/web:1", "ImagePullBackOff", pause, "docker.io");
    }
}

static void all_else_is_the_names_fault(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "rpc error: code = NotFound desc = " RESOLVING "docker.io/shop/web:1: not found",
        RESOLVING
        "pull access denied, repository does not exist or may require authorization: server message: "
        "insufficient_scope: authorization failed",
        RESOLVING "unexpected status code [manifests 1]: 401 Unauthorized",
        RESOLVING "unexpected status from HEAD request to "
                  "https://registry-1.docker.io/v2/shop/web/manifests/1: 403 Forbidden",
        ASKING "http: server gave HTTP response to HTTPS client",
        ASKING "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        PULLING "no match for platform in manifest: not found",
        ("failed to pull and unpack image \"docker.io/shop/i-o-timeout:429.503\": failed to resolve "
         "reference "
         "\"docker.io/shop/i-o-timeout:429.503\": docker.io/shop/i-o-timeout:429.503: not found"),
        "Back-off pulling image \"shop/web:1\"",
        "",
    };
    for (size_t i = 0; i < COUNT_OF(messages); i++)
        assert_host("shop/web:1", "ErrImagePull", messages[i], "");
}

static void the_image_names_the_host(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"nginx", "docker.io"},
        {"nginx:1.25", "docker.io"},
        {"shop/web:1", "docker.io"},
        {"docker.io/library/nginx:1", "docker.io"},
        {"registry.invalid/shop/web:1", "registry.invalid"},
        {"127.0.0.1:1/nope:1", "127.0.0.1:1"},
        {"localhost/web", "localhost"},
        {"localhost:5000/web", "localhost:5000"},
        {"local/web", "docker.io"},
        {"reg.example.com/web@sha256:50aa", "reg.example.com"},
        {"", "docker.io"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_host(cases[i][0], "ErrImagePull", ASKING "connection refused", cases[i][1]);
}

static void a_runtime_may_say_so_itself(void **state)
{
    (void)state;
    assert_host("reg.example.com/web", "RegistryUnavailable",
                "image pull failed for reg.example.com/web because the registry is unavailable",
                "reg.example.com");
}

static void only_a_pull_blames_a_registry(void **state)
{
    (void)state;
    static const char *const reasons[] = {"CrashLoopBackOff", "CreateContainerError", "ContainerCreating",
                                          "InvalidImageName", ""};
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        assert_host("shop/web:1", reasons[i], "context deadline exceeded: connection refused", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_registry_that_does_not_answer_is_to_blame),
        cmocka_unit_test(all_else_is_the_names_fault),
        cmocka_unit_test(the_image_names_the_host),
        cmocka_unit_test(a_runtime_may_say_so_itself),
        cmocka_unit_test(only_a_pull_blames_a_registry),
    };
    return cmocka_run_group_tests_name("observer/watch/decode/registry", tests, NULL, NULL);
}
