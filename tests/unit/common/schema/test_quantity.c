/* SPDX-License-Identifier: Apache-2.0 */
#include "common/schema/quantity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/base/alloc.h"

struct reading {
    const char *text;
    int64_t bytes;
};

static void check_readings(const struct reading *readings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (quantity_read(readings[i].text) != readings[i].bytes)
            fail_msg("\"%s\" reads as %lld, not %lld", readings[i].text,
                     (long long)quantity_read(readings[i].text), (long long)readings[i].bytes);
}

static void test_every_spelling(void **state)
{
    (void)state;
    static const struct reading readings[] = {
        {"0", 0},
        {"134217728", 134217728},
        {"64Mi", 67108864},
        {"0.5Gi", 536870912},
        {"1Ki", 1024},
        {"1Ti", INT64_C(1) << 40},
        {"1Pi", INT64_C(1) << 50},
        {"7Ei", INT64_C(7) << 60},
        {"128M", 128000000},
        {"129k", 129000},
        {"1E", INT64_C(1000000000000000000)},
        {"1e8", 100000000},
        {"1E3", 1000},
        {"1e+3", 1000},
        {"2.5e2", 250},
        {"+5", 5},
        {".5Ki", 512},
        {"1.", 1},
        {"00064Mi", 67108864},
        {"128974848000m", 128974848},
        {"9223372036854775807", -1}, /* more digits than are kept: refused rather than wrong */
    };
    check_readings(readings, COUNT_OF(readings));
}

static void test_thousandths(void **state)
{
    (void)state;
    static const struct reading readings[] = {
        {"250m", 250}, {"1", 1000}, {"0.5", 500},     {"2k", 2000000},
        {"1u", 1},     {"0", 0},    {"1Ki", 1024000}, {"9e15", INT64_C(9000000000000000000)},
        {"9e16", -1},  {"-1", -1},
    };
    for (size_t i = 0; i < COUNT_OF(readings); i++)
        assert_int_equal(quantity_read_milli(readings[i].text), readings[i].bytes);
    assert_int_equal(quantity_read_milli(NULL), -1);
}

static void test_rounds_up(void **state)
{
    (void)state;
    static const struct reading readings[] = {
        {"1m", 1},      {"1001m", 2}, {"1n", 1},      {"1500000u", 2},
        {"0.1Ki", 103}, {"1e-3", 1},  {"1e-9999", 1}, {"0m", 0},
    };
    check_readings(readings, COUNT_OF(readings));
}

static void test_no_quantities(void **state)
{
    (void)state;
    static const struct reading readings[] = {
        {NULL, -1},
        {"", -1},
        {"Mi", -1},
        {"-64Mi", -1},
        {"64MI", -1},
        {"64mi", -1},
        {"64 Mi", -1},
        {" 64Mi", -1},
        {"64Mi ", -1},
        {"1.2.3", -1},
        {".", -1},
        {"1e", -1},
        {"1e3Mi", -1},
        {"1e99999", -1},
        {"0x10", -1},
        {"1_000", -1},
        {"8Ei", -1},
        {"9.3E", -1},
        {"1e19", -1},
        {"1KiB", -1},
        {"64Mi;rm", -1},
        {"1e9999", -1},
        {"12345678901234567890", -1},
        {"999999999999999999Ei", -1},
        {"1K", -1},
    };
    check_readings(readings, COUNT_OF(readings));
}

static void test_writes_in_the_family_of_its_model(void **state)
{
    (void)state;
    char out[QUANTITY_SIZE];
    assert_string_equal(quantity_write(out, 134217728, "64Mi"), "128Mi");
    assert_string_equal(quantity_write(out, 1073741824, "0.5Gi"), "1Gi");
    assert_string_equal(quantity_write(out, 1536, "1Ki"), "1536");
    assert_string_equal(quantity_write(out, 3072, "1Ki"), "3Ki");
    assert_string_equal(quantity_write(out, 256000000, "128M"), "256M");
    assert_string_equal(quantity_write(out, 268435456, "134217728"), "268435456");
    assert_string_equal(quantity_write(out, 200000000, "1e8"), "200M");
    assert_string_equal(quantity_write(out, 0, "0"), "0");
    assert_string_equal(quantity_write(out, 0, "64Mi"), "0");
    assert_string_equal(quantity_write(out, INT64_MAX, "1"), "9223372036854775807");
}

static void test_what_is_written_reads_the_same(void **state)
{
    (void)state;
    static const char *const models[] = {"1Gi", "1G", "1"};
    static const int64_t sizes[] = {
        1, 999, 1000, 1023, 1024, 1025, 999999, 1048576, INT64_C(1) << 40, 123456789012345};
    char out[QUANTITY_SIZE];
    for (size_t i = 0; i < COUNT_OF(models); i++)
        for (size_t j = 0; j < COUNT_OF(sizes); j++)
            assert_int_equal(quantity_read(quantity_write(out, sizes[j], models[i])), sizes[j]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_spelling),
        cmocka_unit_test(test_thousandths),
        cmocka_unit_test(test_rounds_up),
        cmocka_unit_test(test_no_quantities),
        cmocka_unit_test(test_writes_in_the_family_of_its_model),
        cmocka_unit_test(test_what_is_written_reads_the_same),
    };
    return cmocka_run_group_tests_name("common/schema/quantity", tests, NULL, NULL);
}
