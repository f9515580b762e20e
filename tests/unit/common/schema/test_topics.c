/* SPDX-License-Identifier: Apache-2.0 */
#include "common/schema/topics.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

static void test_every_topic_is_whole(void **state)
{
    (void)state;
    for (int i = 0; i < TOPIC_COUNT; i++) {
        assert_non_null(topics[i].name);
        assert_true(strlen(topics[i].name) > 0);
        assert_int_equal(strspn(topics[i].name, "abcdefghijklmnopqrstuvwxyz"), strlen(topics[i].name));
        assert_true(topics[i].partitions >= 0);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(topics[i].name, topics[k].name);
    }
}

static void test_names_stand_at_their_places(void **state)
{
    (void)state;
    static const char *const names[TOPIC_COUNT] = {"intake",   "incidents", "questions", "decisions",
                                                   "outcomes", "approvals", "notices",   "control",
                                                   "samples",  "rejected"};
    for (int i = 0; i < TOPIC_COUNT; i++)
        assert_string_equal(topics[i].name, names[i]);
}

/* A topic either forgets by time or by key; one that did both, or neither, would lose or keep what it must
 * not. */
static void test_clean_up_is_by_time_or_by_key(void **state)
{
    (void)state;
    for (int i = 0; i < TOPIC_COUNT; i++) {
        int compacted = strcmp(topics[i].cleanup, "compact") == 0;
        assert_true(compacted || strcmp(topics[i].cleanup, "delete") == 0);
        assert_int_equal(topics[i].retention == NULL, compacted);
        if (topics[i].retention)
            assert_int_equal(atoll(topics[i].retention) % (24LL * 3600 * 1000), 0);
    }
    assert_string_equal(topics[TOPIC_INCIDENTS].retention, "2592000000");
    assert_string_equal(topics[TOPIC_REJECTED].retention, "7776000000");
    assert_string_equal(topics[TOPIC_INTAKE].retention, "604800000");
    assert_string_equal(topics[TOPIC_NOTICES].cleanup, "compact");
    assert_string_equal(topics[TOPIC_CONTROL].cleanup, "compact");
    assert_string_equal(topics[TOPIC_SAMPLES].cleanup, "compact");
}

/* Switches take effect in the order they were set, everywhere. */
static void test_only_control_has_one_partition(void **state)
{
    (void)state;
    for (int i = 0; i < TOPIC_COUNT; i++)
        assert_int_equal(topics[i].partitions, i == TOPIC_CONTROL);
}

static void test_types_carry_the_major_version(void **state)
{
    (void)state;
    AUTO_FREE char *suffix = xasprintf(".v%d", SCHEMA_MAJOR);
    for (int i = 0; i < TOPIC_COUNT; i++) {
        int is_document = i != TOPIC_INTAKE && i != TOPIC_REJECTED;
        assert_int_equal(topics[i].ce_type != NULL, is_document);
        if (is_document) {
            size_t len = strlen(topics[i].ce_type);
            assert_memory_equal(topics[i].ce_type, "aegiops.", 8);
            assert_string_equal(topics[i].ce_type + len - strlen(suffix), suffix);
        }
    }
    assert_string_equal(topics[TOPIC_QUESTIONS].ce_type,
                        topics[TOPIC_INCIDENTS].ce_type); /* passed on unchanged */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_topic_is_whole),
        cmocka_unit_test(test_names_stand_at_their_places),
        cmocka_unit_test(test_clean_up_is_by_time_or_by_key),
        cmocka_unit_test(test_only_control_has_one_partition),
        cmocka_unit_test(test_types_carry_the_major_version),
    };
    return cmocka_run_group_tests_name("common/schema/topics", tests, NULL, NULL);
}
