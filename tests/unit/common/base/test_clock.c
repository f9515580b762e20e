/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/clock.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

static void test_runs(void **state)
{
    (void)state;
    int64_t before = clock_monotonic_ms(), now = clock_now_ms();
    assert_in_range(now / 1000, time(NULL) - 1, time(NULL) + 1);
    clock_sleep_ms(20);
    assert_in_range(clock_monotonic_ms() - before, 20, 2000);
    clock_sleep_ms(0);
    clock_sleep_ms(-1000000);
    assert_in_range(clock_monotonic_ms() - before, 20, 2000);
}

static void test_fixed_clocks_move_only_by_sleeping(void **state)
{
    (void)state;
    clock_fix(1000);
    assert_int_equal(clock_now_ms(), 1000);
    assert_int_equal(clock_monotonic_ms(), 1000);
    clock_sleep_ms(3600 * 1000);
    clock_sleep_ms(-5);
    assert_int_equal(clock_now_ms(), 3601000);
    assert_int_equal(clock_monotonic_ms(), 3601000);
    clock_fix(-1);
    assert_true(clock_now_ms() > 1700000000000);
}

static void test_writes_rfc3339(void **state)
{
    (void)state;
    char out[CLOCK_RFC3339_SIZE];
    assert_string_equal(clock_rfc3339(0, out), "1970-01-01T00:00:00.000Z");
    assert_string_equal(clock_rfc3339(1795459777123, out), "2026-11-23T18:49:37.123Z");
    assert_string_equal(clock_rfc3339(951782400001, out), "2000-02-29T00:00:00.001Z");
    assert_string_equal(clock_rfc3339(-1, out), "1969-12-31T23:59:59.999Z");
    assert_string_equal(clock_rfc3339(INT64_MAX, out), "292278994-08-17T07:12:55.807Z");
    assert_string_equal(clock_rfc3339(INT64_MIN, out), "-292275055-05-16T16:47:04.192Z");
}

static void test_reads_rfc3339(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } stamps[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-23T18:49:37.123Z", 1795459777123},
        {"2026-11-23T18:49:37Z", 1795459777000},
        {"2026-11-23t18:49:37z", 1795459777000},
        {"2026-11-23 18:49:37Z", 1795459777000},
        {"2026-11-23T18:49:37", 1795459777000},
        {"2026-11-23T18:49:37.1Z", 1795459777100},
        {"2026-11-23T18:49:37.123999999Z", 1795459777123},
        {"2026-11-23T20:49:37.5+02:00", 1795459777500},
        {"2026-11-23T13:19:37-05:30", 1795459777000},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"2016-12-31T23:59:60Z", 1483228800000}, /* a leap second is the next second */
        {"9999-12-31T23:59:59Z", 253402300799000},
    };
    for (size_t i = 0; i < COUNT_OF(stamps); i++)
        if (clock_parse_rfc3339(stamps[i].text) != stamps[i].ms)
            fail_msg("%s reads as %lld", stamps[i].text, (long long)clock_parse_rfc3339(stamps[i].text));
}

static void test_refuses_what_is_no_stamp(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "now",
        "2026",
        "2026-11-23",
        "2026-11-23T",
        "2026-11-23T18:49",
        "2026-11-23T18:49:37.Z",
        "2026-11-23T18:49:37Zulu",
        "2026-11-23T18:49:37+02",
        "2026-11-23T18:49:37+2:00",
        "2026-11-23T18:49:37+02:60",
        "2026-11-23T18:49:37+24:00",
        "2026-11-23T24:00:00Z",
        "2026-11-23T18:60:00Z",
        "2026-11-23T18:00:61Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-11-31T00:00:00Z",
        "2026-11-00T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "26-11-23T18:49:37Z",
        "+026-11-23T18:49:37Z",
        " 2026-11-23T18:49:37Z",
        "2026-11-23T18:49:37Z ",
        "2026/11/23T18:49:37Z",
        "0001-01-01T00:00:00Z", /* how Go spells "no time" */
        "1970-01-01T00:00:00+00:01",
    };
    assert_int_equal(clock_parse_rfc3339(NULL), -1);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (clock_parse_rfc3339(texts[i]) != -1)
            fail_msg("\"%s\" is read as a stamp", texts[i]);
}

static void test_what_is_written_reads_the_same(void **state)
{
    (void)state;
    char out[CLOCK_RFC3339_SIZE];
    for (int64_t ms = 0; ms < 253402300799000; ms += 98765432123)
        assert_int_equal(clock_parse_rfc3339(clock_rfc3339(ms, out)), ms);
}

static void *sleep_for_an_hour(void *unused)
{
    clock_sleep_ms(3600 * 1000);
    return unused;
}

/* Last, as every later sleep of this process ends at once. */
static void test_interrupt_ends_sleeps_now_and_later(void **state)
{
    (void)state;
    pthread_t sleepers[3];
    int64_t before = clock_monotonic_ms();
    for (size_t i = 0; i < COUNT_OF(sleepers); i++)
        assert_int_equal(pthread_create(&sleepers[i], NULL, sleep_for_an_hour, NULL), 0);
    clock_sleep_ms(30);
    clock_interrupt();
    for (size_t i = 0; i < COUNT_OF(sleepers); i++)
        pthread_join(sleepers[i], NULL);
    clock_sleep_ms(3600 * 1000);
    assert_in_range(clock_monotonic_ms() - before, 30, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_fixed_clocks_move_only_by_sleeping),
        cmocka_unit_test(test_writes_rfc3339),
        cmocka_unit_test(test_reads_rfc3339),
        cmocka_unit_test(test_refuses_what_is_no_stamp),
        cmocka_unit_test(test_what_is_written_reads_the_same),
        cmocka_unit_test(test_interrupt_ends_sleeps_now_and_later),
    };
    return cmocka_run_group_tests_name("common/base/clock", tests, NULL, NULL);
}
