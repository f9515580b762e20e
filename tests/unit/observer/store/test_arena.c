/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "tests/unit/unit.h"

static void pieces_stay_where_they_are(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *pieces[1000];
    for (size_t i = 0; i < 1000; i++) {
        pieces[i] = arena_take(&arena, 1 + i % 100);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        assert_int_equal(pieces[i][i % 100], 0);
        memset(pieces[i], (int)i, 1 + i % 100);
    }
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal((unsigned char)pieces[i][i % 100], i % 256);
    arena_free(&arena);
}

static void a_piece_may_be_larger_than_any_block(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *large = arena_take(&arena, 1000000), *small = arena_take(&arena, 1);
    memset(large, 1, 1000000);
    assert_int_equal(*small, 0);
    arena_free(&arena);
}

static void what_is_taken_again_is_zeroed_again(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (int i = 0; i < 100; i++) {
        char *piece = arena_take(&arena, 5000);
        for (size_t j = 0; j < 5000; j++)
            assert_int_equal(piece[j], 0);
        memset(piece, 7, 5000);
        if (i % 10 == 9)
            arena_clear(&arena);
    }
    arena_free(&arena);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_stay_where_they_are),
        cmocka_unit_test(a_piece_may_be_larger_than_any_block),
        cmocka_unit_test(what_is_taken_again_is_zeroed_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
