/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/ask/fingerprint.h"

#include "common/base/alloc.h"
#include "tests/unit/brain/ask/case.h"

static void fingerprint_of(const struct incident *incident, char out[SHA256_HEX_SIZE])
{
    struct facts facts;
    AUTO_PROMPT prompt;
    facts_read(&facts, incident);
    write_prompt(&prompt, incident, TASK_DECIDE, 1);
    fingerprint(&prompt, &facts, out);
}

static void test_the_fingerprint_knows_what_matters(void **state)
{
    (void)state;
    static const struct {
        const char *path, *json;
        int same;
    } cases[] = {
        {"at", "\"2026-11-23T10:17:09Z\"", 1},
        {"onset.since", "\"2026-11-23T10:16:00Z\"", 1},
        {"pods",
         "[{\"name\":\"web-bad-zzzzz\",\"uid\":\"u7\",\"container\":\"app\",\"exit_code\":1,\"restarts\":9},"
         "{\"name\":\"web-bad-yyyyy\",\"uid\":\"u8\",\"container\":\"app\",\"exit_code\":1,\"restarts\":8}]",
         1},
        {"affected", "3", 1},
        {"class", "\"LivenessProbeFailed\"", 0},
        {"pods",
         "[{\"name\":\"web-bad-x1\",\"uid\":\"u1\",\"container\":\"app\",\"exit_code\":137,\"restarts\":4},"
         "{\"name\":\"web-bad-x2\",\"uid\":\"u2\",\"container\":\"app\",\"exit_code\":1,\"restarts\":3}]",
         0},
        {"target.uid", "\"another\"", 0},
        {"onset.template_hash", "\"worse\"", 0},
        {"evidence", "[{\"ref\":\"E1\",\"kind\":\"log\",\"trust\":\"W\",\"text\":\"HTTP 503\"}]", 0},
        {"tried", "[{\"lap\":1,\"action\":\"delete_pod\",\"result\":\"deferred\"}]", 0},
    };
    char first[SHA256_HEX_SIZE], other[SHA256_HEX_SIZE];
    AUTO_INCIDENT incident = case_open();
    fingerprint_of(&incident, first);
    fingerprint_of(&incident, other);
    assert_string_equal(first, other);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_INCIDENT changed = case_open();
        document_set(&changed, cases[i].path, cases[i].json);
        fingerprint_of(&changed, other);
        if ((strcmp(first, other) == 0) != cases[i].same)
            fail_msg("%s = %s", cases[i].path, cases[i].json);
    }
    AUTO_INCIDENT one = case_open(), two = case_open();
    document_set(&one, "evidence",
                 "[{\"ref\":\"E1\",\"kind\":\"log\",\"trust\":\"W\",\"text\":\"HTTP 401 in 17 ms\"}]");
    document_set(&two, "evidence",
                 "[{\"ref\":\"E1\",\"kind\":\"log\",\"trust\":\"W\",\"text\":\"HTTP 503 in 17 ms\"}]");
    fingerprint_of(&one, first);
    fingerprint_of(&two, other);
    assert_string_not_equal(first, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_fingerprint_knows_what_matters),
    };
    return cmocka_run_group_tests_name("brain/ask/fingerprint", tests, NULL, NULL);
}
