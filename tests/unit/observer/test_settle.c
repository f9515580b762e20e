/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/settle.h"

#include "common/schema/incident.h"
#include "tests/unit/observer/workload.h"

#define SETTLE_MS 30000

static struct test_workload test;
static struct spell spells[DETECTORS_MAX];

static int open_three(void **state)
{
    (void)state;
    test_workload_open(&test, 3);
    memset(spells, 0, sizeof spells);
    return 0;
}

/* Looks at second s; the class that has settled, or "". */
static const char *settled_at(int64_t s)
{
    static struct sighting sighting;
    look_at(&test, T0 + s * SECOND_MS, &sighting);
    settle_note(spells, &sighting);
    const struct finding *finding = settle(spells, &sighting, SETTLE_MS);
    return finding ? finding->detector->class : "";
}

static void heal(int i)
{
    test.containers[i] = healthy_container();
    test.pods[i].ready = 1;
}

static void a_failure_settles_in_its_time(void **state)
{
    (void)state;
    break_image(&test, 0);
    assert_string_equal(settled_at(0), "");
    assert_string_equal(settled_at(29), "");
    assert_false(settle_is_calm(spells));
}

/* Looked at each second, as the observer does. */
static const char *settled_between(int64_t from, int64_t to)
{
    const char *class = "";
    for (int64_t s = from; s <= to; s++)
        class = settled_at(s);
    return class;
}

static void a_lasting_failure_has_settled(void **state)
{
    (void)state;
    break_image(&test, 0);
    assert_string_equal(settled_between(0, 29), "");
    assert_string_equal(settled_at(30), CLASS_IMAGE_PULL);
    assert_string_equal(settled_at(31), CLASS_IMAGE_PULL);
}

static void a_short_pause_does_not_end_a_spell_and_a_long_one_does(void **state)
{
    (void)state;
    break_image(&test, 0);
    settled_between(0, 15);
    heal(0);
    settled_between(16, 24);
    break_image(&test, 0);
    assert_string_equal(settled_between(25, 30), CLASS_IMAGE_PULL);
    heal(0);
    settled_between(31, 42);
    assert_true(settle_is_calm(spells));
    break_image(&test, 0);
    assert_string_equal(settled_between(43, 72), "");
    assert_string_equal(settled_at(73), CLASS_IMAGE_PULL);
}

/* CrashLoopBackOff, a run of 15 s, CrashLoopBackOff …: one spell, told while it can be seen. */
static void a_flickering_crash_loop_is_one_spell(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 1, 2);
    test.containers[0].last.finished_ms = T0;
    settled_between(0, 10);
    run_again(&test, 0, 1, 0);
    test.containers[0].started_ms = T0 + 11 * SECOND_MS;
    assert_string_equal(settled_between(11, 35), ""); /* long enough, but just now it runs */
    assert_false(settle_is_calm(spells));
    break_run(&test, 0, "Error", 1, 3);
    assert_string_equal(settled_at(36), CLASS_CRASH_LOOP);
}

static void a_run_that_proves_itself_ends_the_spell(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 1, 1);
    settled_between(0, 5);
    run_again(&test, 0, 1, 0);
    test.containers[0].started_ms = T0 + 6 * SECOND_MS;
    settled_between(6, 6 + 20 + 11); /* 20 s to prove itself, and the pause */
    assert_true(settle_is_calm(spells));
}

static void what_is_only_unproven_begins_no_spell(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 1, 9);
    run_again(&test, 0, 1, 0);
    settled_between(0, 60);
    assert_true(settle_is_calm(spells));
}

static void the_strongest_of_those_that_have_settled_wins(void **state)
{
    (void)state;
    break_run(&test, 0, "Error", 1, 3);
    settled_between(0, 20);
    break_image(&test, 1); /* stronger, but new */
    assert_string_equal(settled_between(21, 40), CLASS_CRASH_LOOP);
    assert_string_equal(settled_between(41, 51), CLASS_IMAGE_PULL);
}

static void the_spell_says_since_when_where_the_api_does_not(void **state)
{
    (void)state;
    AUTO_SIGHTING sighting = {0};
    break_run(&test, 0, "Error", 1, 3);
    look_at(&test, T0, &sighting);
    settle_note(spells, &sighting);
    look_at(&test, T0 + 5 * SECOND_MS, &sighting);
    settle_note(spells, &sighting);
    assert_int_equal(sighting_worst(&sighting)->since_ms, T0);
    break_image(&test, 0);
    look_at(&test, T0 + 6 * SECOND_MS, &sighting);
    settle_note(spells, &sighting);
    assert_int_equal(sighting_worst(&sighting)->since_ms, T0 - 20 * SECOND_MS);
}

#define TEST(name) cmocka_unit_test_setup(name, open_three)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_failure_settles_in_its_time),
        TEST(a_lasting_failure_has_settled),
        TEST(a_short_pause_does_not_end_a_spell_and_a_long_one_does),
        TEST(a_flickering_crash_loop_is_one_spell),
        TEST(a_run_that_proves_itself_ends_the_spell),
        TEST(what_is_only_unproven_begins_no_spell),
        TEST(the_strongest_of_those_that_have_settled_wins),
        TEST(the_spell_says_since_when_where_the_api_does_not),
    };
    return cmocka_run_group_tests_name("observer/settle", tests, NULL, NULL);
}
