/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/id.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

/* Vectors of FIPS 180-4 (NIST's examples). */
static void test_sha256(void **state)
{
    (void)state;
    char out[SHA256_HEX_SIZE];
    assert_string_equal(sha256_hex("", 0, out),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_string_equal(sha256_hex(NULL, 0, out),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_string_equal(sha256_hex("abc", 3, out),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    AUTO_FREE char *million = xmalloc(1000000);
    memset(million, 'a', 1000000);
    assert_string_equal(sha256_hex(million, 1000000, out),
                        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* The same in every release: the first half of the SHA-256 of "prod\0uid-1\0OOMKilled\0". */
/* RFC 4231, test case 2. */
static void test_hmac_sha256(void **state)
{
    (void)state;
    static const char data[] = "what do ya want for nothing?";
    char out[SHA256_HEX_SIZE];
    assert_string_equal(hmac_sha256_hex("Jefe", data, sizeof(data) - 1, out),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_true(sha256_hex_equal(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    assert_false(sha256_hex_equal(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3842"));
    assert_false(sha256_hex_equal(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec384"));
    assert_false(sha256_hex_equal("", ""));
}

static void test_derived_ids_never_change(void **state)
{
    (void)state;
    char id[ID_SIZE];
    assert_string_equal(id_derive(id, 'i', "prod", "uid-1", "OOMKilled", NULL),
                        "i-b13967ba32ecdd71070d4bf1034fffa6");
}

static void test_parts_do_not_run_into_each_other(void **state)
{
    (void)state;
    char one[ID_SIZE], other[ID_SIZE];
    assert_string_not_equal(id_derive(one, 'i', "ab", "c", NULL), id_derive(other, 'i', "a", "bc", NULL));
    assert_string_not_equal(id_derive(one, 'i', "ab", NULL), id_derive(other, 'i', "ab", "", NULL));
    assert_string_equal(id_derive(one, 'a', "ab", NULL) + 1, id_derive(other, 'i', "ab", NULL) + 1);
    assert_int_equal(one[0], 'a');
}

static void test_traceparent(void **state)
{
    (void)state;
    char one[TRACEPARENT_SIZE], other[TRACEPARENT_SIZE];
    id_traceparent(one);
    assert_int_equal(strlen(one), TRACEPARENT_SIZE - 1);
    assert_memory_equal(one, "00-", 3);
    assert_int_equal(strspn(one + 3, "0123456789abcdef"), 32);
    assert_int_equal(strspn(one + 36, "0123456789abcdef"), 16);
    assert_string_equal(one + 52, "-01");
    assert_string_not_equal(one, id_traceparent(other));
}

static void test_child_keeps_trace_and_sampling(void **state)
{
    (void)state;
    char out[TRACEPARENT_SIZE];
    const char *parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    id_traceparent_child(parent, out);
    assert_memory_equal(out, parent, 36);
    assert_memory_not_equal(out + 36, parent + 36, 16);
    assert_string_equal(out + 52, "-01");
    id_traceparent_child("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", out);
    assert_string_equal(out + 52, "-00");
    id_traceparent_child("7a-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff-more", out);
    assert_memory_equal(out, parent, 36); /* of a later version only what version 00 knows */
    assert_string_equal(out + 52, "-01");
}

static void test_unreadable_parents_start_a_new_trace(void **state)
{
    (void)state;
    static const char *const parents[] = {
        "",
        "00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-zz",
    };
    char out[TRACEPARENT_SIZE];
    assert_int_equal(strlen(id_traceparent_child(NULL, out)), TRACEPARENT_SIZE - 1);
    for (size_t i = 0; i < COUNT_OF(parents); i++) {
        id_traceparent_child(parents[i], out);
        assert_int_equal(strlen(out), TRACEPARENT_SIZE - 1);
        assert_null(strstr(out, "4bf92f3577b34da6"));
    }
}

static void test_random_is_repeatable_and_in_bounds(void **state)
{
    (void)state;
    uint32_t first[100];
    int seen[7] = {0};
    id_seed(42);
    for (size_t i = 0; i < COUNT_OF(first); i++)
        first[i] = id_random(UINT32_MAX);
    id_seed(42);
    for (size_t i = 0; i < COUNT_OF(first); i++)
        assert_int_equal(id_random(UINT32_MAX), first[i]);
    for (int i = 0; i < 7000; i++)
        seen[id_random(7)]++;
    for (size_t i = 0; i < COUNT_OF(seen); i++)
        assert_in_range(seen[i], 800, 1200);
    for (int i = 0; i < 100; i++)
        assert_int_equal(id_random(1), 0);
}

#define DRAWS 20000

static void *draw(void *into)
{
    uint32_t *numbers = into;
    for (int i = 0; i < DRAWS; i++)
        numbers[i] = id_random(UINT32_MAX);
    return NULL;
}

static int by_size(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* Threads that shared a state without care would draw the same numbers; here chance alone repeats one or two.
 */
static void test_threads_draw_different_numbers(void **state)
{
    (void)state;
    AUTO_FREE uint32_t *numbers = xcalloc(2 * DRAWS, sizeof(*numbers));
    pthread_t threads[2];
    id_seed(7);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, draw, numbers + i * DRAWS), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    qsort(numbers, 2 * DRAWS, sizeof(*numbers), by_size);
    int repeated = 0;
    for (size_t i = 1; i < 2 * DRAWS; i++)
        repeated += numbers[i] == numbers[i - 1];
    assert_in_range(repeated, 0, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_hmac_sha256),
        cmocka_unit_test(test_derived_ids_never_change),
        cmocka_unit_test(test_parts_do_not_run_into_each_other),
        cmocka_unit_test(test_traceparent),
        cmocka_unit_test(test_child_keeps_trace_and_sampling),
        cmocka_unit_test(test_unreadable_parents_start_a_new_trace),
        cmocka_unit_test(test_random_is_repeatable_and_in_bounds),
        cmocka_unit_test(test_threads_draw_different_numbers),
    };
    return cmocka_run_group_tests_name("common/base/id", tests, NULL, NULL);
}
