/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/text.h"
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
        {"password: 'two words', user: ada", "password: '<S1>', user: ada"},
        {"{\"token\":\"abc\",\"user\":\"ada\"}", "{\"token\":\"<S1>\",\"user\":\"ada\"}"},
        {"\"{\\\"client_secret\\\":\\\"abc\\\"}\"", "\"{\\\"client_secret\\\":\\\"<S1>\\\"}\""},
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

/* «secret» in a sample is what must go, and nothing else. */
static void check_marked(const char *sample)
{
    AUTO_STRBUF text = {0}, expected = {0};
    int is_secret = 0;
    size_t number = 0;
    for (const char *at = sample; *at; at++) {
        int opens = strncmp(at, "«", strlen("«")) == 0, closes = strncmp(at, "»", strlen("»")) == 0;
        is_secret = opens || (is_secret && !closes);
        if (opens)
            strbuf_printf(&expected, "<S%zu>", ++number);
        if (!opens && !closes)
            strbuf_putc(&text, *at);
        if (!opens && !closes && !is_secret)
            strbuf_putc(&expected, *at);
        at += opens || closes ? strlen("«") - 1 : 0;
    }
    assert_redacted(text.data, text.len, expected.data);
}

static void check_all_marked(const char *const samples[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_marked(samples[i]);
}

static void values_in_json_are_hidden_however_deep(void **state)
{
    (void)state;
    static const char *const samples[] = {
        "{\"password\":\"«hunter2»\",\"n\":1}",
        "{\"password\":\"«hun\\\"ter2»\",\"n\":1}",
        "{ \"password\" :\n   \"«hunter2»\",\n \"user\": \"ada\" }",
        "{\"pin\":1,\"password\":«1234»}",
        "\"{\\\"config\\\":\\\"{\\\\\\\"password\\\\\\\":\\\\\\\"«hunter2»\\\\\\\",\\\\\\\"user\\\\\\\":1}"
        "\\\"}\"",
        "{\"name\":\"DB_PASSWORD\",\"value\":\"«hunter2»\"}",
        "- name: DB_PASSWORD\n  value: «hunter2»\n- name: B",
        "{\"headers\":{\"authorization\":[\"Basic «YWRhOmh1bnRlcjI=»\"],\"cookie\":[\"«sid=hunter2; "
        "a=b»\"]}}",
        "{\"auths\":{\"r.io\":{\"auth\":\"«YWRhOmh1bnRlcjI=»\",\"email\":\"«a@b.cd»\"}}}",
        ".dockerconfigjson: «eyJ"
        "hdXRocyI6eyJyLmlvIjp7ImF1dGgiOiJZV1JoT21oMWJuUmxjakk9In19fQ==»",
        "\"private_key\":\"«-----BEGIN "
        "PRIVATE KEY-----\\nMIIEvQ+x/y\\nabcd==\\n-----END PRIVATE "
        "KEY-----\\n»\",\"client_email\":\"«x@y.iam."
        "gserviceaccount.com»\"",
        "{\"private_key_id\":\"«9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c4d3e2f1a»\"}",
        "%22password%22%3A%22«hunter2%22%7D»",
        "{&quot;password&quot;:&quot;«hunter2»&quot;}",
        "<password>«hunter2»</password>",
        "<property name=\"password\" value=\"«hunter2»\"/>",
        "{'password': b'«hunter2»', 'user': 'ada'}",
        "[password] => «hunter2»",
        "metadata.annotations.db-password: «hunter1» → «hunter2»",
        "{User:ada Password:«hunter2» Host:db}",
        "Config(user=ada, password=«hunter2», host=db)",
        "\"password\":\n\"«client_secret»\": \"«hunter2»\"", /* found by fuzzing */
        "token: «password:» «hunter2» x",
        "password=\"«never closed, and more»\nthe next line",
        "password=«hun,ter2» x",
    };
    check_all_marked(samples, COUNT_OF(samples));
}

static void connection_strings_keep_all_but_their_secret(void **state)
{
    (void)state;
    static const char *const samples[] = {
        "host=db user=shop password=«hunter2» sslmode=disable",
        "host=db password='«hun ter2»' user=shop",
        "jdbc:postgresql://db/shop?user=u&password=«hunter2»&ssl=true",
        "jdbc:sqlserver://db;user=sa;password=«{hun;ter2»};encrypt=true",
        "jdbc:oracle:thin:scott/«tiger»@//db:1521/x",
        "shop:«hunter2»@tcp(db:3306)/shop?parseTime=true",
        "amqp://guest:«hunter2»@mq:5672/",
        "redis://:«hunter2»@cache:6379/0",
        "mongodb+srv://ada:«hunter2»@c0.x.mongodb.net/db",
        "postgres://u:«pa/ss»@h/db",
        "dial postgres://u:«cut-off-before-its-end»\nnext line",
        "parse \"postgres://u:«pa/ss»@h/db\": invalid port \"«:pa»\" after host",
        "https://«9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c»@o1.ingest.example.io/1",
        "AccountName=shop;AccountKey=«abcdEFGH1234567890+/==»;EndpointSuffix=x",
        "Endpoint=sb://x.example.net/;SharedAccessKeyName=Root;SharedAccessKey=«abcd+/=»",
        "https://x.example.net/c/b?sv=2020&sig=«abc%2Bdef%3D»&se=2026",
        "GET /x?access_token=«hunter2»&y=1",
        "ALTER USER shop PASSWORD '«hunter2»'",
        "machine r.io login ada password «hunter2»",
    };
    check_all_marked(samples, COUNT_OF(samples));
}

static void headers_flags_and_variables_lose_their_secret(void **state)
{
    (void)state;
    static const char *const samples[] = {
        "Proxy-Authorization: Basic «YWRhOmh1bnRlcjI=»",
        "map[Accept:[*/*] Authorization:[Bearer «hunter2hunter2hunter2»] User-Agent:[x]]",
        "Authorization: Digest «username=\"ada\", response=\"6629fae4\"»\nHost: x",
        "Authorization: AWS4-HMAC-SHA256 «Credential=A/20150830/iam, Signature=5d672d»",
        "Cookie: «sid=hunter2; theme=dark»\nHost: x",
        "Set-Cookie: «sid=hunter2; Path=/; HttpOnly»",
        "X-Api-Key: «hunter2»",
        "X-Amz-Security-Token: «hunter2»",
        "[\"run\",\"--password\",\"«hunter2»\",\"--user\",\"ada\"]",
        "run --db-password «hunter2» --verbose",
        "curl -u ada:«hunter2» https://x",
        "mysql -u root -p«hunter2» shop",
        "PGPASSWORD=«hunter2» psql",
        "SMTP_PASS=«hunter2»",
        "SECRET_KEY_BASE=«hunter2»",
        "DB_PASSWORD_1=«hunter2»",
        "DD_API_KEY=«9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c»",
        "ada:«9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c»",
        "found «wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY» in the environment",
        "aws_session_token = «FwoGZXIvYXdzEXAMPLE//////////wEaDNd2KxB3xEXAMPLE»",
        "//registry.example.org/:_authToken=«npm_"
        "abcdefghijklmnopqrstuvwxyz0123456789»",
        "using «sk_live_"
        "abcdefghijklmnop1234»",
        "«glpat-"
        "abcdefghijklmnopqrst»\\nnext",
        "vault «hvs."
        "CAESIabcdefghijklmnopqrstuvwxyz»",
        "token «k2j3h4k5j6h7g8f9d0s1a2q3w4e5r6t7y8u9»",
        "tls.key: «LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFb3dJQkFBS0NBUUVB»",
    };
    check_all_marked(samples, COUNT_OF(samples));
}

static void what_nobody_sees_hides_no_secret(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"pass\x1b[31mword=hun\x1b[0mter2", "password=<S1>"},
        {"AKIA\x1b[1;32mIOSFODNN7\x1b[mEXAMPLE", "<S1>"},
        {"{\"msg\":\"\\u001b[36mpassword\\u001B[0m=\\u001b[33mhunter2\\u001b[0m\"}",
         "{\"msg\":\"password=<S1>\"}"},
        {"echo -e '\\e[1mtoken\\033[m: \\x1b[38;2;1;2;3mhunter2'", "echo -e 'token: <S1>'"},
        {"\"pass\\\\u200bword=hun\\ufeffter2\"", "\"password=<S1>\""},
        {"pass\\u00\\u200b1b[31mword=hunter2", "password=<S1>"},
        {"C:\\users\\ada [1m] \\u00e9", "C:\\users\\ada [1m] \\u00e9"},
        {"pass\xE2\x80\x8Bword=hun\xE2\x80\x8Dter2", "password=<S1>"},
        {"\xE2\x80\xAEpassword=hunter2\xE2\x80\xAC", "password=<S1>"},
        {"password=hun\xFFter2 \xC3\x28", "password=<S1> \xEF\xBF\xBD("},
        {"p\xC2\xAD"
         "assword=hunter2",
         "password=<S1>"},
        {"password=hunter2\r\nnext\rlast", "password=<S1>\nnext\nlast"},
    };
    check_all(samples, COUNT_OF(samples));
}

