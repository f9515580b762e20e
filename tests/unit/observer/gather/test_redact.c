/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "tests/unit/mangle.h"
#include "tests/unit/unit.h"

/* The text as one redactor alone leaves it. */
static void assert_redacted(const char *text, size_t len, const char *expected)
{
    AUTO_STRBUF out = {0};
    struct redactor *redactor = redactor_new();
    redact(redactor, text, len, &out);
    redactor_free(redactor);
    assert_string_equal(strbuf_text(&out), expected);
}

struct sample {
    const char *text, *expected;
};

static void check_all(const struct sample samples[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_redacted(samples[i].text, strlen(samples[i].text), samples[i].expected);
}

/* Split where they stand here, so that nobody takes these samples for real ones. */
static void known_keys_are_hidden(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"using AKIA"
         "IOSFODNN7EXAMPLE now",
         "using <S1> now"},
        {"ASIA"
         "IOSFODNN7EXAMPLE",
         "<S1>"},
        {"key AIza"
         "SyA1234567890abcdefghijklmnopqrstuv.",
         "key <S1>."},
        {"AQ."
         "Ab8RN6abcdefghijklmnop",
         "<S1>"},
        {"ghp_"
         "16C7e42F292c6912E7710c838347Ae178B4a",
         "<S1>"},
        {"github_pat_"
         "11ABCDEFG0abcdefghijkl_x",
         "<S1>"},
        {"xoxb-"
         "1234567890-abcdefgh failed",
         "<S1> failed"},
        {"xapp-"
         "1-A0123456789-abc",
         "<S1>"},
        {"POST https://hooks.slack.com/"
         "services/T000/B000/XXXX: 404",
         "POST https://hooks.slack.com/<S1>: 404"},
        {"jwt eyJ"
         "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_def end",
         "jwt <S1> end"},
        {"mail ada.l+x@mail.example.org please", "mail <S1> please"},
    };
    check_all(samples, COUNT_OF(samples));
}

static void passwords_in_urls_are_hidden_and_nothing_else_of_them(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"dial postgres://shop:hunter2@db:5432/shop?sslmode=off",
         "dial postgres://shop:<S1>@db:5432/shop?sslmode=off"},
        {"redis://:p@ss@cache:6379", "redis://:<S1>@cache:6379"},
        {"http://registry:5000/v2/ is down", "http://registry:5000/v2/ is down"},
        {"https://example.org/a:b@c", "https://example.org/a:b@c"},
    };
    check_all(samples, COUNT_OF(samples));
}

static void values_behind_telling_names_are_hidden(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"DB_PASSWORD=hunter2 DB_HOST=db", "DB_PASSWORD=<S1> DB_HOST=db"},
        {"password: 'two words', user: ada", "password: <S1>, user: ada"},
        {"{\"token\":\"abc\",\"user\":\"ada\"}", "{\"token\":<S1>,\"user\":\"ada\"}"},
        {"\"{\\\"client_secret\\\":\\\"abc\\\"}\"", "\"{\\\"client_secret\\\":\\<S1>}\""},
        {"--api-key=abc --verbose", "--api-key=<S1> --verbose"},
        {"AWS_SECRET_ACCESS_KEY: abc", "AWS_SECRET_ACCESS_KEY: <S1>"},
        {"credentials = abc;", "credentials = <S1>;"},
        {"Authorization: Basic YWRhOmxvdmVsYWNl", "Authorization: Basic <S1>"},
        {"authorization: Bearer abc", "authorization: Bearer <S1>"},
        {"curl -H 'Authorization: Bearer abcdefghijklmnopqrst'", "curl -H 'Authorization: Bearer <S1>'"},
        {"with bearer abcdefghijklmnopqrst", "with bearer <S1>"},
    };
    check_all(samples, COUNT_OF(samples));
}

