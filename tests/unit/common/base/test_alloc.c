/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/alloc.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static void test_nothing_is_still_a_block(void **state)
{
    (void)state;
    AUTO_FREE char *none = xmalloc(0);
    AUTO_FREE char *zero = xcalloc(0, 8);
    AUTO_FREE char *shrunk = xrealloc(xmalloc(10), 0);
    assert_non_null(none);
    assert_non_null(zero);
    assert_non_null(shrunk);
}

static void test_calloc_zeroes(void **state)
{
    (void)state;
    AUTO_FREE unsigned char *bytes = xcalloc(100, 3);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(bytes[i], 0);
}

static void test_realloc_keeps_what_was_there(void **state)
{
    (void)state;
    AUTO_FREE char *text = xrealloc(xstrdup("kept"), 100000);
    assert_string_equal(text, "kept");
}

static void test_copies(void **state)
{
    (void)state;
    AUTO_FREE char *whole = xstrdup("pod");
    AUTO_FREE char *cut = xstrndup("deployment", 6);
    AUTO_FREE char *ended = xstrndup("a\0b", 3);
    AUTO_FREE char *none = xstrndup("x", 0);
    assert_string_equal(whole, "pod");
    assert_string_equal(cut, "deploy");
    assert_string_equal(ended, "a");
    assert_string_equal(none, "");
}

static void test_formatted(void **state)
{
    (void)state;
    AUTO_FREE char *text = xasprintf("%s/%d", "web", 3);
    AUTO_FREE char *empty = xasprintf("%s", "");
    assert_string_equal(text, "web/3");
    assert_string_equal(empty, "");
}

static char *stolen(void)
{
    AUTO_FREE char *text = xstrdup("result");
    return STEAL(text);
}

static void test_stolen_memory_outlives_its_scope(void **state)
{
    (void)state;
    AUTO_FREE char *text = stolen();
    assert_string_equal(text, "result");
}

/* The address sanitizer would end the process itself. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* The signal that ends a child which asks for more than there can be. */
static int signal_of(void (*ask)(void))
{
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        ask();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static volatile size_t too_much = SIZE_MAX / 2;

static void ask_malloc(void)
{
    free(xmalloc(too_much));
}

static void ask_calloc_that_overflows(void)
{
    free(xcalloc(too_much, 4));
}

static void ask_realloc(void)
{
    free(xrealloc(xmalloc(1), too_much));
}

static void test_out_of_memory_aborts(void **state)
{
    (void)state;
    assert_int_equal(signal_of(ask_malloc), SIGABRT);
    assert_int_equal(signal_of(ask_calloc_that_overflows), SIGABRT);
    assert_int_equal(signal_of(ask_realloc), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_still_a_block),
        cmocka_unit_test(test_calloc_zeroes),
        cmocka_unit_test(test_realloc_keeps_what_was_there),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_formatted),
        cmocka_unit_test(test_stolen_memory_outlives_its_scope),
        cmocka_unit_test(test_out_of_memory_aborts),
    };
    return cmocka_run_group_tests_name("common/base/alloc", tests, NULL, NULL);
}
