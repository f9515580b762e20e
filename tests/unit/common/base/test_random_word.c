/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/random_word.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/id.h"
#include "tests/unit/unit.h"

#define WORDS 2000
#define LONGEST 64

/* Whether the word that stands behind what comes before it is kept as a secret. */
static int is_secret(const char *before, const char *word)
{
    AUTO_FREE char *text = xasprintf("%s%s", before, word);
    struct span span = {strlen(before), strlen(text)};
    random_word_look(text, &span);
    assert_true(span.start == strlen(before) && (span.end == strlen(text) || span.end == span.start));
    return span.end > span.start;
}

static int found_of(const char *alphabet, size_t len)
{
    int found = 0;
    for (int i = 0; i < WORDS; i++) {
        char word[LONGEST + 1] = {0};
        for (size_t at = 0; at < len; at++)
            word[at] = alphabet[id_random((uint32_t)strlen(alphabet))];
        found += is_secret("", word);
    }
    return found;
}

/* Of words that are made by chance no more than 2 in 100 are taken for something else. */
static void chance_is_seen(void **state)
{
    (void)state;
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    id_seed(1);
    assert_true(found_of(base64, 40) > WORDS * 98 / 100);
    assert_true(found_of(base64, 64) > WORDS * 98 / 100);
    assert_true(found_of("0123456789abcdef", 32) > WORDS * 98 / 100);
    assert_true(found_of("abcdefghijklmnopqrstuvwxyz0123456789", 36) > WORDS * 98 / 100);
    assert_true(found_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 52) > WORDS * 98 / 100);
}

/* Keys of services that no other rule knows. */
static void keys_with_a_prefix_are_seen(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "key-9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c",     "9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c-us12",
        "AC9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c",       "dapi9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c",
        "pul-9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c4d3e", "rubygems_9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c4d3e",
    };
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (!is_secret("", keys[i]))
            fail_msg("%s is not taken for a secret", keys[i]);
}

static void names_are_no_secrets(void **state)
{
    (void)state;
    static const char *const names[] = {
        "payments-service-deployment-canary-7d9c8b6f5-x2x4z",
        "AbstractAutowireCapableBeanFactory",
        "K8sV1Beta1CustomResourceDefinitionList",
        "/usr/local/lib/python3/SitePackages/sqlalchemy/engine",
        "usr/share/elasticsearch/modules/x-pack-core/Elastic8Client",
        "kubernetes_io_psp_annotation_1234567890_and_so_on",
        "00000000000000000000000000000000",
        "----------------------------------------",
        "abcdefghijklmnopqrstuvwxyzabcdefghij",
        "DEFAULT_CONNECTION_TIMEOUT_SECONDS_V2",
        "backup20261125T205546ZofTheShopDatabase",
        "cri-containerd-9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a",
        "docker-9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a",
        "/v2/shop/web/blobs/9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a",
        "shop-production-payments-gateway-v2-7d9c8b6f5d-x2x4z",
        "2026-11-25T20-55-46-123Z-build-1234-of-the-day",
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (is_secret("", names[i]))
            fail_msg("%s is taken for a secret", names[i]);
}

#define HASH "9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c4d3e2f1a"

static void a_hash_that_is_said_to_be_one_is_no_secret(void **state)
{
    (void)state;
    static const char *const marks[] = {
        "sha256:",    "commit ",        "gitCommit\":\"", "app@",       "org/app:",   "org/",   "traceId=",
        "trace_id: ", "x-request-id: ", "traceid=",       "sandbox \"", "Container ", "image=", "sha-"};
    static const char *const others[] = {"", " ", "ada:", "header ", "shared ", "preview=", "key: ", "x="};
    for (size_t i = 0; i < COUNT_OF(marks); i++)
        if (is_secret(marks[i], HASH))
            fail_msg("a hash behind \"%s\" is taken for a secret", marks[i]);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (!is_secret(others[i], HASH))
            fail_msg("a secret behind \"%s\" is taken for a hash", others[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chance_is_seen),
        cmocka_unit_test(keys_with_a_prefix_are_seen),
        cmocka_unit_test(names_are_no_secrets),
        cmocka_unit_test(a_hash_that_is_said_to_be_one_is_no_secret),
    };
    return cmocka_run_group_tests_name("common/base/random_word", tests, NULL, NULL);
}