static void what_people_need_to_read_stays(void **state)
{
    (void)state;
    static const char *const plain[] = {
        "FATAL: DATABASE_URL is not set",
        "Back-off pulling image \"registry.example.org/shop/web:1.99\": not found",
        "-------------------------------------------------",
        "========================================",
        "10.0.0.7:5432: connection refused",
        "the password is wrong",
        "password authentication failed for user \"shop\"",
        "Enter password:\nERROR: connection refused",
        "invalid token: expired",
        "failed to fetch token: serviceaccounts \"default\" is forbidden",
        "error validating token: token is malformed",
        "unexpected token: } in JSON at position 5",
        "couldn't find key DB_PASSWORD in Secret shop/db-credentials",
        "secret \"db-credentials\" not found",
        "spec.volumes[x].secret.secretName: a → b",
        "{\"secret\":{\"secretName\":\"db\"}}",
        "--password=$(DB_PASSWORD) --token ${TOKEN}",
        "max_tokens=4096 tokens: 512 public_key=abc",
        "PWD=/app OLDPWD=/ HOME=/root",
        "Authorization: denied for user ada",
        "cookie: signature mismatch",
        "docker run -u 1000:1000 x",
        "http://[::1]:8080/x tcp://10.0.0.7:5432",
        "https://example.org:443/a?b=c@d git@github.com:org/repo.git",
        "lodash@4.17.21 @types/node@18.0.0",
        "could not read -----BEGIN CERTIFICATE----- in /tls/ca.crt\nERROR: TLS is off",
        "Readiness probe failed: Get \"http://10.1.2.3:8080/healthz\": context deadline exceeded",
        "crate::token::Parser at src/token.rs:12",
    };
    for (size_t i = 0; i < COUNT_OF(plain); i++)
        assert_redacted(plain[i], strlen(plain[i]), plain[i]);
}