static void what_people_need_to_read_stays(void **state)
{
    (void)state;
    static const char *const plain[] = {
        "FATAL: DATABASE_URL is not set",
        "Back-off pulling image \"registry.example.org/shop/web:1.99\": not found",
        "nginx@sha256:9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a",
        "registry/app:3f2a9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b",
        "containerd://9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a",
        "pod payments-service-deployment-canary-7d9c8b6f5-x2x4z",
        "uid 40089c79-a982-4a45-9a10-51aec2f4ba5d",
        "java.lang.IllegalStateException at AbstractAutowireCapableBeanFactory.java:628",
        "secret \"db-credentials\" not found",
        "spec.volumes[x].secret.secretName: a → b",
        "-------------------------------------------------",
        "========================================",
        "10.0.0.7:5432: connection refused",
        "the password is wrong",
    };
    for (size_t i = 0; i < COUNT_OF(plain); i++)
        assert_redacted(plain[i], strlen(plain[i]), plain[i]);
}

static void long_random_words_are_hidden(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"seed 9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c", "seed <S1>"},
        {"x=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYz1", "x=<S1>"},
        {"short wJalrXUtnFEMIK7MDENGbPxR", "short wJalrXUtnFEMIK7MDENGbPxR"},
    };
    check_all(samples, COUNT_OF(samples));
}

static void keys_in_pem_are_hidden_also_without_their_end(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"before\n-----BEGIN RSA "
         "PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIE\nxx==\n-----END RSA PRIVATE KEY-----\nafter",
         "before\n<S1>\nafter"},
        {"-----BEGIN "
         "PRIVATE KEY-----\nMIIE",
         "<S1>"},
        {"-----BEGIN "
         "PRIVATE KEY-----\nMIIE\n-----END PRIV",
         "<S1>"},
        {"a -----BEGIN "
         "CERTIFICATE-----x-----END CERTIFICATE----- b -----BEGIN "
         "CERTIFICATE-----y-----END CERTIFICATE----- c",
         "a <S1> b <S2> c"},
    };
    check_all(samples, COUNT_OF(samples));
}

static void the_same_secret_keeps_its_name(void **state)
{
    (void)state;
    AUTO_STRBUF out = {0};
    struct redactor *redactor = redactor_new();
    static const char *const lines[] = {"password=one\n", "password=two\n", "token=one\n",
                                        "password=three\n"};
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        redact(redactor, lines[i], strlen(lines[i]), &out);
    redactor_free(redactor);
    assert_string_equal(out.data, "password=<S1>\npassword=<S2>\ntoken=<S1>\npassword=<S3>\n");
}

static void a_name_that_stands_for_a_secret_is_not_hidden_again(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"token=ghp_"
         "16C7e42F292c6912E7710c838347Ae178B4a",
         "token=<S1>"},
        {"token: \"ghp_"
         "16C7e42F292c6912E7710c838347Ae178B4a\"",
         "token: \"<S1>\""},
    };
    check_all(samples, COUNT_OF(samples));
}

static void a_nul_hides_nothing(void **state)
{
    (void)state;
    static const char text[] = "a\0password=hunter2\0b";
    assert_redacted(text, sizeof text - 1, "a password=<S1> b");
    assert_redacted("", 0, "");
}

static void redact_anything(const char *bytes, size_t len)
{
    AUTO_STRBUF out = {0};
    struct redactor *redactor = redactor_new();
    redact(redactor, bytes, len, &out);
    assert_null(memchr(strbuf_text(&out), '\0', out.len));
    redactor_free(redactor);
}

static void mangled_text_does_no_harm(void **state)
{
    (void)state;
    static const char sample[] =
        "postgres://u:p@h/x token=\"a\" -----BEGIN K-----\nxx-----END K----- a@b.cd\xff\xfe";
    mangle(sample, sizeof sample - 1, 200, redact_anything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_keys_are_hidden),
        cmocka_unit_test(passwords_in_urls_are_hidden_and_nothing_else_of_them),
        cmocka_unit_test(values_behind_telling_names_are_hidden),
        cmocka_unit_test(what_people_need_to_read_stays),
        cmocka_unit_test(long_random_words_are_hidden),
        cmocka_unit_test(keys_in_pem_are_hidden_also_without_their_end),
        cmocka_unit_test(the_same_secret_keeps_its_name),
        cmocka_unit_test(a_name_that_stands_for_a_secret_is_not_hidden_again),
        cmocka_unit_test(a_nul_hides_nothing),
        cmocka_unit_test(mangled_text_does_no_harm),
    };
    return cmocka_run_group_tests_name("observer/gather/redact", tests, NULL, NULL);
}
