/* SPDX-License-Identifier: Apache-2.0 */
#include "common/schema/intent.h"

#include <string.h>

#include "tests/unit/unit.h"

/* Every word and its value, both ways; the words are in documents that outlive this release. */
static void test_every_word_both_ways(void **state)
{
    (void)state;
    assert_string_equal(intent_name(INTENT_REMEDIATE), "REMEDIATE");
    assert_string_equal(intent_name(INTENT_DEPLOY), "DEPLOY");
    assert_string_equal(intent_name(INTENT_COST), "COST");
    assert_string_equal(intent_name(INTENT_EXPLAIN), "EXPLAIN");
    assert_string_equal(status_name(STATUS_HEALTHY), "HEALTHY");
    assert_string_equal(status_name(STATUS_TRANSIENT), "TRANSIENT");
    assert_string_equal(status_name(STATUS_CONFIG), "CONFIG");
    assert_string_equal(status_name(STATUS_FATAL), "FATAL");
    assert_string_equal(verdict_name(VERDICT_RECOVERED), "recovered");
    assert_string_equal(verdict_name(VERDICT_UNCHANGED), "unchanged");
    assert_string_equal(verdict_name(VERDICT_WORSE), "worse");
    assert_string_equal(mode_name(MODE_OBSERVE), "observe");
    assert_string_equal(mode_name(MODE_REVIEW), "review");
    assert_string_equal(mode_name(MODE_AUTO), "auto");
    assert_string_equal(result_name(RESULT_DONE), "done");
    assert_string_equal(result_name(RESULT_PROPOSED), "proposed");
    assert_string_equal(result_name(RESULT_DEFERRED), "deferred");
    assert_string_equal(result_name(RESULT_REFUSED), "refused");
    assert_string_equal(result_name(RESULT_ALREADY), "already");
    assert_string_equal(result_name(RESULT_FAILED), "failed");
    assert_string_equal(result_name(RESULT_NONE), "none");
    for (int i = INTENT_REMEDIATE; i <= INTENT_EXPLAIN; i++)
        assert_int_equal(intent_from(intent_name((enum intent)i)), i);
    for (int i = STATUS_HEALTHY; i <= STATUS_FATAL; i++)
        assert_int_equal(status_from(status_name((enum status)i)), i);
    for (int i = VERDICT_RECOVERED; i <= VERDICT_WORSE; i++)
        assert_int_equal(verdict_from(verdict_name((enum verdict)i)), i);
    for (int i = MODE_OBSERVE; i <= MODE_AUTO; i++)
        assert_int_equal(mode_from(mode_name((enum mode)i)), i);
    for (int i = RESULT_DONE; i <= RESULT_NONE; i++)
        assert_int_equal(result_from(result_name((enum result)i)), i);
}

static void test_unknown_words_are_refused(void **state)
{
    (void)state;
    static int (*const readers[])(const char *) = {intent_from, status_from, verdict_from, mode_from,
                                                   result_from};
    static const char *const words[] = {NULL,  "",          "remediate", "Auto", "auto ",
                                        "aut", "automatic", "FATAL\n",   "DONE"};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            assert_int_equal(readers[i](words[k]), -1);
}

/* "The lower of two wins" is spelled with <. */
static void test_modes_rise_in_trust(void **state)
{
    (void)state;
    assert_true(mode_from("observe") < mode_from("review"));
    assert_true(mode_from("review") < mode_from("auto"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_word_both_ways),
        cmocka_unit_test(test_unknown_words_are_refused),
        cmocka_unit_test(test_modes_rise_in_trust),
    };
    return cmocka_run_group_tests_name("common/schema/intent", tests, NULL, NULL);
}