static void what_only_identifies_stays(void **state)
{
    (void)state;
    static const char *const plain[] = {
        "nginx@sha256:9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a",
        "registry/app:3f2a9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b",
        "ghcr.io/org/app:sha-3f2a9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b",
        "containerd://9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a",
        "network for sandbox \"9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a\": failed",
        "/kubepods.slice/"
        "cri-containerd-9f2b1c5e8a7d4f3b2a1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a.scope",
        "commit 3f2a9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b",
        "{\"gitCommit\":\"3f2a9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b\"}",
        "traceId=4bf92f3577b34da6a3ce929d0e0e4736 x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736",
        "pod payments-service-deployment-canary-7d9c8b6f5-x2x4z",
        "uid 40089c79-a982-4a45-9a10-51aec2f4ba5d",
        "/var/lib/kubelet/pods/40089c79-a982-4a45-9a10-51aec2f4ba5d/volumes/kubernetes.io~secret/db",
        "java.lang.IllegalStateException at AbstractAutowireCapableBeanFactory.java:628",
        "at com.example.shop.security.TokenAuthenticationFilter.doFilter(TokenAuthenticationFilter.java:42)",
        "K8sV1Beta1CustomResourceDefinitionList is gone",
        "/usr/local/lib/python3.11/site-packages/sqlalchemy/engine/Default2024.py",
        "github.com/org/app/internal/handlers/v2.(*Server).HandleRequest(0xc0001a2b40, {0x7f8e3c2d1b0a, "
        "0xc00012})",
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
        {"-----BEGIN "
         "RSA PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nabc\nERROR: no such key",
         "<S1>\nERROR: no such key"},
        {"vQIBADANBgkqhkiG9w0BAQ\nabc=\n-----END RSA PRIVATE KEY-----\nafter", "<S1>\nafter"},
        {"-----BEGIN "
         "PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\nlQOYBF+abc\n=abcd\n-----END PGP PRIVATE KEY "
         "BLOCK-----",
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

/* Redacting again changes nothing, and what comes out is text. */
static void redact_anything(const char *bytes, size_t len)
{
    AUTO_STRBUF out = {0}, again = {0}, clean = {0};
    struct redactor *redactor = redactor_new();
    redact(redactor, bytes, len, &out);
    redact(redactor, strbuf_text(&out), out.len, &again);
    text_clean(strbuf_text(&out), out.len, &clean);
    assert_string_equal(strbuf_text(&again), strbuf_text(&out));
    assert_string_equal(strbuf_text(&clean), strbuf_text(&out));
    redactor_free(redactor);
}

static void mangled_text_does_no_harm(void **state)
{
    (void)state;
    static const char sample[] = "postgres://u:p@h/x token=\"a\" -----BEGIN K-----\nxx-----END K----- a@b.cd "
                                 "password='b' cookie: a=b\xff\xfe";
    mangle(sample, sizeof sample - 1, 200, redact_anything);
}

/* Each of these made an earlier version slow: libc's regular expressions need minutes for one of them. */
static void no_text_is_too_hard(void **state)
{
    (void)state;
    static const char *const units[] = {"a",  "a1-",        "token",       "://a:b",  "-----BEGIN ", "\\",
                                        "a@", "token:\\\"", "--password ", "cookie:", "password '"};
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        AUTO_STRBUF text = {0};
        while (text.len < 256 * 1024)
            strbuf_puts(&text, units[i]);
        redact_anything(text.data, text.len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_keys_are_hidden),
        cmocka_unit_test(passwords_in_urls_are_hidden_and_nothing_else_of_them),
        cmocka_unit_test(values_behind_telling_names_are_hidden),
        cmocka_unit_test(values_in_json_are_hidden_however_deep),
        cmocka_unit_test(connection_strings_keep_all_but_their_secret),
        cmocka_unit_test(headers_flags_and_variables_lose_their_secret),
        cmocka_unit_test(what_nobody_sees_hides_no_secret),
        cmocka_unit_test(what_people_need_to_read_stays),
        cmocka_unit_test(what_only_identifies_stays),
        cmocka_unit_test(long_random_words_are_hidden),
        cmocka_unit_test(keys_in_pem_are_hidden_also_without_their_end),
        cmocka_unit_test(the_same_secret_keeps_its_name),
        cmocka_unit_test(a_name_that_stands_for_a_secret_is_not_hidden_again),
        cmocka_unit_test(a_nul_hides_nothing),
        cmocka_unit_test(mangled_text_does_no_harm),
        cmocka_unit_test(no_text_is_too_hard),
    };
    return cmocka_run_group_tests_name("common/base/redact", tests, NULL, NULL);
}
