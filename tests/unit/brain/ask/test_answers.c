/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/ask/answers.h"

#include <stdio.h>

#include "common/base/clock.h"
#include "tests/unit/unit.h"

#define BEGIN_MS 1795000000000

static void keep(struct answers *answers, const char *fingerprint, const char *answer)
{
    char model[] = "m", version[] = "m-001", text[100];
    snprintf(text, sizeof text, "%s", answer);
    struct reply reply = {.answer = text, .model = model, .version = version, .prompt_tokens = 7};
    answers_keep(answers, fingerprint, &reply, "digest");
}

static void assert_found(struct answers *answers, const char *fingerprint, const char *expected)
{
    char digest[SHA256_HEX_SIZE];
    struct reply reply = {0};
    int found = answers_find(answers, fingerprint, &reply, digest);
    assert_int_equal(found, expected != NULL);
    if (!expected)
        return;
    assert_string_equal(reply.answer, expected);
    assert_string_equal(reply.model, "m");
    assert_string_equal(reply.version, "m-001");
    assert_int_equal(reply.prompt_tokens, 7);
    assert_string_equal(digest, "digest");
    reply_free(&reply);
}

static void test_an_answer_is_kept_for_half_an_hour(void **state)
{
    (void)state;
    struct answers *answers = answers_new();
    clock_fix(BEGIN_MS);
    assert_found(answers, "a", NULL);
    keep(answers, "a", "first");
    assert_found(answers, "a", "first");
    assert_found(answers, "b", NULL);
    clock_fix(BEGIN_MS + ANSWERS_KEPT_MS - 1);
    assert_found(answers, "a", "first");
    clock_fix(BEGIN_MS + ANSWERS_KEPT_MS);
    assert_found(answers, "a", NULL);
    keep(answers, "a", "second");
    assert_found(answers, "a", "second");
    clock_fix(-1);
    answers_free(answers);
    answers_free(NULL);
}

static void test_the_oldest_goes_where_there_is_no_room(void **state)
{
    (void)state;
    char name[20];
    struct answers *answers = answers_new();
    for (int i = 0; i <= ANSWERS_MOST; i++) {
        snprintf(name, sizeof name, "f%d", i);
        keep(answers, name, name);
    }
    assert_found(answers, "f0", NULL);
    assert_found(answers, "f1", "f1");
    snprintf(name, sizeof name, "f%d", ANSWERS_MOST);
    assert_found(answers, name, name);
    answers_free(answers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_is_kept_for_half_an_hour),
        cmocka_unit_test(test_the_oldest_goes_where_there_is_no_room),
    };
    return cmocka_run_group_tests_name("brain/ask/answers", tests, NULL, NULL);
}
